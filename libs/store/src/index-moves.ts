import { type Agent, type Cause, lossOf, type Phase, type PhaseName, type Side } from '#domain/agent';
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
  addDesktopMoves(moves, keys, before, agent);
  addLossMove(moves, keys, agent, entries);
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
  addSideMoves(moves, keys, before, after);
}

/** Counted with every judgement of a side: a union of its servers' sets would read all of them each time. */
function addSideMoves(moves: IndexMove[], keys: Keys, before: Agent, after: Agent): void {
  for (const side of ['primary', 'secondary'] as const) {
    const [was, is] = [isOn(before, side), isOn(after, side)];
    if (was !== is) moves.push({ command: is ? 'SADD' : 'SREM', key: keys.present(side), score: null });
  }
}

function isOn(agent: Agent, side: Side): boolean {
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

/** A mass loss is judged by the desktops that vanished. */
function addLossMove(moves: IndexMove[], keys: Keys, agent: Agent, entries: readonly Entry[]): void {
  const loss = lossOf(agent.phase);
  if (loss?.desktop == null || quietCauses.includes(loss.cause)) return;
  const began = entries.some((entry) => entry.what === 'lossBegan' && entry.loss === loss.epoch);
  if (began) moves.push({ command: 'ZADD', key: keys.losses(loss.desktop.side), score: loss.lostAt });
}
