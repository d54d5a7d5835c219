import { admissionLua } from './admission.lua';
import { applyCommitsLua } from './apply-commits.lua';
import { clockLua } from './clock.lua';
import { generationLua } from './generation.lua';

/**
 * Commits one record that enters issuing: after this a request may go out, so more than its version must hold.
 *
 * Takes: KEYS[1] servers, [2] generation, [3] prefix of the windows of requests, from [4] on as in
 * apply-commits.lua.ts, for one commit, and last the clock; ARGV[1] expected version, [2] the record's new text, [3] time before which it is
 * too early, [4] age that a generation must have, [5] requests per second in all, [6] the side that lost the desktop or
 * empty, [7] and [8] its requests per minute and per second or empty, from [9] on as in apply-commits.lua.ts.
 * Answers a word: committed | conflict | early, or what keeps the request back: generation:<time when this life of the
 * store is old enough>, unasserted:<the first server by name that has not told this life of the store of its desktops>, rate:<time of its turn>,
 * lineFull:<time of the next try>. Only committed wrote.
 */
export const issueLua = `${applyCommitsLua}${clockLua}${generationLua}${admissionLua}
local firstKey, firstArg = 4, 9
local recordKey = KEYS[firstKey + 2]
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
local oldEnough = (asserted or since + age) + age
if now < oldEnough then return 'generation:' .. string.format('%d', oldEnough) end
local servers = redis.call('HGETALL', KEYS[1])
local unasserted
for i = 1, #servers, 2 do
  local leaseEnd, asserted = string.match(servers[i + 1], '^%a+|(%d+)|(.*)$')
  local isMissing = tonumber(leaseEnd) > now and asserted ~= id
  if isMissing and (not unasserted or servers[i] < unasserted) then unasserted = servers[i] end
end
if unasserted then return 'unasserted:' .. unasserted end

local windows = { { name = 'second', ms = 1000, max = tonumber(ARGV[5]) } }
local side = ARGV[6]
if ARGV[7] ~= '' then
  windows[2] = { name = side .. ':minute', ms = 60000, max = tonumber(ARGV[7]), isKept = true }
end
if ARGV[8] ~= '' then windows[#windows + 1] = { name = side .. ':second', ms = 1000, max = tonumber(ARGV[8]) } end
local nextAt = admit(KEYS[3], now, string.sub(ARGV[2], 1, versionLength), windows, side, recordKey)
if nextAt >= now + lineMsMax then return 'lineFull:' .. string.format('%d', nextAt) end
if nextAt > 0 then return 'rate:' .. string.format('%d', nextAt) end

return applyCommits(firstKey, firstArg)[1]
`;
