/**
 * A request was counted in its windows and then not sent: it gives its places back.
 *
 * Takes: KEYS the windows; ARGV[1] the version under which it is counted in each. Answers nothing.
 */
export const giveBackLua = `
for _, window in ipairs(KEYS) do redis.call('ZREM', window, ARGV[1]) end
`;
