import { type RedisAddress } from '#config/redis-url';
import { type ScrapedMetrics } from '#config/scraped-metrics';
import { type Logger } from 'pino';
import { z } from 'zod';
import { sampleOf } from './clock/store-time';
import { type RedisConnection } from './connection';
import { peripheralsKey } from './keys';
import { type Posted, ProcessBoard } from './process-board';
import { StoreError } from './store-error';

/** How often a process says for which peripheral it acts, and looks who else does. */
const lookEveryMs = 15_000;

/** A site that starts is whole by then. */
const looksAlone = 3;

/** Processes that a sentence names. */
const processesShown = 5;

const roles = ['server', 'worker', 'console'] as const;

export type Role = (typeof roles)[number];

/** What a process says of itself. */
export interface PeripheralPost {
  readonly peripheralId: number;
  readonly role: Role;
}

const shape = z.object({ at: z.number(), peripheralId: z.number(), role: z.enum(roles) });

const nobody: PeripheralWatchParts['board'] = { post: () => Promise.resolve([]), withdraw: () => Promise.resolve() };

export interface PeripheralWatchParts {
  readonly board: Pick<ProcessBoard<PeripheralPost>, 'post' | 'withdraw'>;
  readonly processId: string;
  readonly own: PeripheralPost;
  readonly log: Pick<Logger, 'error' | 'warn' | 'info'>;
}

/**
 * Sees a process that was given the number of another peripheral. Everything of a peripheral is kept by its number, so such a
 * process is alone and finds nothing wrong: a server whose losses no worker sees, a worker to which no server reports. Several
 * peripherals may share a Redis, so another number is nothing bad by itself: being alone beside others is.
 */
export class PeripheralWatch {
  private timer: NodeJS.Timeout | undefined;
  private alone = 0;
  private told: string | undefined;
  private isRefused = false;

  constructor(private readonly parts: PeripheralWatchParts) {}

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

  /** What is wrong, for a person; undefined while nothing is. */
  get finding(): string | undefined {
    return this.told;
  }

  /** Rejects with a StoreError. */
  async look(): Promise<void> {
    const { board, processId, own, log } = this.parts;
    const partner: Role = own.role === 'worker' ? 'server' : 'worker';
    const partners = (await board.post(processId, own)).filter(({ said }) => said.role === partner);
    const isAlone = partners.every(({ said }) => said.peripheralId !== own.peripheralId);
    this.alone = isAlone ? this.alone + 1 : 0;
    const finding = isAlone && partners.length > 0 && this.alone >= looksAlone ? sentenceOf(own, partners) : undefined;
    if (finding === this.told) return;
    this.told = finding;
    if (finding === undefined)
      log.info(`a ${partner} of peripheral ${String(own.peripheralId)} is there, or no other is`);
    else log.error({ alarm: true, peripheralId: own.peripheralId }, finding);
  }

  /** Once for each time that Redis refuses it. */
  private sayRefusal(error: unknown): void {
    if (!(error instanceof StoreError) || error.code !== 'STORE_REFUSED' || this.isRefused) return;
    this.isRefused = true;
    this.parts.log.warn(`for which peripherals other processes act cannot be compared with this one: ${error.why}`);
  }
}

/** The watch of a process over that connection; `gauge` is read when Prometheus asks. */
export function buildPeripheralWatch(
  redis: RedisConnection,
  options: {
    readonly redisUrl: RedisAddress;
    readonly peripheralId: number;
    readonly role: Role;
    readonly processId: string;
    readonly log: PeripheralWatchParts['log'];
    readonly gauge?: ScrapedMetrics['gauge'];
  },
): PeripheralWatch {
  const { redisUrl, peripheralId, role, processId, log, gauge } = options;
  // Each peripheral has a store time of its own; what is compared here is minutes old at the most.
  const now = async (): Promise<number> => sampleOf(await redis.time(), '').raw;
  // In a Cluster the connection goes to the one slot of its own peripheral.
  const isShared = redisUrl.kind !== 'cluster';
  const board = isShared ? new ProcessBoard<PeripheralPost>(redis, { key: peripheralsKey, shape, now }) : nobody;
  const watch = new PeripheralWatch({ board, processId, own: { peripheralId, role }, log });
  const help = '1 while this process has no counterpart of its peripheral at this Redis, and other peripherals do.';
  gauge?.('lastcall_peripheral_alone', help, () => (watch.finding === undefined ? 0 : 1));
  return watch;
}

function sentenceOf({ peripheralId, role }: PeripheralPost, partners: readonly Posted<PeripheralPost>[]): string {
  const partner = partners[0]?.said.role ?? '';
  const byPeripheral = [...Map.groupBy(partners, ({ said }) => said.peripheralId)].sort(
    ([one], [other]) => one - other,
  );
  const others = byPeripheral.map(([other, posted]) => {
    const names = posted.map(({ processId }) => processId).sort();
    const more = names.length > processesShown ? ` and ${String(names.length - processesShown)} more` : '';
    return `${names.slice(0, processesShown).join(', ')}${more} for peripheral ${String(other)}`;
  });
  return (
    `This ${role} acts for peripheral ${String(peripheralId)}, and no ${partner} at this Redis does: ` +
    `${others.join('; ')}. Give all processes of a site the same CTI_PERIPHERAL_ID.`
  );
}
