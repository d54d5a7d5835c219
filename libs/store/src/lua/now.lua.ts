import { clockLua } from './clock.lua';

/**
 * The time by the Redis node that holds a key: in a cluster every node has a clock of its own.
 *
 * Takes: KEYS[1] clock. Answers: epoch milliseconds.
 */
export const nowLua = `${clockLua}
return clock()
`;
