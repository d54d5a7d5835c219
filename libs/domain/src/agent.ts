import { type Action, type DueStage } from './policy';

export const sides = ['primary', 'secondary'] as const;
export type Side = (typeof sides)[number];

/** An agent is known by its peripheral and its number there. */
export interface AgentKey {
  readonly peripheralId: number;
  readonly agentId: string;
}

/**
 * One open desktop of an agent. `connection` names this one opening of it, unique for ever: two tabs, or the same desktop
 * on two sides, are two connections, so a late loss of the old one can never close the new one.
 */
export interface Desktop {
  readonly connection: string;
  readonly desktopId: string;
  readonly side: Side;
  readonly serverId: string;
}

/**
 * Why a loss began. The desktop said goodbye (`bye`), its connection broke or fell silent (`lost`), its server died (`serverLost`), the feed
 * that reported it ended (`feedLost`), it was sent to the other side for maintenance and did not arrive (`movedAway`), the
 * CTI server showed the agent signed in without any desktop (`withoutDesktop`), or an operator ordered it (`operator`).
 */
export const causes = ['bye', 'lost', 'serverLost', 'feedLost', 'movedAway', 'withoutDesktop', 'operator'] as const;
export type Cause = (typeof causes)[number];

/** Why a due request is not issued now. */
export const holdReasons = [
  'outage',
  'call',
  'massLoss',
  'operator',
  'generation',
  'replicas',
  'clock',
  'serverSilent',
  'rate',
  'rejected',
  'unknownAgent',
] as const;
export type HoldReason = (typeof holdReasons)[number];

/** How a loss ended. */
export const outcomes = [
  'returned',
  'loggedOut',
  'notReady',
  'alreadySignedOut',
  'signedOutByAgent',
  'presentAfterAll',
  'cancelledByOperator',
  'raced',
  'warned',
  'failed',
] as const;
export type Outcome = (typeof outcomes)[number];

/** One episode of absence, named `agentId@epoch`. */
export interface Loss {
  readonly epoch: number;
  readonly cause: Cause;
  /** Epoch ms, Redis time. */
  readonly lostAt: number;
  /** The desktop whose closing began it; null when the agent had none. */
  readonly desktop: Desktop | null;
  /**
   * The stage to be carried out next. It is written down together with its due time: processes may have different
   * policies for minutes, and one must not choose the action for a time that another has set.
   */
  readonly stage: DueStage;
  /** Requests sent for this stage so far, failed or in doubt. */
  readonly attempts: number;
  /** When it was held for the first time (epoch ms, store time); null: never. */
  readonly heldSince: number | null;
  /** An alarm has been raised about it. */
  readonly alarmed: boolean;
  /** An operator released it: a mass loss or an operator's hold no longer keeps it. */
  readonly released: boolean;
  /** The agent was Ready when the first request was decided on. */
  readonly wasReady: boolean;
  /** Reason code of the agent's own Not Ready when the last request was decided on; null: it was in none. */
  readonly reasonBefore: number | null;
  /** Reason code of the Not Ready that our request made of the agent, and which may still stand; null: none did. */
  readonly notReadyCode: number | null;
}

/** A state that the CTI server keeps pending behind a call: it takes effect when the call ends. */
export interface PendingState {
  readonly state: Action;
  /** Epoch ms, store time. */
  readonly since: number;
}

/** Ready is to be given back: our Not Ready with this reason code is to be undone, if it still stands, until `until`. */
export interface Restore {
  readonly reasonCode: number;
  /** Epoch ms, store time. After it nothing is given back any more. */
  readonly until: number;
}

export const phaseNames = ['unseen', 'present', 'grace', 'held', 'issuing', 'settled'] as const;

/**
 * Where an agent is in its life. `unseen`: nothing is known of it. `present`: at least one desktop is open and
 * acknowledged; `restore` while its Ready state is to be given back. `grace`: no desktop is open, wait for `dueAt`.
 * `held`: grace is over but something forbids the request now. `issuing`: a request may be on its way until `deadline`, or
 * is `pending` at the CTI server; no desktop is acknowledged meanwhile. `settled`: the loss has its outcome, or the agent
 * is signed out.
 */
export type Phase =
  | { readonly name: 'unseen' }
  | { readonly name: 'present'; readonly restore: Restore | null }
  | { readonly name: 'grace'; readonly loss: Loss; readonly dueAt: number }
  | {
      readonly name: 'held';
      readonly loss: Loss;
      readonly dueAt: number;
      readonly reasons: readonly HoldReason[];
    }
  | {
      readonly name: 'issuing';
      readonly loss: Loss;
      readonly dueAt: number;
      readonly since: number;
      readonly deadline: number;
      /** What the CTI server keeps until the call ends, or null. A desktop that opens makes us replace it first. */
      readonly pending: PendingState | null;
    }
  | { readonly name: 'settled'; readonly outcome: Outcome; readonly at: number };

export type PhaseName = (typeof phaseNames)[number];

/** The whole record of an agent: what `decide` reads and what the store keeps. */
export interface Agent {
  readonly key: AgentKey;
  /** Counts changes of presence and sign-ins. A job, request or outcome of another epoch is stale. */
  readonly epoch: number;
  /** Open desktops by connection. While issuing, those that wait to be acknowledged are among them. */
  readonly desktops: Readonly<Record<string, Desktop>>;
  /** What is known of the agent at the CTI server; `no` makes the next desktop ask for a sign-in. */
  readonly signedIn: 'yes' | 'no' | 'unknown';
  /** A desktop of the agent was open at some time; agents who never had one may work with a telephone alone. */
  readonly hadDesktop: boolean;
  readonly phase: Phase;
}

/** The record of an agent of whom nothing is known yet. */
export function unseenAgent(key: AgentKey): Agent {
  return { key, epoch: 0, desktops: {}, signedIn: 'unknown', hadDesktop: false, phase: { name: 'unseen' } };
}

/** `1001@7`: the loss of agent 1001 that began at epoch 7. */
export function lossId(agentId: string, epoch: number): string {
  return `${agentId}@${String(epoch)}`;
}

/** The loss that an absent agent is in, or undefined when there is none. */
export function lossOf(phase: Phase): Loss | undefined {
  switch (phase.name) {
    case 'grace':
    case 'held':
    case 'issuing':
      return phase.loss;
    case 'unseen':
    case 'present':
    case 'settled':
      return undefined;
  }
}
