import { type Action } from './policy';

export type Side = 'primary' | 'secondary';

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
 * Why a desktop is gone: it said so, it fell silent, its server died, it was sent to the other side for maintenance and did
 * not arrive, or an operator declared it.
 */
export type Cause = 'bye' | 'lost' | 'serverLost' | 'movedAway' | 'operator';

/** Why a due logout is not issued now. */
export type HoldReason =
  'outage' | 'call' | 'massLoss' | 'operator' | 'generation' | 'replicas' | 'serverSilent' | 'rate' | 'rejected';

/** How a loss ended. */
export type Outcome =
  | 'returned'
  | 'loggedOut'
  | 'notReady'
  | 'alreadySignedOut'
  | 'signedOutByAgent'
  | 'presentAfterAll'
  | 'cancelledByOperator'
  | 'raced'
  | 'failed';

/** One episode of absence, named `agentId@epoch`. */
export interface Loss {
  readonly epoch: number;
  readonly cause: Cause;
  /** Epoch ms, Redis time. */
  readonly lostAt: number;
  /** The desktop whose going began it; null when an operator ordered the logout of an agent without any. */
  readonly desktop: Desktop | null;
  /** Number of the policy's stage to be carried out next. */
  readonly stage: number;
  /** Requests sent for this stage so far, failed or in doubt. */
  readonly attempts: number;
  /** An operator let it go: a mass loss or an operator's hold no longer keeps it. */
  readonly released: boolean;
  /** A Not Ready stage took the agent out of Ready. */
  readonly wasReady: boolean;
}

/**
 * Where an agent is in its life. `unseen`: no desktop was ever known. `present`: at least one desktop is open and
 * acknowledged; `restoreDue` when the agent's Ready state, taken by a Not Ready stage, is still to be given back. `grace`: none is, wait for `dueAt`. `held`: grace is over but something forbids the request now.
 * `issuing`: a request may be on its way until `deadline`; no desktop is acknowledged meanwhile. `settled`: the loss has
 * its outcome, or the agent is signed out.
 */
export type Phase =
  | { readonly name: 'unseen' }
  | { readonly name: 'present'; readonly restoreDue: boolean }
  | { readonly name: 'grace'; readonly loss: Loss; readonly dueAt: number }
  | {
      readonly name: 'held';
      readonly loss: Loss;
      readonly dueAt: number;
      readonly reasons: readonly HoldReason[];
      readonly since: number;
      readonly alarmed: boolean;
    }
  | {
      readonly name: 'issuing';
      readonly loss: Loss;
      readonly dueAt: number;
      readonly action: Action;
      readonly since: number;
      readonly deadline: number;
      readonly alarmed: boolean;
    }
  | { readonly name: 'settled'; readonly outcome: Outcome; readonly at: number };

export type PhaseName = Phase['name'];

/** The whole record of an agent: what `decide` reads and what the store keeps. */
export interface Agent {
  readonly key: AgentKey;
  /** Counts changes of presence and sign-ins. A job, request or outcome of another epoch is stale. */
  readonly epoch: number;
  /** Open desktops by connection. While issuing, those that wait to be acknowledged are among them. */
  readonly desktops: Readonly<Record<string, Desktop>>;
  /** What is known of the agent at the CTI server; `no` makes the next desktop ask for a sign-in. */
  readonly signedIn: 'yes' | 'no' | 'unknown';
  readonly phase: Phase;
}

/** The record of an agent of whom nothing is known yet. */
export function unseenAgent(key: AgentKey): Agent {
  return { key, epoch: 0, desktops: {}, signedIn: 'unknown', phase: { name: 'unseen' } };
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
