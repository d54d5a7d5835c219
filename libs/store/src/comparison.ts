import { type Policies } from '#config/policy-file';
import { type RedisAddress } from '#config/redis-url';
import { type ScrapedMetrics } from '#config/scraped-metrics';
import { type Logger } from 'pino';
import { type ProcessBoard } from './process-board';
import { StoreError } from './store-error';

/** How often a process says what it is, and compares that with what the others say. */
const lookEveryMs = 15_000;

export const roles = ['server', 'worker', 'console'] as const;

export type Role = (typeof roles)[number];

/** What a process compares with others, and where it says so. */
export interface ProcessOptions {
  readonly redisUrl: RedisAddress;
  readonly peripheralId: number;
  readonly role: Role;
  readonly processId: string;
  readonly policies: Policies;
  readonly log: ComparisonParts['log'];
  readonly gauge?: ScrapedMetrics['gauge'];
}

export interface ComparisonParts {
  readonly board: Pick<ProcessBoard<never>, 'withdraw'>;
  /** This process, as records and journal name it. */
  readonly processId: string;
  readonly log: Pick<Logger, 'error' | 'warn' | 'info'>;
}

/**
 * Compares this process with the others, again and again. What Redis refuses is said once for each time that it does;
 * without Redis nothing is compared, and who needs Redis says so.
 */
export abstract class Comparison<P extends ComparisonParts> {
  private timer: NodeJS.Timeout | undefined;
  private isRefused = false;

  /** @param subject what is compared, for a line of the log */
  constructor(
    protected readonly parts: P,
    private readonly subject: string,
  ) {}

  /** Says what this process is, and compares. Rejects with a StoreError. */
  abstract look(): Promise<void>;

  start(): void {
    const look = (): void => {
      this.look().then(
        () => (this.isRefused = false),
        (error: unknown) => {
          this.sayRefusal(error);
        },
      );
    };
    this.timer = setInterval(look, lookEveryMs).unref();
    look();
  }

  stop(): void {
    clearInterval(this.timer);
    this.parts.board.withdraw(this.parts.processId).catch(() => undefined);
  }

  private sayRefusal(error: unknown): void {
    if (!(error instanceof StoreError) || error.code !== 'STORE_REFUSED' || this.isRefused) return;
    this.isRefused = true;
    this.parts.log.warn(`${this.subject} cannot be compared with this one: ${error.why}`);
  }
}
