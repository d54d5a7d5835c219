/**
 * Ids of agents, as the CTI protocol carries them (STRING of 12 with its NUL) and as Redis keys, job ids and XMPP accounts
 * may hold them. All characters are ASCII, so the case folding of PRECIS and nodeprep is that of ASCII. Zeros at the
 * front count: 0012 and 12 are two agents.
 */
const agentIdPattern = /^[A-Za-z0-9_.-]{1,11}$/;

/** What an error says of a text that is none. */
export const notAnAgentId = 'is not an agent id (1 to 11 of A-Z a-z 0-9 _ . -)';

export function isAgentId(text: unknown): text is string {
  return typeof text === 'string' && agentIdPattern.test(text);
}

/** Equal for two spellings of one id. Never shown, sent or stored: each agent has one spelling, that of the directory. */
export function foldAgentId(agentId: string): string {
  return agentId.toLowerCase();
}
