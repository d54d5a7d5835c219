import { clockLua } from './clock.lua';

/**
 * Agents with a desktop on a server whose lease has ended. Asked again for each handful, so that a server that comes
 * back in the middle of a sweep keeps the rest.
 *
 * Takes: KEYS[1] servers, [2] the server's desktops, [3] clock; ARGV[1] server id, [2] how many at most.
 * Answers: agent ids; none while the server is alive.
 */
export const lapsedAgentsLua = `${clockLua}
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known and tonumber(string.match(known, '^%a+|(%d+)|')) > clock() then return {} end
return redis.call('SRANDMEMBER', KEYS[2], ARGV[2])
`;
