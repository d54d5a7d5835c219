import { admissionLua } from './admission.lua';
import { applyCommitsLua } from './apply-commits.lua';
import { clockLua } from './clock.lua';
import { generationLua } from './generation.lua';

/**
 * Commits one record that enters issuing: after this a request may go out, so more than its version must hold.
 *
 * Takes: KEYS[1] servers, [2] generation, [3] prefix of the windows of requests, from [4] on as in
 * apply-commits.lua.ts, for one commit; ARGV[1] expected version, [2] the record's new text, [3] time before which it is
 * too early, [4] age that a generation must have, [5] requests per second in all, [6] the side that lost the desktop or
 * empty, [7] and [8] its requests per minute and per second or empty, from [9] on as in apply-commits.lua.ts.
 * Answers a word: committed | conflict | early | generation, or rate:<time of the next try>. Only committed wrote.
 */
export const issueLua = `${applyCommitsLua}${clockLua}${generationLua}${admissionLua}
local firstKey, firstArg = 4, 9
local recordKey = KEYS[firstKey + 1]
local fenced = fence(call('GET', recordKey), {}, recordKey, ARGV[1], ARGV[2])
if fenced ~= 'open' then return fenced end

local now = clock()
if now < tonumber(ARGV[3]) then return 'early' end

local id, since = generation(KEYS[2], now)
-- A server that is cut off, with a master that was replaced perhaps, may still believe in its lease: only after a whole
-- lease have all been heard of. It begins when a server that was sure of this master had told it everything; where no
-- server is left to do that, it is waited for twice as long.
local asserted = tonumber(call('HGET', KEYS[2], 'asserted') or '')
local age = tonumber(ARGV[4])
if now < (asserted or since + age) + age then return 'generation' end
local servers = redis.call('HVALS', KEYS[1])
for i = 1, #servers do
  local leaseEnd, asserted = string.match(servers[i], '^%a+|(%d+)|(.*)$')
  if tonumber(leaseEnd) > now and asserted ~= id then return 'generation' end
end

local windows = { { name = 'second', ms = 1000, max = tonumber(ARGV[5]) } }
local side = ARGV[6]
if ARGV[7] ~= '' then
  windows[2] = { name = side .. ':minute', ms = 60000, max = tonumber(ARGV[7]), isKept = true }
end
if ARGV[8] ~= '' then windows[#windows + 1] = { name = side .. ':second', ms = 1000, max = tonumber(ARGV[8]) } end
local nextAt = admit(KEYS[3], now, string.sub(ARGV[2], 1, versionLength), windows, side, recordKey)
if nextAt > 0 then return 'rate:' .. string.format('%d', nextAt) end

return applyCommits(firstKey, firstArg)[1]
`;
