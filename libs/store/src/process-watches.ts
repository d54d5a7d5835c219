import { type Policies } from '#config/policy-file';
import { type RedisAddress } from '#config/redis-url';
import { type ScrapedMetrics } from '#config/scraped-metrics';
import { type Logger } from 'pino';
import { type RedisConnection } from './connection';
import { buildPeripheralWatch, type PeripheralWatch, type Role } from './peripheral-watch';
import { buildPolicyWatch, type PolicyWatch } from './policy-watch';

/** What compares the settings of a process with those of the others. */
export interface ProcessWatches {
  readonly policyWatch: PolicyWatch;
  readonly peripheralWatch: PeripheralWatch;
}

/** The watches of a process over that connection; `gauge` is read when Prometheus asks. Nothing is started. */
export function buildProcessWatches(
  redis: RedisConnection,
  options: {
    readonly redisUrl: RedisAddress;
    readonly peripheralId: number;
    readonly role: Role;
    readonly processId: string;
    readonly policies: Policies;
    readonly log: Pick<Logger, 'error' | 'warn' | 'info'>;
    readonly gauge?: ScrapedMetrics['gauge'];
  },
): ProcessWatches {
  return { policyWatch: buildPolicyWatch(redis, options), peripheralWatch: buildPeripheralWatch(redis, options) };
}
