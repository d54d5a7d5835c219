import { clockLua } from './clock.lua';
import { generationLua } from './generation.lua';

/**
 * Begins the maintenance of a side, if its desktops have somewhere to go: a live server on the other side that has said
 * which desktops it holds, and is not being drained itself.
 *
 * Takes: KEYS[1] drains, [2] servers, [3] generation, [4] clock; ARGV[1] side, [2] the other side, [3] ms, [4] who.
 * Answers a word: begun | already | otherDrains | nowhereToGo. Only begun wrote.
 */
export const drainSideLua = `${clockLua}${generationLua}
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 'already' end
if redis.call('HEXISTS', KEYS[1], ARGV[2]) == 1 then return 'otherDrains' end
local now = clock()
local id = generation(KEYS[3], now)
local servers = redis.call('HVALS', KEYS[2])
for i = 1, #servers do
  local side, leaseEnd, asserted = string.match(servers[i], '^(%a+)|(%d+)|(.*)$')
  if side == ARGV[2] and tonumber(leaseEnd) > now and asserted == id then
    redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now) .. '|' .. ARGV[3] .. '|' .. ARGV[4])
    return 'begun'
  end
end
return 'nowhereToGo'
`;
