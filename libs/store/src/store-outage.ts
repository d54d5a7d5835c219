import { ReplyError } from 'ioredis';
import { type Logger } from 'pino';
import { isPassing } from './redis-refusal';
import { asStoreError, StoreError, whyStoreFails } from './store-error';

export interface StoreOutageOptions {
  readonly log: Logger;
  /** Whether the process asks Redis something all the time and says so by `failed` and `answered`. */
  readonly asks: boolean;
  /** What follows for people: `nobody is signed out`. */
  readonly effect: string;
}

/** A connection to Redis, `ready` while commands go through it. */
interface Connection {
  readonly status: string;
}

type Kind = 'unreachable' | 'refused';

/**
 * What the log of a process says of outages of Redis: one warning when one begins and one line when it is over, however many
 * connections, attempts and commands it concerns; those are at debug.
 *
 * It begins with the first connection that fails, or with what the process asks all the time. It is over when all connections
 * are back and, where the process asks, that was answered since: a command from before fails after its connection is back.
 * A Redis that refuses what is asked, for longer than it takes one to come up, is an outage of another kind with a warning of
 * its own.
 */
export class StoreOutage {
  private readonly away = new Set<Connection>();
  private told: { readonly kind: Kind; readonly sinceMs: number } | null = null;
  private isAnswered = true;
  private lastWhy: string | null = null;

  constructor(private readonly options: StoreOutageOptions) {}

  /** A warning was written, and the outage is not over. */
  get isTold(): boolean {
    return this.told !== null;
  }

  /** Why Redis does not do its work, as last seen; null: it does. */
  get why(): string | null {
    return this.lastWhy;
  }

  /** @param redis where this connection looks for Redis, without secrets: the error of a connection that took too long has no address */
  lost(connection: Connection, redis: string, error: Error): void {
    this.away.add(connection);
    // What Redis says to the password is an answer.
    if (error instanceof ReplyError) this.failed(asStoreError('connection', error));
    else this.begin('unreachable', reasonOf(error), { redis, sentence: `Redis cannot be reached: ${reasonOf(error)}` });
  }

  back(): void {
    this.endIfOver();
  }

  /** What this process asks all the time was not answered, or refused. */
  failed(error: unknown): void {
    const isRefusal = error instanceof StoreError && error.code === 'STORE_REFUSED' && !isPassing(error);
    this.begin(isRefusal ? 'refused' : 'unreachable', whyStoreFails(error), {});
  }

  answered(): void {
    this.isAnswered = true;
    this.endIfOver();
  }

  private begin(kind: Kind, why: string, { redis, sentence = why }: { redis?: string; sentence?: string }): void {
    const { log, effect } = this.options;
    this.isAnswered = !this.options.asks;
    this.lastWhy = sentence;
    const isNew = this.told === null || (this.told.kind === 'unreachable' && kind === 'refused');
    const what = kind === 'refused' ? 'Redis refuses commands' : 'Redis cannot be reached';
    log[isNew ? 'warn' : 'debug'](redis === undefined ? {} : { redis }, `${what}; ${effect}: ${why}`);
    if (isNew) this.told = { kind, sinceMs: this.told?.sinceMs ?? performance.now() };
  }

  private endIfOver(): void {
    if (this.told === null || !this.isAnswered) return;
    // Not every error of a connection ends it, and one that goes on is not announced as back.
    if ([...this.away].some(({ status }) => status !== 'ready')) return;
    this.away.clear();
    const awayMs = Math.round(performance.now() - this.told.sinceMs);
    this.told = null;
    this.lastWhy = null;
    this.options.log.info({ awayMs }, 'Redis answers again');
  }
}

/** Of a host with several addresses the error has no message of its own. */
function reasonOf(error: Error): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(String).join(', ');
  return error.message;
}

/** Codes of errors of the store and of the queue that say that Redis is away. */
const awayCodes: ReadonlySet<unknown> = new Set(['STORE_UNREACHABLE', 'QUEUE_UNREACHABLE', 'QUEUE_SILENT']);

/** For a line about what failed: where Redis is away, that is said once for the process, and the line is for its details. */
export function levelOfFailure(error: unknown): 'debug' | 'warn' {
  return error instanceof Error && 'code' in error && awayCodes.has(error.code) ? 'debug' : 'warn';
}
