import { clockLua } from './clock.lua';

/**
 * Makes a hash hold these members and no others; one that is there already keeps since when it is.
 *
 * Takes: KEYS[1] hash, [2] clock; ARGV pairs of member and detail. Writes `since|detail` for each. Answers nothing.
 */
export const replaceSetLua = `${clockLua}
local known = {}
local found = redis.call('HGETALL', KEYS[1])
for i = 1, #found, 2 do known[found[i]] = string.match(found[i + 1], '^(%d+)|') end
redis.call('DEL', KEYS[1])
local now = string.format('%.0f', clock())
for i = 1, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], (known[ARGV[i]] or now) .. '|' .. ARGV[i + 1]) end
`;
