import { clockLua } from './clock.lua';

/**
 * Forgets a server, if it is still gone and nothing of it is left.
 *
 * Takes: KEYS[1] servers, [2] the server's desktops, [3] clock; ARGV[1] server id.
 * Answers a word: removed | alive | notEmpty.
 */
export const removeServerLua = `${clockLua}
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known and tonumber(string.match(known, '^%a+|(%d+)|')) > clock() then return 'alive' end
if redis.call('SCARD', KEYS[2]) > 0 then return 'notEmpty' end
redis.call('HDEL', KEYS[1], ARGV[1])
return 'removed'
`;
