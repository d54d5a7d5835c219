import { type ProcessOptions } from './comparison';
import { type RedisConnection } from './connection';
import { buildPeripheralWatch, type PeripheralWatch } from './peripheral-watch';
import { buildPolicyWatch, type PolicyWatch } from './policy-watch';

/** What compares the settings of a process with those of the others. */
export interface ProcessWatches {
  readonly policyWatch: PolicyWatch;
  readonly peripheralWatch: PeripheralWatch;
}

/** The watches of a process over that connection; `gauge` is read when Prometheus asks. Nothing is started. */
export function buildProcessWatches(redis: RedisConnection, options: ProcessOptions): ProcessWatches {
  return { policyWatch: buildPolicyWatch(redis, options), peripheralWatch: buildPeripheralWatch(redis, options) };
}
