import { agentLinesLua } from './agent-lines.lua';
import { journalChainLua } from './journal-chain.lua';

/**
 * Writes what was left out about some agents, where that is due (agent-lines.ts).
 *
 * Takes: KEYS[1] journal, [2] set of agents with lines left out, from [3] on what is known of the lines of each agent;
 * ARGV[1] limit of lines, from [2] on the agents. Answers three numbers per agent: losses, events, sign-ins and
 * sign-outs that were left out; 0 each where nothing is due.
 */
export const takeLeftOutLua = `${journalChainLua}${agentLinesLua}
local chain = chainOf(KEYS[1])
local lines = linesOf(chain, ARGV[1])
lines.read({ unpack(KEYS, 3) })
local answers = {}
for i = 3, #KEYS do
  local losses, suppressed, signIns = lines.take(KEYS[i], ARGV[i - 1])
  answers[#answers + 1] = losses or 0
  answers[#answers + 1] = suppressed or 0
  answers[#answers + 1] = signIns or 0
end
lines.close(KEYS[2])
chain.close()
return answers
`;
