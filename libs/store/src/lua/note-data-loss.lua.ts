import { clockLua } from './clock.lua';
import { generationLua } from './generation.lua';
import { journalChainLua } from './journal-chain.lua';

/**
 * Writes down, once in each life of the store, that it has forgotten what it was told: several processes notice it.
 *
 * Takes: KEYS[1] generation, [2] journal, [3] clock; ARGV[1] limit of lines, [2] the entry as JSON, [3] its sentence. Answers 1 when it wrote.
 */
export const noteDataLossLua = `${clockLua}${generationLua}${journalChainLua}
local now = clock()
local id = generation(KEYS[1], now)
if redis.call('HGET', KEYS[1], 'dataLost') == id then return 0 end
redis.call('HSET', KEYS[1], 'dataLost', id, 'dataLostAt', now, 'dataLostSentence', ARGV[3])
local chain = chainOf(KEYS[2])
chain.write(ARGV[1], '', '0', ARGV[2])
chain.close()
return 1
`;
