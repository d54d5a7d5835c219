import { type StoreError } from '#store/store-error';

/** A record that was not met for so long has been mended or deleted. */
export const metMsMax = 10_000;

/** So many are named. */
export const namedMax = 5;

/** Records that were met lately and cannot be read: nothing is done about their agents. */
export class UnreadableRecords {
  /** By key in Redis: what is wrong, and when it was met last (monotonic ms). */
  private readonly met = new Map<string, { readonly sentence: string; readonly atMs: number }>();

  constructor(
    private readonly monotonicMs: () => number,
    private readonly log: { error(fields: object, sentence: string): void },
  ) {}

  /** Each is logged once for as long as it is met. */
  add(error: StoreError): void {
    this.forget();
    if (!this.met.has(error.subject)) this.log.error({ err: error }, 'A record cannot be read.');
    this.met.set(error.subject, { sentence: error.message, atMs: this.monotonicMs() });
  }

  /** One sentence for each that is named, and one for the others. */
  get sentences(): readonly string[] {
    this.forget();
    const all = [...this.met.values()].map(({ sentence }) => sentence);
    const others = all.length - namedMax;
    return others > 0
      ? [...all.slice(0, namedMax), `The records of ${String(others)} more agents cannot be read.`]
      : all;
  }

  private forget(): void {
    const since = this.monotonicMs() - metMsMax;
    for (const [subject, { atMs }] of this.met) if (atMs < since) this.met.delete(subject);
  }
}
