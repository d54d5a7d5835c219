import { z } from 'zod';
import { sampleOf } from './clock/store-time';
import { Comparison, type ComparisonParts, type ProcessOptions, type Role, roles } from './comparison';
import { type RedisConnection } from './connection';
import { peripheralsKey } from './keys';
import { type Posted, ProcessBoard } from './process-board';

/** A site that starts is whole by then. */
const looksAlone = 3;

/** Processes that a sentence names. */
const processesShown = 5;

/** What a process says of itself. */
export interface PeripheralPost {
  readonly peripheralId: number;
  readonly role: Role;
}

const shape = z.object({ at: z.number(), peripheralId: z.number(), role: z.enum(roles) });

const nobody: PeripheralWatchParts['board'] = { post: () => Promise.resolve([]), withdraw: () => Promise.resolve() };

export interface PeripheralWatchParts extends ComparisonParts {
  readonly board: Pick<ProcessBoard<PeripheralPost>, 'post' | 'withdraw'>;
  readonly own: PeripheralPost;
}

/**
 * Sees a process that was given the number of another peripheral. Everything of a peripheral is kept by its number, so such a
 * process is alone and finds nothing wrong: a server whose losses no worker sees, a worker to which no server reports. Several
 * peripherals may share a Redis, so another number is nothing bad by itself: being alone beside others is.
 */
export class PeripheralWatch extends Comparison<PeripheralWatchParts> {
  private alone = 0;
  private told: string | undefined;

  constructor(parts: PeripheralWatchParts) {
    super(parts, 'for which peripherals other processes act');
  }

  /** What is wrong, for a person; undefined while nothing is. */
  get finding(): string | undefined {
    return this.told;
  }

  override async look(): Promise<void> {
    const { board, processId, own, log } = this.parts;
    const partner: Role = own.role === 'worker' ? 'server' : 'worker';
    const partners = (await board.post(processId, own)).filter(({ said }) => said.role === partner);
    const isAlone = partners.every(({ said }) => said.peripheralId !== own.peripheralId);
    this.alone = isAlone ? this.alone + 1 : 0;
    const finding = isAlone && partners.length > 0 && this.alone >= looksAlone ? sentenceOf(own, partners) : undefined;
    if (finding === this.told) return;
    this.told = finding;
    if (finding === undefined) log.info('this process is not alone beside other peripherals any more');
    else log.error({ alarm: true, peripheralId: own.peripheralId }, finding);
  }
}

/** The watch of a process over that connection; `gauge` is read when Prometheus asks. */
export function buildPeripheralWatch(redis: RedisConnection, options: ProcessOptions): PeripheralWatch {
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
