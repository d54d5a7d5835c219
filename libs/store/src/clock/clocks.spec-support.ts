import { ClockSource, StoreClock } from './store-clock';
import { type ClockCorrection, type ClockSample, correctedText, storeTimeOf } from './store-time';

const epochMs = 1_700_000_000_000;

/** A store whose host's clock can step, and true time, which nobody can read. Both are at the test's command. */
export class SteppingStore {
  trueMs = 0;
  steppedMs = 0;
  text = '';
  readonly sentences: string[] = [];

  get sample(): ClockSample {
    return { raw: epochMs + Math.floor(this.trueMs) + this.steppedMs, text: this.text };
  }

  /** How far store time is ahead of true time, ms. */
  get errorMs(): number {
    return storeTimeOf(this.sample) - epochMs - Math.floor(this.trueMs);
  }

  correct({ expected, shiftMs, spanMs }: ClockCorrection, sentence: string): boolean {
    if (this.text !== expected) return false;
    this.text = correctedText(this.sample, { shiftMs, spanMs });
    this.sentences.push(sentence);
    return true;
  }
}

/** One process: its monotonic clock stands still while its machine is suspended. */
export class ClockedProcess extends ClockSource {
  readonly clock: StoreClock;
  readonly warnings: string[] = [];
  suspendedMs = 0;
  /** Whether this machine can tell that it was suspended. */
  countsSuspension = false;
  /** Called between question and answer. */
  meanwhile: () => void = () => undefined;
  fault: Error | undefined;

  constructor(
    private readonly store: SteppingStore,
    readonly name: string,
  ) {
    super();
    this.clock = new StoreClock({
      source: this,
      processId: name,
      monotonicMs: () => this.monotonicMs,
      uptimeMs: () => (this.countsSuspension ? store.trueMs : this.monotonicMs),
      log: { warn: (_: object, sentence?: string) => this.warnings.push(sentence ?? '') },
    });
  }

  get monotonicMs(): number {
    return this.store.trueMs - this.suspendedMs;
  }

  override sample(): Promise<ClockSample> {
    if (this.fault !== undefined) return Promise.reject(this.fault);
    const { sample } = this.store;
    this.meanwhile();
    return Promise.resolve(sample);
  }

  override correct(correction: ClockCorrection, sentence: string): Promise<boolean> {
    return Promise.resolve(this.store.correct(correction, sentence));
  }

  /** Its machine stands still while that much time passes for everybody else. */
  suspend(ms: number): void {
    this.store.trueMs += ms;
    this.suspendedMs += ms;
  }
}
