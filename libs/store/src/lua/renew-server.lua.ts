import { clockLua } from './clock.lua';
import { generationLua } from './generation.lua';

/**
 * Stamps the lease of a server. One whose lease had ended, or is unknown, is live again from now on but has asserted
 * nothing, whatever it says: between the end and now its desktops may have been closed, so it must open them again
 * before anything is issued.
 *
 * Takes: KEYS[1] servers, [2] generation, [3] the server's desktops, [4] clock; ARGV[1] server id, [2] side, [3] the generation it
 * has asserted its desktops for, or '', [4] lease.
 * Answers: generation, now, 1 when it had lapsed else 0, number of agents with a desktop of it.
 */
export const renewServerLua = `${clockLua}${generationLua}
local now = clock()
local id = generation(KEYS[2], now)
local known = redis.call('HGET', KEYS[1], ARGV[1])
local leaseEnd = known and tonumber(string.match(known, '^%a+|(%d+)|')) or 0
local lapsed = leaseEnd <= now
local asserted = ARGV[3]
if lapsed or asserted ~= id then asserted = '' end
if asserted ~= '' then redis.call('HSETNX', KEYS[2], 'asserted', now) end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. '|' .. string.format('%.0f', now + ARGV[4]) .. '|' .. asserted)
return { id, now, lapsed and 1 or 0, redis.call('SCARD', KEYS[3]) }
`;
