import { createHash } from 'node:crypto';

/** A line of the journal as it stands in the stream. `previous`: the hash of the line before it; null in a line from before there was a chain. */
export interface RawLine {
  readonly id: string;
  readonly agentId: string;
  readonly epoch: string;
  readonly json: string;
  readonly previous: string | null;
}

/** Where the chain does not hold. */
export interface ChainBreak {
  readonly kind: 'changed' | 'unchained' | 'head' | 'anchor';
  readonly id: string;
  readonly sentence: string;
}

/** A line that was known at some time: kept elsewhere, it shows that what lies before it was not written anew. */
export interface Anchor {
  readonly id: string;
  readonly hash: string;
}

/** Breaks that are told one by one; what lies behind so many needs no further proof. */
export const breaksMax = 100;

/** The hash of a line, as journal-chain.lua.ts makes it: SHA-1 over what it chains to, its id and its content. */
export function hashOf({ id, agentId, epoch, json, previous }: RawLine): string {
  return createHash('sha1')
    .update([previous ?? '', id, agentId, epoch, json].join('\n'))
    .digest('hex');
}

/**
 * Checks a journal line by line, in the order of the stream. The first line's predecessor was trimmed away and cannot be
 * checked; lines at the beginning without a hash are from an older version and are counted.
 */
export class ChainCheck {
  readonly breaks: ChainBreak[] = [];
  private last: Anchor | null = null;
  private count = 0;
  private unchainedCount = 0;
  private anchorSeen = false;

  constructor(private readonly anchor: Anchor | null = null) {}

  get lines(): number {
    return this.count;
  }

  /** Lines at the beginning that no chain covers. */
  get unchained(): number {
    return this.unchainedCount;
  }

  /** The last line that was checked, with its hash: an anchor for the next time. */
  get head(): Anchor | null {
    return this.last;
  }

  add(line: RawLine): void {
    this.count += 1;
    const before = this.last;
    if (line.previous === null) {
      if (before === null) this.unchainedCount += 1;
      else this.tell('unchained', line.id, `line ${line.id} holds no hash of the line before it, ${before.id}`);
      return;
    }
    if (before !== null && line.previous !== before.hash) {
      const sentence = `between ${before.id} and ${line.id} something was changed, removed or put in`;
      this.tell('changed', line.id, sentence);
    }
    this.last = { id: line.id, hash: hashOf(line) };
    this.compare(this.last);
  }

  /** `head`: the hash of the last line as the store keeps it; null when it keeps none. */
  finish(head: string | null): void {
    if (this.last !== null && head !== this.last.hash) {
      this.tell('head', this.last.id, `${this.last.id} is not the last line that was written, or it was changed`);
    }
    if (this.anchor !== null && !this.anchorSeen) {
      this.tell('anchor', this.anchor.id, `the line ${this.anchor.id} of the anchor is not in the journal any more`);
    }
  }

  private compare({ id, hash }: Anchor): void {
    if (this.anchor?.id !== id) return;
    this.anchorSeen = true;
    if (this.anchor.hash !== hash) {
      this.tell('anchor', id, `line ${id}, or one before it, is not what it was when the anchor was taken`);
    }
  }

  private tell(kind: ChainBreak['kind'], id: string, sentence: string): void {
    if (this.breaks.length < breaksMax) this.breaks.push({ kind, id, sentence });
  }
}
