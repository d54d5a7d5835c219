import { clockLua } from './clock.lua';

/**
 * A later report of a side replaces the one before: it lasts longer.
 *
 * Takes: KEYS[1] overloads, [2] clock; ARGV[1] side, [2] for how long (ms). Answers: until when.
 */
export const reportOverloadLua = `${clockLua}
local till = string.format('%.0f', clock() + tonumber(ARGV[2]))
redis.call('HSET', KEYS[1], ARGV[1], till)
return till
`;
