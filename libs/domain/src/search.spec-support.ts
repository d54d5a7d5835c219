import { type Agent, type Desktop, lossOf, unseenAgent } from './agent';
import { type Command } from './command';
import { decide } from './decide';
import { type AgentEvent, type Facts } from './event';
import { defaultPolicy, type Policy } from './policy';

/** The five rules that keep both promises. Leaving one out must let the search find a counterexample. */
export type Rule = 'EPOCH' | 'GATE' | 'GEN' | 'SWEEP' | 'WAIT';
export const allRules: readonly Rule[] = ['EPOCH', 'GATE', 'GEN', 'SWEEP', 'WAIT'];

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
}

export interface Verdict {
  readonly states: number;
  /**
   * A live agent was signed out, or one whose grace had begun again after the request was decided on: the shortest
   * history that leads there, or null.
   */
  readonly unsafe: readonly string[] | null;
  /** A ghost that can never be signed out: the shortest history that leads there, or null. */
  readonly stuck: readonly string[] | null;
}

type SideNumber = 0 | 1;

/** A desktop as it really is, which only its server and the agent know. */
type Real = 'none' | 'waiting' | 'acknowledged' | 'deadUnseen';

/**
 * The worker's hands: it has looked at a record (and knows whether that is still the newest version), or it has
 * committed `issuing` and is about to send, or it has sent and is about to report. `overtaken`: the agent was promised a
 * new grace meanwhile, so what is in hand must have no effect.
 */
type Hands =
  | { at: 'idle' }
  | { at: 'looked'; seen: Agent; newest: boolean; overtaken: boolean }
  | { at: 'committed'; epoch: number; attempts: number; overtaken: boolean }
  | { at: 'sent'; epoch: number; attempts: number };

/** How often each of these may still happen. */
type Left = { -readonly [Happening in Exclude<keyof Budget, 'opens'>]: number };

interface World extends Left {
  record: Agent;
  wakeUps: number[];
  real: [Real, Real];
  opens: [number, number];
  generation: number;
  asserted: [number, number];
  replica: { record: Agent; wakeUps: number[] } | null;
  hands: Hands;
  signedIn: boolean;
}

interface Move {
  readonly label: string;
  readonly world: World;
  /** A move of the system itself; the others are the world's, which need never happen. */
  readonly system: boolean;
  readonly unsafe: boolean;
}

/** Everything is due at once: the search is about orders of events, and time is never on our side in it. */
const impatient: Policy = {
  ...defaultPolicy,
  stages: [{ afterMs: 0, action: 'logout', reasonCode: 255 }],
  graceMs: { bye: 0, lost: 0, serverLost: 0, operator: 0 },
  issuingMsMax: 0,
  retryMs: 0,
  attemptsMax: 9,
};

/** The last look is left out on purpose: the five rules must do without its help. */
const calm: Extract<Facts, { link: 'inService' }> = {
  link: 'inService',
  signedOut: false,
  onCall: false,
  state: '',
  sideOutage: false,
  heldByOperator: false,
  massLoss: false,
};

const sides: readonly SideNumber[] = [0, 1];

/** Searches every history within the budget, breadth first, over the real `decide`. */
export function search(rules: ReadonlySet<Rule>, budget: Budget, statesMax = 2_000_000): Verdict {
  const start = startOf(budget);
  const startKey = JSON.stringify(start);
  const numbers = new Map<string, number>([[startKey, 0]]);
  const worlds: World[] = [start];
  const cameFrom: [number, string][] = [[-1, '']];
  const reverse: number[][] = [[]];
  const story = (at: number): string[] => (at <= 0 ? [] : [...story(cameFrom[at]?.[0] ?? -1), cameFrom[at]?.[1] ?? '']);
  for (let at = 0; at < worlds.length; at++) {
    for (const move of movesOf(worlds[at] as World, rules)) {
      if (move.unsafe) return { states: worlds.length, unsafe: [...story(at), move.label], stuck: null };
      const key = JSON.stringify(move.world);
      let to = numbers.get(key);
      if (to === undefined) {
        to = worlds.length;
        if (to >= statesMax)
          throw new Error(`More than ${String(statesMax)} states: the budget is too large to search.`);
        numbers.set(key, to);
        worlds.push(move.world);
        cameFrom.push([at, move.label]);
        reverse.push([]);
      }
      if (move.system) reverse[to]?.push(at);
    }
  }
  const stuckAt = firstStuck(worlds, reverse);
  return { states: worlds.length, unsafe: null, stuck: stuckAt === -1 ? null : story(stuckAt) };
}

