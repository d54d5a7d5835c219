import { type Agent, type Desktop, unseenAgent } from './agent';
import { type Command } from './command';
import { decide } from './decide';
import { type AgentEvent, type Facts } from './event';
import { type Move } from './explore.spec-support';
import { defaultPolicy, type Policy } from './policy';

/**
 * The world that the search goes through: one agent, two sides, a store, a CTI server and one worker, each as small as it can be.
 * The record in it is the real one, and `decide` is the only thing that changes it.
 */

/** The rules that keep both promises. Leaving one out must let the search find a counterexample. */
export type Rule = 'EPOCH' | 'GATE' | 'GEN' | 'SWEEP' | 'WAIT' | 'PENDING' | 'REPLACE' | 'COMPARE';
export const allRules: readonly Rule[] = ['EPOCH', 'GATE', 'GEN', 'SWEEP', 'WAIT', 'PENDING', 'REPLACE', 'COMPARE'];

/** How often the world may do each of these things within one history. */
export interface Budget {
  /** Desktops that may open on the primary and on the secondary. */
  readonly opens: readonly [number, number];
  readonly crashes: number;
  readonly rollbacks: number;
  readonly obliterations: number;
  /** Sign-ins that are asked for through us. */
  readonly signInsAsked: number;
  /** Sources of presence that come back, do not see the desktop, and had reported its loss while they went away. */
  readonly sourcesReturned: number;
  /** Calls that begin, at any moment. */
  readonly calls: number;
  /** Sign-outs and sign-ins past us, such as by telephone. */
  readonly handSignOuts: number;
  readonly handSignIns: number;
  /** Reports of a sign-out that arrive when the agent has signed in again. */
  readonly lateSignOuts: number;
  /** LOAD of the CTI server: 0 makes the agent Not Ready in place of signing out. */
  readonly load: number;
}

/** Nothing happens. */
export const quiet: Budget = {
  opens: [1, 0],
  crashes: 0,
  rollbacks: 0,
  obliterations: 0,
  signInsAsked: 0,
  sourcesReturned: 0,
  calls: 0,
  handSignOuts: 0,
  handSignIns: 0,
  lateSignOuts: 0,
  load: 1,
};

export type SideNumber = 0 | 1;
export const sideNumbers: readonly SideNumber[] = [0, 1];
export const sideName = (side: SideNumber): 'primary' | 'secondary' => (side === 0 ? 'primary' : 'secondary');

/** A desktop as it really is, which only its server and the agent know. */
export type Real = 'none' | 'waiting' | 'acknowledged' | 'deadUnseen';

/**
 * What the worker has in hand: it has looked at a record (and knows whether that is still the newest version), it has
 * committed `issuing` and is about to send, or it has sent and is about to report. `overtaken`: the agent was promised a
 * new grace meanwhile, so what is in hand must have no effect. `withdrawing`: it is about to replace a pending logout.
 */
export type Hands =
  | { at: 'idle' }
  | { at: 'looked'; seen: Agent; newest: boolean; overtaken: boolean }
  | { at: 'committed'; epoch: number; attempts: number; overtaken: boolean }
  | { at: 'withdrawing'; epoch: number; attempts: number }
  | { at: 'sent'; epoch: number; attempts: number; withdrew: boolean };

/** How often each of these may still happen. */
type Left = { -readonly [Happening in Exclude<keyof Budget, 'opens'>]: number };

export interface World extends Left {
  record: Agent;
  wakeUps: number[];
  real: [Real, Real];
  opens: [number, number];
  generation: number;
  asserted: [number, number];
  replica: { record: Agent; wakeUps: number[] } | null;
  hands: Hands;
  /** At the CTI server. */
  signedIn: boolean;
  onCall: boolean;
  logoutPending: boolean;
  /** What LOAD 0 made of our sign-out. */
  leftNotReady: boolean;
}

export type Add = (label: string, system: boolean, change: (next: World) => unknown) => void;

/** Everything is due at once: the search is about orders of events, and time is never on our side in it. */
export const impatient: Policy = {
  ...defaultPolicy,
  stages: [{ afterMs: 0, action: 'logout', reasonCode: 255 }],
  graceMs: { bye: 0, lost: 0, serverLost: 0, withoutDesktop: 0, operator: 0 },
  issuingMsMax: 0,
  heldLookMs: 0,
  retryMs: 0,
  attemptsMax: 9,
};

/** The presence check is left out on purpose: the rules must do without its help. */
export const calm: Extract<Facts, { link: 'inService' }> = {
  link: 'inService',
  isKnown: true,
  signedOut: false,
  onCall: false,
  isReady: true,
  notReadyReason: null,
  state: '',
  sideOutageUntil: null,
  heldByOperator: false,
  massLossUntil: null,
  clock: null,
};

/** An agent with one acknowledged desktop on the primary side. */
export function startOf({ opens, ...left }: Budget): World {
  const world: World = {
    record: unseenAgent({ peripheralId: 5000, agentId: '1' }),
    wakeUps: [],
    real: ['acknowledged', 'none'],
    opens: [opens[0] - 1, opens[1]],
    generation: 1,
    asserted: [1, 1],
    replica: null,
    hands: { at: 'idle' },
    signedIn: true,
    onCall: false,
    logoutPending: false,
    leftNotReady: false,
    ...left,
  };
  handle(world, { type: 'desktopOpened', desktop: desktopOf(world, 0) });
  return world;
}

/** An agent is no ghost while signed out, or Not Ready by LOAD 0, with a desktop, or on a call, whose end is not ours to bring about. */
export function isFine({ signedIn, leftNotReady, onCall, real }: World): boolean {
  return !signedIn || leftNotReady || onCall || real.some((each) => each === 'acknowledged' || each === 'waiting');
}

export function desktopOf(world: World, side: SideNumber): Desktop {
  const connection = `${String(side)}:${String(world.opens[side])}`;
  return { connection, desktopId: 'd', side: sideName(side), serverId: String(side) };
}

/** Loads, decides and commits in one go, as a version check with retries does. */
export function handle(world: World, event: AgentEvent): readonly Command[] {
  const { agent, commands } = decide(world.record, event, 0, impatient);
  arm(world, commands);
  write(world, agent);
  for (const command of commands) {
    if (command.type === 'disarmWakeUp') world.wakeUps = world.wakeUps.filter((epoch) => epoch !== command.epoch);
  }
  return commands;
}

export function arm(world: World, commands: readonly Command[]): void {
  for (const command of commands) {
    if (command.type === 'armWakeUp' || command.type === 'wakeNow') armFor(world, command.epoch);
  }
}

export function armFor(world: World, epoch: number): void {
  if (!world.wakeUps.includes(epoch)) world.wakeUps = [...world.wakeUps, epoch].sort((a, b) => a - b);
}

export function write(world: World, agent: Agent): void {
  if (agent === world.record) return;
  world.record = agent;
  if (world.hands.at === 'looked') world.hands = { ...world.hands, newest: false };
}

/** All moves out of a world, as `contribute` adds them. */
export function movesFrom(world: World, contribute: (add: Add) => void): Move<World>[] {
  const moves: Move<World>[] = [];
  contribute((label, system, change) => {
    const next: World = {
      ...world,
      real: [world.real[0], world.real[1]],
      opens: [world.opens[0], world.opens[1]],
      asserted: [world.asserted[0], world.asserted[1]],
    };
    const unsafe = change(next) === true;
    moves.push({ label, system, world: next, unsafe });
  });
  return moves;
}
