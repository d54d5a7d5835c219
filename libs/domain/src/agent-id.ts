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

/** What clients of Finesse sign in with besides the id: a name, an e-mail address, an account of a domain. */
const agentNamePattern = /^[A-Za-z0-9_.@+'&\\-]{1,50}$/;

/** What errors say of a text that is none, and of one that is neither an id nor a login name. */
export const notALoginName = String.raw`is not a login name (1 to 50 of A-Z a-z 0-9 _ . @ + ' & \ -)`;
export const notAnAgentName = String.raw`is neither an agent id nor a login name (1 to 50 of A-Z a-z 0-9 _ . @ + ' & \ -)`;

/**
 * What an agent may be called from outside: by id or by login name, which may look like an e-mail address. Only the
 * directory of agents says whom a login name means, so behind it there are ids alone.
 */
export function isAgentName(text: unknown): text is string {
  return typeof text === 'string' && agentNamePattern.test(text);
}

/** Equal for two spellings of one id or login name. Never shown, sent or stored: each agent has one spelling, that of the directory. */
export function foldAgentId(agentId: string): string {
  return agentId.toLowerCase();
}

/** What becomes of an id that somebody typed. `near`: ids that may have been meant, the nearest first. */
export type FoundAgentId =
  | { readonly found: 'one'; readonly agentId: string }
  | { readonly found: 'several'; readonly agentIds: readonly string[] }
  | { readonly found: 'none'; readonly near: readonly string[] };

/** More names than these help nobody who has mistyped one. */
export const nearIdsMax = 5;
/** Ids that begin with a shorter text are too many to be near. */
const beginningMin = 2;

/** Finds the id that is meant among those that are known: spelled exactly so, else the only one that differs in case alone. */
export function findAgentId(asked: string, known: Iterable<string>): FoundAgentId {
  const folded = foldAgentId(asked);
  const alike = new Set<string>();
  const near: { agentId: string; distance: number }[] = [];
  for (const agentId of known) {
    if (agentId === asked) return { found: 'one', agentId };
    const foldedKnown = foldAgentId(agentId);
    if (foldedKnown === folded) alike.add(agentId);
    const distance = distanceOf(folded, foldedKnown);
    if (distance !== null) near.push({ agentId, distance });
  }
  const [first, ...others] = [...alike].sort();
  if (first !== undefined) {
    return others.length === 0 ? { found: 'one', agentId: first } : { found: 'several', agentIds: [first, ...others] };
  }
  near.sort((one, other) => one.distance - other.distance || (one.agentId < other.agentId ? -1 : 1));
  return { found: 'none', near: [...new Set(near.map(({ agentId }) => agentId))].slice(0, nearIdsMax) };
}

/** Why nobody was found, for the person who typed it. `beginning`: where it was looked, `There is` or `The journal has`. */
export function notFoundInWords(
  asked: string,
  result: Exclude<FoundAgentId, { found: 'one' }>,
  beginning = 'There is',
): string {
  if (result.found === 'several') {
    return `Several agents have an id that differs from ${asked} in case alone: ${result.agentIds.join(', ')}. Spell it as one of them.`;
  }
  const { near } = result;
  const hint = near.length === 0 ? '' : ` ${near.length === 1 ? 'A near one is' : 'Near ones are'} ${near.join(', ')}.`;
  return `${beginning} no agent with the id ${asked}.${hint}`;
}

/** 0: leading zeros differ; 1: one mistyped character; 2: the known one goes on where this one ends; null: not near. */
function distanceOf(asked: string, known: string): number | null {
  if (withoutZeros(asked) === withoutZeros(known)) return 0;
  if (isOneTypoAway(asked, known)) return 1;
  return asked.length >= beginningMin && known.startsWith(asked) ? 2 : null;
}

function withoutZeros(text: string): string {
  return text.replace(/^0+/, '');
}

/** One character too many, too few, or another one, or two neighbours swapped. */
function isOneTypoAway(one: string, other: string): boolean {
  const shorter = Math.min(one.length, other.length);
  let start = 0;
  while (start < shorter && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < shorter - start && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  const [left, right] = [one.slice(start, one.length - end), other.slice(start, other.length - end)];
  const isSwap = left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0];
  return isSwap || Math.max(left.length, right.length) <= 1;
}
