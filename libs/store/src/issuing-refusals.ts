import { type IssuingRefusal } from '#engine/ports';
import { lineMsMax } from './lua/admission.lua';

/** Why no request is let out, with what a person reads about it. */

/** Too few replicas take what is written: the request was not committed. */
export function replicasShort(inStep: number, required: number): IssuingRefusal {
  return { refused: 'replicas', nextAt: null, isTurn: false, evidence: shortage(inStep, required), wrote: false };
}

/** A replica went right after it was seen: the commit is written, and nothing is sent. */
export function replicasLost(inStep: number, required: number): IssuingRefusal {
  const evidence = `${shortage(inStep, required)} Nothing was sent.`;
  return { refused: 'replicas', nextAt: null, isTurn: false, evidence, wrote: true };
}

/** The commit is written, on a node that may not be the master any more. */
export const masterReplaced: IssuingRefusal = {
  refused: 'replicas',
  nextAt: null,
  isTurn: false,
  evidence: 'Most Sentinels do not confirm that this Redis is still the master. Nothing was sent.',
  wrote: true,
};

export function shortage(inStep: number, required: number): string {
  return `${String(inStep)} of ${String(required)} required replicas of Redis are in step.`;
}

/** Until `nextAt` (epoch ms, store time) the store's generation is too young. */
export function generationTooYoung(nextAt: number): IssuingRefusal {
  const evidence = 'Servers that are cut off may believe in their leases for as long.';
  return { refused: 'generation', nextAt, isTurn: false, evidence, wrote: false };
}

export function serverUnasserted(serverId: string): IssuingRefusal {
  const evidence = `Server ${serverId} has not said yet which desktops it holds.`;
  return { refused: 'generation', nextAt: null, isTurn: false, evidence, wrote: false };
}

/** The loss has its turn at `nextAt` (epoch ms, store time). */
export function limitReached(nextAt: number): IssuingRefusal {
  return { refused: 'rate', nextAt, isTurn: true, evidence: '', wrote: false };
}

/** The line of those who wait is at its longest: the loss asks for a turn again at `nextAt` (epoch ms, store time). */
export function lineFull(nextAt: number): IssuingRefusal {
  const evidence = `More losses wait than have their turn within ${String(lineMsMax / 60_000)} min.`;
  return { refused: 'rate', nextAt, isTurn: false, evidence, wrote: false };
}