/** A state is fine when the agent is not a ghost, or when the system by itself can still get to such a state. */
function firstStuck(worlds: readonly World[], reverse: readonly (readonly number[])[]): number {
  const fine = worlds.map(
    (world) => !world.signedIn || world.real.some((real) => real === 'acknowledged' || real === 'waiting'),
  );
  const queue = worlds.flatMap((_, at) => (fine[at] === true ? [at] : []));
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const before of reverse[next] ?? []) {
      if (fine[before] === true) continue;
      fine[before] = true;
      queue.push(before);
    }
  }
  return fine.indexOf(false);
}

function startOf({ opens, ...left }: Budget): World {
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
    ...left,
  };
  handle(world, { type: 'desktopOpened', desktop: desktopOf(world, 0) });
  return world;
}

function desktopOf(world: World, side: SideNumber): Desktop {
  const connection = `${String(side)}:${String(world.opens[side])}`;
  return { connection, desktopId: 'd', side: side === 0 ? 'primary' : 'secondary', serverId: String(side) };
}

/** Loads, decides and commits in one go, as a version check with retries does. */
function handle(world: World, event: AgentEvent): readonly Command[] {
  const { agent, commands } = decide(world.record, event, 0, impatient);
  arm(world, commands);
  write(world, agent);
  for (const command of commands) {
    if (command.type === 'disarmWakeUp') world.wakeUps = world.wakeUps.filter((epoch) => epoch !== command.epoch);
  }
  return commands;
}

function arm(world: World, commands: readonly Command[]): void {
  for (const command of commands) {
    if (command.type === 'armWakeUp' && !world.wakeUps.includes(command.epoch)) {
      world.wakeUps = [...world.wakeUps, command.epoch].sort((a, b) => a - b);
    }
  }
}

function write(world: World, agent: Agent): void {
  if (agent === world.record) return;
  world.record = agent;
  if (world.hands.at === 'looked') world.hands = { ...world.hands, newest: false };
}

function movesOf(world: World, rules: ReadonlySet<Rule>): Move[] {
  const moves: Move[] = [];
  const add = (label: string, system: boolean, change: (next: World) => unknown): void => {
    const next: World = {
      ...world,
      real: [world.real[0], world.real[1]],
      opens: [world.opens[0], world.opens[1]],
      asserted: [world.asserted[0], world.asserted[1]],
    };
    const unsafe = change(next) === true;
    moves.push({ label, system, world: next, unsafe });
  };
  for (const side of sides) addDesktopMoves(world, side, rules, add);
  addRenewals(world, rules, add);
  addStoreMoves(world, add);
  addWorkerMoves(world, rules, add);
  if (rules.has('SWEEP')) addSweep(world, add);
  return moves;
}

type Add = (label: string, system: boolean, change: (next: World) => unknown) => void;

