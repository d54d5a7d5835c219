import { clockLua } from './clock.lua';

/**
 * Takes: KEYS[1] servers, [2] clock. Answers: now, then server id and its text (side|leaseEnd|asserted) in turn.
 */
export const serversLua = `${clockLua}
local answer = redis.call('HGETALL', KEYS[1])
table.insert(answer, 1, clock())
return answer
`;
