/** A mistake of ours, never of a peer: the process is meant to die of it. */
export class BrokenInvariant extends Error {
  override name = 'BrokenInvariant';
}

/** Asserts what this code promises itself; `sentence` says the promise that was broken. */
export function invariant(claim: boolean, sentence: string): asserts claim {
  if (!claim) throw new BrokenInvariant(sentence);
}
