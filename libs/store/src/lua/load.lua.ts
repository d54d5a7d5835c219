/**
 * Reads records together with the time at which they were read.
 *
 * Takes: KEYS the records. Answers: TIME's seconds and microseconds, then each record's text or nil.
 */
export const loadLua = `
local answer = redis.call('MGET', unpack(KEYS))
local time = redis.call('TIME')
table.insert(answer, 1, time[2])
table.insert(answer, 1, time[1])
return answer
`;
