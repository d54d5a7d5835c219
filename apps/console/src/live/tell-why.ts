import { type Outcome } from '#domain/agent';
import { type Entry } from '#domain/command';
import { type JournalLine } from '#store/journal-line';

type Began = Extract<Entry, { what: 'lossBegan' }>;

const became: Readonly<Record<Outcome, string>> = {
  returned: 'was not signed out',
  presentAfterAll: 'was not signed out',
  cancelledByOperator: 'was not signed out',
  alreadySignedOut: 'was not signed out by Lastcall',
  signedOutByAgent: 'was not signed out by Lastcall',
  loggedOut: 'was signed out',
  notReady: 'was set Not Ready',
  raced: 'was signed out while somebody else acted on the agent',
  warned: 'is signed in without a desktop, which the policy only warns of',
  failed: 'could not be signed out',
};

const because: Readonly<Record<string, string>> = {
  bye: 'its last desktop was closed',
  lost: 'the connection of its last desktop was lost',
  serverLost: 'the server of its last desktop went down',
  movedAway: 'its last desktop was sent to the other side for maintenance and did not arrive',
  feedLost: 'the feed that reported its last desktop ended',
  withoutDesktop: 'it was signed in at the CTI server without any desktop',
  operator: 'an operator ordered it',
};

/** Why the agent was signed out, or was not, in a sentence or two; `lines` are those of one loss in the order of time. */
export function tellWhy(agentId: string, lines: readonly JournalLine[]): string {
  const entries = lines.map(({ entry }) => entry);
  const began = entries.find((entry): entry is Began => entry.what === 'lossBegan');
  const start = began === undefined ? 'the beginning is no longer in the journal' : startOf(began);
  const end = entries.findLast((entry) => entry.what === 'outcome');
  if (end === undefined)
    return `Agent ${agentId} is not signed out yet: ${start}. ${entries.at(-1)?.sentence ?? ''}`.trim();
  return `Agent ${agentId} ${became[end.outcome]}: ${start}. ${end.sentence}`;
}

function startOf({ cause, desktop }: Began): string {
  const where = desktop === null ? '' : ` (${desktop.desktopId}, ${desktop.side} side, ${desktop.serverId})`;
  return `${because[cause] ?? cause}${where}`;
}
