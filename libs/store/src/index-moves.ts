import { type Agent, lossOf, type Phase, type PhaseName } from '#domain/agent';
import { type Entry } from '#domain/command';
import { type Keys } from './keys';

/**
 * Which sets an agent enters and leaves when its record changes. They are written in the same script as the record, so
 * they always agree with it.
 */
export type IndexMove =
  | { readonly command: 'ZADD'; readonly key: string; readonly score: number }
  | { readonly command: 'ZREM' | 'SADD' | 'SREM'; readonly key: string };

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

export function indexMoves(
  keys: Keys,
  before: Agent,
  isNew: boolean,
  agent: Agent,
  entries: readonly Entry[],
): IndexMove[] {
  return [
    ...phaseMoves(keys, isNew ? null : before.phase, agent.phase),
    ...desktopMoves(keys, before, agent),
    ...lossMoves(keys, agent, entries),
  ];
}

function phaseMoves(keys: Keys, before: Phase | null, after: Phase): IndexMove[] {
  const score = scoreOf(after);
  const isSamePlace = before?.name === after.name && scoreOf(before) === score;
  if (isSamePlace) return [];
  const key = keys.phase(after.name);
  const enter: IndexMove = score === null ? { command: 'SADD', key } : { command: 'ZADD', key, score };
  if (before === null || before.name === after.name) return [enter];
  const leave: IndexMove = { command: scoreOf(before) === null ? 'SREM' : 'ZREM', key: keys.phase(before.name) };
  return [leave, enter];
}

function desktopMoves(keys: Keys, before: Agent, after: Agent): IndexMove[] {
  if (before.desktops === after.desktops) return [];
  const had = serversOf(before);
  const has = serversOf(after);
  const moves: IndexMove[] = [];
  for (const serverId of had) if (!has.has(serverId)) moves.push({ command: 'SREM', key: keys.desktops(serverId) });
  for (const serverId of has) if (!had.has(serverId)) moves.push({ command: 'SADD', key: keys.desktops(serverId) });
  return moves;
}

function serversOf(agent: Agent): Set<string> {
  return new Set(Object.values(agent.desktops).map(({ serverId }) => serverId));
}

/** A mass loss is judged by the desktops that vanished: not by those that said goodbye, nor by an operator's order. */
function lossMoves(keys: Keys, agent: Agent, entries: readonly Entry[]): IndexMove[] {
  const loss = lossOf(agent.phase);
  if (loss?.desktop == null || loss.cause === 'bye' || loss.cause === 'operator') return [];
  const began = entries.some((entry) => entry.what === 'lossBegan' && entry.loss === loss.epoch);
  return began ? [{ command: 'ZADD', key: keys.losses(loss.desktop.side), score: loss.lostAt }] : [];
}
