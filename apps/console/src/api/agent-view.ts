import { type Agent, type Desktop, type HoldReason, lossId, lossOf, type PendingState } from '#domain/agent';

/** An agent as the API tells it. Times are epoch ms of Redis; what does not apply in its phase is null. */
export interface AgentView {
  readonly agentId: string;
  readonly epoch: number;
  readonly phase: Agent['phase']['name'];
  readonly signedIn: Agent['signedIn'];
  readonly desktops: readonly Desktop[];
  /** The loss that the agent is in. */
  readonly loss: LossView | null;
  /** When the request is due; while it is issued, when its outcome is asked for. */
  readonly dueAt: number | null;
  /** Since when it is held or issued, or when it was settled. */
  readonly since: number | null;
  readonly reasons: readonly HoldReason[];
  readonly outcome: string | null;
  readonly alarmed: boolean;
  /** What the CTI server keeps of a request until the agent's call ends. */
  readonly pending: PendingState | null;
  /** The same in words. */
  readonly sentence: string;
}

export interface LossView {
  readonly id: string;
  readonly epoch: number;
  readonly cause: string;
  readonly lostAt: number;
  readonly side: string | null;
  readonly serverId: string | null;
  readonly desktopId: string | null;
  readonly attempts: number;
  readonly released: boolean;
}

const heldBecause: Readonly<Record<HoldReason, string>> = {
  outage: 'a CTI link or a side is out of service',
  call: 'the agent is on a call',
  massLoss: 'its side lost too many desktops at once and is protected',
  operator: 'an operator holds the side',
  clock: 'the clock of Redis jumped and has not been corrected yet',
  unknownAgent: 'the CTI server does not know the agent; its id may be spelled differently there',
  generation: 'Redis changed, and not every server has said again which desktops it holds',
  replicas: 'Redis could not reach all its replicas',
  serverSilent: 'a live server did not answer the last look',
  rate: 'a limit of requests is reached',
  rejected: 'the CTI server rejected the request; it is tried again',
};

const lostBecause: Readonly<Record<string, string>> = {
  bye: 'was closed',
  lost: 'connection lost',
  serverLost: 'went down with its server',
  feedLost: 'was reported by a feed that ended',
  movedAway: 'was sent to the other side for maintenance and did not arrive',
};

export function viewOf(agent: Agent): AgentView {
  const { key, epoch, signedIn, phase } = agent;
  const loss = lossOf(phase);
  return {
    agentId: key.agentId,
    epoch,
    phase: phase.name,
    signedIn,
    desktops: Object.values(agent.desktops),
    loss:
      loss === undefined
        ? null
        : {
            id: lossId(key.agentId, loss.epoch),
            epoch: loss.epoch,
            cause: loss.cause,
            lostAt: loss.lostAt,
            side: loss.desktop?.side ?? null,
            serverId: loss.desktop?.serverId ?? null,
            desktopId: loss.desktop?.desktopId ?? null,
            attempts: loss.attempts,
            released: loss.released,
          },
    dueAt: phase.name === 'issuing' ? phase.deadline : 'dueAt' in phase ? phase.dueAt : null,
    since: sinceOf(phase),
    reasons: phase.name === 'held' ? phase.reasons : [],
    outcome: phase.name === 'settled' ? phase.outcome : null,
    alarmed: loss?.alarmed ?? false,
    pending: phase.name === 'issuing' ? phase.pending : null,
    sentence: sentenceOf(agent),
  };
}

function sinceOf(phase: Agent['phase']): number | null {
  switch (phase.name) {
    case 'held':
      return phase.loss.heldSince;
    case 'issuing':
      return phase.since;
    case 'settled':
      return phase.at;
    case 'unseen':
    case 'present':
    case 'grace':
      return null;
  }
}

function sentenceOf(agent: Agent): string {
  const { phase } = agent;
  switch (phase.name) {
    case 'unseen':
      return 'No desktop of this agent was ever seen.';
    case 'present':
      return `Present: ${desktopsInWords(Object.values(agent.desktops))}.`;
    case 'grace':
      return `${lostInWords(agent)} Signed out at the end of grace, unless a desktop comes back.`;
    case 'held':
      return `${lostInWords(agent)} Not signed out, because ${phase.reasons.map((reason) => heldBecause[reason]).join('; and ')}.`;
    case 'issuing':
      return phase.pending === null
        ? `Request ${String(phase.loss.attempts)} (${phase.loss.stage.action}) is on its way; its outcome is awaited.`
        : `The CTI server keeps ${phase.pending.state === 'logout' ? 'the logout' : 'Not Ready'} until the agent's call ends.`;
    case 'settled':
      return settledInWords(agent, phase.outcome);
  }
}

function settledInWords({ desktops }: Agent, outcome: string): string {
  const open = Object.values(desktops);
  return open.length === 0
    ? `Settled: ${outcome}.`
    : `Signed out, with ${desktopsInWords(open)}: the agent must sign in again to work.`;
}

function lostInWords(agent: Agent): string {
  const loss = lossOf(agent.phase);
  if (loss?.cause === 'withoutDesktop') return 'Signed in at the CTI server without any desktop.';
  if (loss?.desktop == null) return 'An operator ordered the logout.';
  const { desktopId, side } = loss.desktop;
  return `Desktop ${desktopId} on the ${side} side ${lostBecause[loss.cause] ?? 'is gone'}.`;
}

/** `1 open desktop on the secondary side` */
export function desktopsInWords(desktops: readonly Desktop[]): string {
  const sides = [...new Set(desktops.map(({ side }) => side))].sort();
  const count = desktops.length === 1 ? '1 open desktop' : `${String(desktops.length)} open desktops`;
  if (sides.length === 0) return 'no open desktop';
  return `${count} on ${sides.length === 1 ? `the ${String(sides[0])} side` : 'both sides'}`;
}
