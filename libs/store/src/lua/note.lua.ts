import { journalChainLua } from './journal-chain.lua';

/**
 * Writes one line that belongs to no record.
 *
 * Takes: KEYS[1] journal; ARGV[1] limit of lines, [2] the entry as JSON. Answers nothing.
 */
export const noteLua = `${journalChainLua}
local chain = chainOf(KEYS[1])
chain.write(ARGV[1], '', '0', ARGV[2])
chain.close()
`;
