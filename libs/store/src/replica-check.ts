import { type RedisConnection } from './connection';
import { Keys } from './keys';
import { allOf } from './pipeline';

/** How long a write waits for its replicas. A request must leave within 2 s of its commit. */
export const replicasWaitMs = 500;

/** What was seen so lately is believed; a replica that goes right after it is noticed by the commit itself. */
export const replicaLookMs = 250;

export interface ReplicaCheckOptions {
  readonly peripheralId: number;
  readonly replicas: number;
  /** Default `replicaLookMs`. */
  readonly lookMs?: number;
}

/** Whether as many replicas as are required take what is written now: asked before the commit of a request, not after it. */
export class ReplicaCheck {
  private readonly key: string;
  private inStepAtMs = Number.NEGATIVE_INFINITY;
  private underWay: Promise<number> | undefined;

  constructor(
    /** One for commands with a WAIT behind them. */
    private readonly connection: () => RedisConnection,
    private readonly options: ReplicaCheckOptions,
  ) {
    this.key = new Keys(options.peripheralId).replicaCheck;
  }

  /** How many replicas have what was written now, or a moment ago. Whoever asks meanwhile gets the same answer. */
  inStep(): Promise<number> {
    const { replicas, lookMs = replicaLookMs } = this.options;
    if (performance.now() - this.inStepAtMs < lookMs) return Promise.resolve(replicas);
    return (this.underWay ??= this.look().finally(() => {
      this.underWay = undefined;
    }));
  }

  /** The next one who asks gets an answer of then. */
  forget(): void {
    this.inStepAtMs = Number.NEGATIVE_INFINITY;
  }

  private async look(): Promise<number> {
    const { replicas } = this.options;
    const askedMs = performance.now();
    const write = this.connection().pipeline().set(this.key, '', 'PX', replicasWaitMs).wait(replicas, replicasWaitMs);
    const [, inStep] = await allOf('replica check', write);
    if (Number(inStep) >= replicas) this.inStepAtMs = askedMs;
    return Number(inStep);
  }
}
