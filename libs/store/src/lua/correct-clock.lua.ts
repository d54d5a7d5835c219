import { spanKeptMs } from '../clock/store-time';
import { clockLua } from './clock.lua';
import { journalChainLua } from './journal-chain.lua';

/**
 * Puts store time forward or back, if the clock's value is still the one that the step was measured with, and writes one
 * line about it. Clock/store-time.ts says what the value holds.
 *
 * Takes: KEYS[1] journal, [2] clock; ARGV[1] expected value or '', [2] shift in ms, [3] age of the reference in ms, [4]
 * limit of lines, [5] the entry as JSON. Answers 1 when it wrote, 0 when another process was first.
 */
export const correctClockLua = `${clockLua}${journalChainLua}
local value = redis.call('GET', KEYS[2]) or ''
if value ~= ARGV[1] then return 0 end
local raw, shift = hostClock(), tonumber(ARGV[2])
local offset = offsetAt(value, raw) + shift
local since, forward, back, spanBefore = string.match(value, '^%-?%d+|(%d+)|(%d+)|(%d+)|(%d+)|')
local span = shift < 0 and tonumber(ARGV[3]) or 0
if math.abs(raw - tonumber(since or '0')) < ${String(spanKeptMs)} then span = math.max(span, tonumber(spanBefore or '0')) end
local numbers = {
  offset, raw, tonumber(forward or '0') + math.max(0, shift), tonumber(back or '0') + math.max(0, -shift), span, shift
}
for i = 1, #numbers do numbers[i] = string.format('%.0f', numbers[i]) end
redis.call('SET', KEYS[2], table.concat(numbers, '|'))
local chain = chainOf(KEYS[1])
chain.write(ARGV[4], '', '0', ARGV[5])
chain.close()
return 1
`;
