import { clockLua } from './clock.lua';

/**
 * Writes one field of a link's lease for its holder: whether it is in service, or that it is given up.
 *
 * Takes: KEYS[1] link, [2] clock; ARGV[1] worker id, [2] field (inService | until), [3] value.
 * Answers a word: written | notHeld.
 */
export const reportLinkLua = `${clockLua}
local known = redis.call('HMGET', KEYS[1], 'holder', 'until')
if known[1] ~= ARGV[1] or tonumber(known[2] or '0') <= clock() then return 'notHeld' end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
return 'written'
`;
