import {
  type Agent,
  type Cause,
  type Desktop,
  type Loss,
  lossOf,
  type Outcome,
  type Phase,
  type PhaseName,
  type Restore,
  type Side,
  sides,
} from '#domain/agent';
import { type Entry } from '#domain/command';
import { type CommitRequest } from '#engine/ports';
import { type Keys } from './keys';
import { sideOfLoss } from './side-of-loss';

/**
 * Which sets an agent enters and leaves when its record changes. They are written in the same script as the record, so
 * they always agree with it.
 */
export interface IndexMove {
  readonly command: 'ZADD' | 'ZREM' | 'SADD' | 'SREM';
  readonly key: string;
  /** For ZADD; null for the others. */
  readonly score: number | null;
}

/** Phases without a time of their own are kept in a plain set: half the memory of a sorted one. */
export const timelessPhases: readonly PhaseName[] = ['unseen', 'present'];

/** The time by which agents of a phase are ordered (epoch ms), or null for a phase without one. */
export function scoreOf(phase: Phase): number | null {
  switch (phase.name) {
    case 'unseen':
    case 'present':
      return null;
    case 'grace':
    case 'held':
      return phase.dueAt;
    case 'issuing':
      return phase.deadline;
    case 'settled':
      return phase.at;
  }
}

export function indexMoves(keys: Keys, { before, agent, expectedVersion, entries }: CommitRequest): IndexMove[] {
  const moves: IndexMove[] = [];
  addPhaseMoves(moves, keys, expectedVersion === '' ? null : before.phase, agent.phase);
  addRestoreMove(moves, keys, restoreOf(before.phase), restoreOf(agent.phase));
  addDesktopMoves(moves, keys, before, agent);
  addSideMoves(moves, keys, before, agent);
  addLossMoves(moves, keys, before, agent, entries);
  addAbsenceMoves(moves, keys, sideOfLoss(before), sideOfLoss(agent));
  return moves;
}

function addPhaseMoves(moves: IndexMove[], keys: Keys, before: Phase | null, after: Phase): void {
  const score = scoreOf(after);
  const key = keys.phase(after.name);
  if (before?.name === after.name) {
    if (score !== null && scoreOf(before) !== score) moves.push({ command: 'ZADD', key, score });
    return;
  }
  if (before !== null) {
    const command = scoreOf(before) === null ? 'SREM' : 'ZREM';
    moves.push({ command, key: keys.phase(before.name), score: null });
  }
  moves.push({ command: score === null ? 'SADD' : 'ZADD', key, score });
}

function addDesktopMoves(moves: IndexMove[], keys: Keys, before: Agent, after: Agent): void {
  if (before.desktops === after.desktops) return;
  const had = serversOf(before);
  const has = serversOf(after);
  for (const serverId of had) {
    if (!has.includes(serverId)) moves.push({ command: 'SREM', key: keys.desktops(serverId), score: null });
  }
  for (const serverId of has) {
    if (!had.includes(serverId)) moves.push({ command: 'SADD', key: keys.desktops(serverId), score: null });
  }
}

/** Agents to whom Ready is to be given back: the sweep finds one whose wake-up was lost. */
function addRestoreMove(moves: IndexMove[], keys: Keys, before: Restore | null, after: Restore | null): void {
  if (before?.until === after?.until) return;
  const key = keys.restores;
  moves.push(after === null ? { command: 'ZREM', key, score: null } : { command: 'ZADD', key, score: after.until });
}

function restoreOf(phase: Phase): Restore | null {
  return phase.name === 'present' ? phase.restore : null;
}

/** Counted with every judgement of a side: a union of its servers' sets would read all of them each time. */
function addSideMoves(moves: IndexMove[], keys: Keys, before: Agent, after: Agent): void {
  for (const side of sides) {
    const [was, is] = [isOn(before, side), isOn(after, side)];
    if (was !== is) moves.push({ command: is ? 'SADD' : 'SREM', key: keys.present(side), score: null });
  }
}

/** Who is known to be signed out has nothing to lose, and counts for no share of a side. */
function isOn(agent: Agent, side: Side): boolean {
  if (agent.signedIn === 'no') return false;
  for (const desktop of Object.values(agent.desktops)) if (desktop.side === side) return true;
  return false;
}

/** Each once; an agent has few desktops. */
function serversOf(agent: Agent): string[] {
  const servers: string[] = [];
  for (const { serverId } of Object.values(agent.desktops)) if (!servers.includes(serverId)) servers.push(serverId);
  return servers;
}

/** Absent agents are still signed in: the pace of their side counts them, whatever the cause. */
function addAbsenceMoves(moves: IndexMove[], keys: Keys, before: Side | null, after: Side | null): void {
  if (before === after) return;
  if (before !== null) moves.push({ command: 'SREM', key: keys.absent(before), score: null });
  if (after !== null) moves.push({ command: 'SADD', key: keys.absent(after), score: null });
}

/** Causes that say nothing about a side: a goodbye, an operator's order, a desktop that we sent away ourselves. */
const quietCauses: readonly Cause[] = ['bye', 'operator', 'movedAway'];

/** Outcomes that say: the agent had signed out, and nothing was lost. */
const clearedOutcomes: readonly Outcome[] = ['alreadySignedOut', 'signedOutByAgent'];

/** A mass loss is judged by the desktops that vanished, less those of agents who turned out to have signed out. */
function addLossMoves(moves: IndexMove[], keys: Keys, before: Agent, after: Agent, entries: readonly Entry[]): void {
  const ended = lossOf(before.phase);
  if (isCounted(ended) && after.phase.name === 'settled' && clearedOutcomes.includes(after.phase.outcome)) {
    const { side } = ended.desktop;
    moves.push({ command: 'ZREM', key: keys.losses(side), score: null });
    moves.push({ command: 'ZADD', key: keys.cleared(side), score: ended.lostAt });
  }
  const began = lossOf(after.phase);
  if (!isCounted(began)) return;
  const isNew = entries.some((entry) => entry.what === 'lossBegan' && entry.loss === began.epoch);
  if (isNew) moves.push({ command: 'ZADD', key: keys.losses(began.desktop.side), score: began.lostAt });
}

function isCounted(loss: Loss | undefined): loss is Loss & { readonly desktop: Desktop } {
  return loss !== undefined && loss.desktop !== null && !quietCauses.includes(loss.cause);
}
