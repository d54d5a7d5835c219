import { applyCommitsLua } from './apply-commits.lua';
import { clockLua } from './clock.lua';
import { generationLua } from './generation.lua';

/**
 * Commits one record that enters issuing: after this a request may go out, so more than its version must hold.
 *
 * Takes: KEYS[1] servers, [2] generation, [3] prefix of the counters of requests per second, from [4] on as in
 * apply-commits.lua.ts, for one commit; ARGV[1] expected version, [2] the record's new text, [3] time before which it is
 * too early, [4] age that a generation must have, [5] requests per second, from [6] on as in apply-commits.lua.ts.
 * Answers a word: committed | conflict | early | generation | rate. Only committed wrote the record.
 */
export const issueLua = `${applyCommitsLua}${clockLua}${generationLua}
local firstKey, firstArg = 4, 6
local recordKey = KEYS[firstKey + 1]
local fenced = fence(call('GET', recordKey), {}, recordKey, ARGV[1], ARGV[2])
if fenced ~= 'open' then return fenced end

local now = clock()
if now < tonumber(ARGV[3]) then return 'early' end

local id, since = generation(KEYS[2], now)
-- A server that is cut off may still believe in its lease: only after a whole lease have all been heard of.
if now - since < tonumber(ARGV[4]) then return 'generation' end
local servers = redis.call('HVALS', KEYS[1])
for i = 1, #servers do
  local leaseEnd, asserted = string.match(servers[i], '^%a+|(%d+)|(.*)$')
  if tonumber(leaseEnd) > now and asserted ~= id then return 'generation' end
end

local counter = KEYS[3] .. ':' .. math.floor(now / 1000)
if tonumber(redis.call('GET', counter) or '0') >= tonumber(ARGV[5]) then return 'rate' end
redis.call('INCR', counter)
redis.call('EXPIRE', counter, 2)

return applyCommits(firstKey, firstArg)[1]
`;