function addDesktopMoves(world: World, side: SideNumber, rules: ReadonlySet<Rule>, add: Add): void {
  const name = side === 0 ? 'primary' : 'secondary';
  const acknowledgeable = (next: World): boolean => !rules.has('GATE') || next.record.phase.name !== 'issuing';
  const real = world.real[side];
  if (real === 'none' && world.opens[side] > 0) {
    add(`a desktop opens on the ${name}`, false, (next) => {
      next.opens[side] -= 1;
      handle(next, { type: 'desktopOpened', desktop: desktopOf(next, side) });
      next.real[side] = acknowledgeable(next) ? 'acknowledged' : 'waiting';
    });
  }
  if (real === 'waiting' && acknowledgeable(world)) {
    add(`the desktop on the ${name} is acknowledged`, true, (next) => {
      handle(next, { type: 'desktopOpened', desktop: desktopOf(next, side) });
      next.real[side] = 'acknowledged';
    });
  }
  if (real === 'acknowledged' || real === 'waiting') {
    add(`the desktop on the ${name} vanishes`, false, (next) => (next.real[side] = 'deadUnseen'));
  }
  if (real === 'deadUnseen') {
    add(`the ${name} sees the loss`, true, (next) => {
      handle(next, {
        type: 'desktopClosed',
        connection: desktopOf(next, side).connection,
        cause: 'lost',
        seenBy: name,
      });
      next.real[side] = 'none';
    });
  }
  if (world.asserted[side] !== world.generation) {
    add(`the ${name} re-asserts its desktops`, true, (next) => {
      reassert(next, side);
    });
  }
}

/**
 * Who asks to be signed in while a request is being issued waits, as a desktop does; who is let in is not to be signed out
 * by what was decided before. Who is signed out already has nothing to lose until a desktop opens.
 */
function addRenewals(world: World, rules: ReadonlySet<Rule>, add: Add): void {
  const { signedIn, signInsAsked, sourcesReturned } = world;
  const { phase } = world.record;
  const isWaiting = phase.name === 'grace' || phase.name === 'held';
  if (signInsAsked > 0 && signedIn && (isWaiting || (phase.name === 'issuing' && !rules.has('GATE')))) {
    add('the agent asks to be signed in', false, (next) => {
      next.signInsAsked -= 1;
      renew(next, { type: 'signInAsked', evidence: '' });
    });
  }
  const lost = isWaiting ? phase.loss.desktop : null;
  if (sourcesReturned > 0 && lost !== null) {
    add('the source of the loss is back and does not see the desktop', false, (next) => {
      next.sourcesReturned -= 1;
      renew(next, { type: 'sourceReturned', connection: lost.connection, seenBy: lost.serverId });
    });
  }
}

function renew(next: World, event: AgentEvent): void {
  handle(next, event);
  if (next.hands.at === 'looked' || next.hands.at === 'committed') next.hands = { ...next.hands, overtaken: true };
}

/** Both directions: what the server holds is open, and what the store says it holds but does not is closed. */
function reassert(next: World, side: SideNumber): void {
  const held = desktopOf(next, side);
  if (next.real[side] !== 'none') handle(next, { type: 'desktopOpened', desktop: held });
  for (const { connection, serverId } of Object.values(next.record.desktops)) {
    const unknown = serverId === String(side) && (next.real[side] === 'none' || connection !== held.connection);
    if (unknown) handle(next, { type: 'desktopClosed', connection, cause: 'lost', seenBy: serverId });
  }
  next.asserted[side] = next.generation;
}

function addStoreMoves(world: World, add: Add): void {
  if (world.replica === null && world.rollbacks > 0) {
    add(
      'the replica has got this far',
      false,
      (next) => void (next.replica = { record: next.record, wakeUps: next.wakeUps }),
    );
  }
  const { replica } = world;
  if (replica !== null) {
    add('the store fails over to the replica: later writes are lost', false, (next) => {
      write(next, replica.record);
      next.wakeUps = replica.wakeUps;
      if (next.hands.at === 'looked') next.hands = { ...next.hands, newest: false };
      next.generation += 1;
      next.rollbacks -= 1;
      next.replica = null;
    });
  }
  if (world.obliterations > 0 && world.wakeUps.length > 0) {
    add('the queue is obliterated', false, (next) => {
      next.wakeUps = [];
      next.obliterations -= 1;
    });
  }
}

