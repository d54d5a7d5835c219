/**
 * Replaces the protection of one side, if it is still the one that was judged.
 *
 * Takes: KEYS[1] protections; ARGV[1] side, [2] the text it must have (empty: none), [3] the new text (empty: none).
 * Answers 1 when it was replaced, 0 when somebody else was first.
 */
export const protectLua = `
local found = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if found ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[3]) end
return 1
`;
