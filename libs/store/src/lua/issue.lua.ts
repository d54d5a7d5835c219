import { applyCommitLua } from './apply-commit.lua';
import { clockLua } from './clock.lua';
import { generationLua } from './generation.lua';

/**
 * Commits one record that enters issuing: after this a request may go out, so more than its version must hold.
 *
 * Takes: KEYS[1] journal, [2] servers, [3] generation, [4] prefix of the counters of requests per second, then the keys
 * of the commit; ARGV[1] journal limit, [2] time before which it is too early, [3] age that a generation must have,
 * [4] requests per second, then the arguments of the commit (apply-commit.lua.ts).
 * Answers a word: committed | conflict | early | generation | rate. Only committed wrote the record.
 */
export const issueLua = `${applyCommitLua}${clockLua}${generationLua}
local firstKey, firstArg = 5, 5
local fenced = fence(firstKey, firstArg)
if fenced ~= 'open' then return fenced end

local now = clock()
if now < tonumber(ARGV[2]) then return 'early' end

local id, since = generation(KEYS[3], now)
-- A server that is cut off may still believe in its lease: only after a whole lease have all been heard of.
if now - since < tonumber(ARGV[3]) then return 'generation' end
local servers = redis.call('HVALS', KEYS[2])
for i = 1, #servers do
  local leaseEnd, asserted = string.match(servers[i], '^%a+|(%d+)|(.*)$')
  if tonumber(leaseEnd) > now and asserted ~= id then return 'generation' end
end

local counter = KEYS[4] .. ':' .. math.floor(now / 1000)
if tonumber(redis.call('GET', counter) or '0') >= tonumber(ARGV[4]) then return 'rate' end
redis.call('INCR', counter)
redis.call('EXPIRE', counter, 2)

apply(firstKey, firstArg, KEYS[1], ARGV[1], true)
return 'committed'
`;
