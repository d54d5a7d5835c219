import { StoreClock } from '#store/clock/store-clock';
import { storeTimeOf } from '#store/clock/store-time';
import { type Stage } from './stage';
import { type StoreCluster } from './store-cluster';
import { StoreLink } from './store-link';
import { LinkedClock } from './store-ports';
import { type Switches } from './switches';
import { type SimProcess } from './virtual-time';

/** What the parts of a process ask of its clock. */
export type SimClock = Pick<StoreClock, 'start' | 'look' | 'steadily' | 'unsettled'>;

/** Above the streams of random numbers that the simulation draws from elsewhere. */
const streamMin = 1_000;

/** The clock of one process: the real one, over a connection whose ways are drawn for it alone. */
export function clockOf(stage: Stage, cluster: StoreCluster, process: SimProcess, switches: Switches): SimClock {
  if (switches.has('clock')) return trustingClock;
  const stream = Buffer.from(process.name).reduce((sum, byte) => (sum * 31 + byte) % 1_000_003, 7);
  const link = new StoreLink(stage, cluster, process, stage.stream(streamMin + stream));
  const log = {
    warn: (_: object, sentence?: string): void => {
      stage.say(process.name, () => sentence ?? '');
    },
  };
  return new StoreClock({
    source: new LinkedClock(link),
    processId: process.name,
    monotonicMs: () => performance.now(),
    // No machine is suspended: a process that stands still is one whose monotonic clock goes on.
    uptimeMs: () => performance.now(),
    log,
  });
}

/** Believes whatever the store says of the time. */
const trustingClock: SimClock = {
  start: () => undefined,
  look: () => Promise.resolve(),
  unsettled: () => null,
  async steadily(ask) {
    const answer = await ask();
    return { answer, now: storeTimeOf(answer.time) };
  },
};
