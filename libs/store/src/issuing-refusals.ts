import { type IssuingRefusal } from '#engine/ports';

/** Why no request is let out, with what a person reads about it. */

/** Not every replica has the commit; it is written all the same. */
export const replicasMissing: IssuingRefusal = { refused: 'replicas', nextAt: null, evidence: '', wrote: true };

/** Until `nextAt` (epoch ms, store time) the store's generation is too young. */
export function generationTooYoung(nextAt: number): IssuingRefusal {
  const evidence = 'Servers that are cut off may believe in their leases for as long.';
  return { refused: 'generation', nextAt, evidence, wrote: false };
}

export function serverUnasserted(serverId: string): IssuingRefusal {
  const evidence = `Server ${serverId} has not said yet which desktops it holds.`;
  return { refused: 'generation', nextAt: null, evidence, wrote: false };
}

export function limitReached(nextAt: number): IssuingRefusal {
  return { refused: 'rate', nextAt, evidence: '', wrote: false };
}
