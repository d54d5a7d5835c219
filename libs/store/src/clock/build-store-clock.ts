import { uptime } from 'node:os';
import { type ScrapedMetrics } from '#config/scraped-metrics';
import { type Logger } from 'pino';
import { type RedisConnection } from '../connection';
import { RedisClock, type RedisClockOptions } from './redis-clock';
import { StoreClock } from './store-clock';

export interface BuildStoreClockParts extends RedisClockOptions {
  /** Names this process in the journal. */
  readonly processId: string;
  readonly log: Logger;
  readonly metrics: Pick<ScrapedMetrics, 'gauge' | 'totals'>;
}

/** The clock of one process, with its metrics; nothing is started. */
export function buildStoreClock(redis: RedisConnection, parts: BuildStoreClockParts): StoreClock {
  const { processId, log, metrics } = parts;
  const clock = new StoreClock({
    ...{ processId, log },
    source: new RedisClock(redis, parts),
    monotonicMs: () => performance.now(),
    uptimeMs: () => uptime() * 1_000,
  });
  const offsetHelp = 'Store time less the clock of the Redis host, which has stepped.';
  metrics.gauge('lastcall_store_clock_offset_seconds', offsetHelp, () => clock.offsetMs / 1_000);
  metrics.totals('lastcall_store_clock_steps_total', "Steps of the Redis host's clock that this process corrected.", {
    label: 'direction',
    values: ['ahead', 'back'],
    read: (direction) => clock.steps[direction],
  });
  return clock;
}
