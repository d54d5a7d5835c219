/**
 * Counts a wrong password. The count ends by itself a while after the first one, or after the one that fills it: so long
 * the agent is blocked, however often somebody goes on guessing.
 *
 * Takes: KEYS[1] the agent's counter; ARGV[1] how many block, [2] for how long (ms).
 * Answers: the count.
 */
export const countWrongPasswordLua = `
local count = redis.call('INCR', KEYS[1])
if count == 1 or count == tonumber(ARGV[1]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return count
`;
