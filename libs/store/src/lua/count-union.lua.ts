/**
 * Counts the members of several sets, each member once, without sending them.
 *
 * Takes: KEYS the sets. Answers: how many.
 */
export const countUnionLua = `
return #redis.call('SUNION', unpack(KEYS))
`;