function addWorkerMoves(world: World, rules: ReadonlySet<Rule>, add: Add): void {
  const { hands } = world;
  if (hands.at !== 'idle' && world.crashes > 0) {
    add('the worker dies', false, (next) => {
      next.hands = { at: 'idle' };
      next.crashes -= 1;
    });
  }
  switch (hands.at) {
    case 'idle':
      for (const epoch of world.wakeUps)
        add(`a wake-up for epoch ${String(epoch)} fires`, true, (next) => {
          wake(next, epoch);
        });
      return;
    case 'looked':
      add('the worker commits issuing', true, (next) => {
        commitIssuing(next, hands, rules);
      });
      return;
    case 'committed':
      add('the request takes effect', true, (next) => {
        next.signedIn = false;
        next.hands = { at: 'sent', epoch: hands.epoch, attempts: hands.attempts };
        return hands.overtaken || next.real.includes('acknowledged');
      });
      return;
    case 'sent':
      add('the worker reports the outcome', true, (next) => {
        const { epoch, attempts } = hands;
        next.hands = { at: 'idle' };
        handle(next, {
          type: 'outcomeSeen',
          epoch,
          attempts,
          result: { kind: 'confirmed', became: 'loggedOut', evidence: '', othersActed: false, wasReady: false },
        });
      });
  }
}

function wake(next: World, epoch: number): void {
  next.wakeUps = next.wakeUps.filter((armed) => armed !== epoch);
  const commands = handle(next, { type: 'wokenUp', epoch });
  for (const command of commands) {
    if (command.type === 'findFacts') {
      next.wakeUps = [...new Set([...next.wakeUps, epoch])].sort((a, b) => a - b);
      if (next.signedIn) next.hands = { at: 'looked', seen: next.record, newest: true, overtaken: false };
      else handle(next, { type: 'factsFound', epoch, facts: { ...calm, signedOut: true } });
    }
    if (command.type === 'settleDoubt') {
      const result = next.signedIn
        ? ({ kind: 'rejected', evidence: '', onCall: false } as const)
        : ({ kind: 'confirmed', became: 'loggedOut', evidence: '', othersActed: false, wasReady: false } as const);
      handle(next, { type: 'outcomeSeen', epoch, attempts: command.attempts, result });
    }
  }
}

/** Without EPOCH the worker writes what it decided on the record it once saw, whatever the record is now. */
function commitIssuing(next: World, hands: Extract<Hands, { at: 'looked' }>, rules: ReadonlySet<Rule>): void {
  next.hands = { at: 'idle' };
  if (rules.has('EPOCH') && !hands.newest) return;
  if (rules.has('GEN') && next.asserted.some((generation) => generation !== next.generation)) return;
  const { epoch } = hands.seen;
  const look = { answer: 'none', asked: [] } as const;
  const { agent, commands } = decide(hands.seen, { type: 'lastLookAnswered', epoch, facts: calm, look }, 0, impatient);
  arm(next, commands);
  write(next, agent);
  const request = commands.find((command) => command.type === 'request');
  if (request === undefined) return;
  next.hands = { at: 'committed', epoch, attempts: request.attempts, overtaken: hands.overtaken };
  if (rules.has('WAIT') && next.replica !== null) next.replica = { record: next.record, wakeUps: next.wakeUps };
}

/** The sweep: a record that is overdue and has no wake-up gets one. */
function addSweep(world: World, add: Add): void {
  const { record } = world;
  if (world.hands.at !== 'idle' || lossOf(record.phase) === undefined || world.wakeUps.includes(record.epoch)) return;
  add(
    'the sweep arms a wake-up',
    true,
    (next) => void (next.wakeUps = [...next.wakeUps, record.epoch].sort((a, b) => a - b)),
  );
}
