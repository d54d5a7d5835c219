import { clockLua } from './clock.lua';

/**
 * Takes: KEYS[1] holds, [2] clock; ARGV[1] side, [2] who. Answers: 1 when this began the hold, 0 when the side was held already.
 */
export const holdSideLua = `${clockLua}
return redis.call('HSETNX', KEYS[1], ARGV[1], string.format('%.0f', clock()) .. '|' .. ARGV[2])
`;
