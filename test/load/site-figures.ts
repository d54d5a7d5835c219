import { logoutQueueName, queuePrefix } from '#queue/logout-queue';
import { sweepQueueName } from '#queue/sweep-queue';
import { type RedisConnection } from '#store/connection';
import { Keys } from '#store/keys';
import { type Experiment } from '../faults/experiment';
import { peripheralId } from '../kit/site/site';
import { sides } from '../kit/site/site-options';
import { type Bound, type Sample, type Series } from './level';
import { nodeFigures, processFigures } from './process-figures';

/**
 * How much a figure may grow over the judged time. A heap that was warmed up still moves by some MB; sockets come and go
 * with the desktops that are open at that moment, and jobs with the losses that are under way.
 */
export const bounds = {
  rss: { share: 0.15, least: 32, turnMs: 120_000 },
  heap: { share: 0.15, least: 16 },
  handles: { share: 0.05, least: 15 },
  resources: { share: 0.05, least: 15 },
  redisMemory: { share: 0.05, least: 1 },
  redisKeys: { share: 0.02, least: 20 },
  jobs: { share: 0.1, least: 20 },
  jobsFailed: { share: 0, least: 5 },
  stream: { share: 0.05, least: 200 },
} as const satisfies Record<string, Bound>;

interface Reading {
  readonly name: string;
  readonly unit: string;
  readonly bound: Bound;
  readonly value: number;
}

/** Samples memory, handles, keys, jobs and streams of a whole site; one series for each figure of each process. */
export class SiteFigures {
  private readonly series = new Map<string, Series & { readonly samples: Sample[] }>();

  constructor(private readonly experiment: Experiment) {}

  async sample(): Promise<void> {
    const at = Date.now();
    const readings = (await Promise.all([...this.apps(), redisReadings(this.experiment)])).flat();
    for (const { value, ...named } of readings) {
      const known = this.series.get(named.name) ?? { ...named, samples: [] };
      this.series.set(named.name, known);
      known.samples.push({ at, value });
    }
  }

  get all(): Series[] {
    return [...this.series.values()];
  }

  private apps(): Promise<Reading[]>[] {
    const { servers, workers } = this.experiment.site;
    return sides.flatMap((side) => [
      appReadings(`${side} server`, servers[side]),
      appReadings(`${side} worker`, workers[side]),
    ]);
  }
}

async function appReadings(name: string, app: { readonly pid: number; readonly url: string }): Promise<Reading[]> {
  const [{ rssMb, handles }, { heapMb, resources }] = await Promise.all([
    processFigures(app.pid),
    nodeFigures(app.url),
  ]);
  return [
    { name: `memory (RSS) of the ${name}`, unit: 'MB', bound: bounds.rss, value: rssMb },
    { name: `heap of the ${name}`, unit: 'MB', bound: bounds.heap, value: heapMb },
    { name: `handles of the ${name}`, unit: 'open files', bound: bounds.handles, value: handles },
    { name: `active resources of the ${name}`, unit: 'resources', bound: bounds.resources, value: resources },
  ];
}

async function redisReadings({ site }: Experiment): Promise<Reading[]> {
  const { redisConnection: redis } = site;
  const [{ rssMb, handles }, memory, keys, queues, journal] = await Promise.all([
    processFigures(site.redis.pid),
    usedMemoryMb(redis),
    redis.dbsize(),
    Promise.all([logoutQueueName, sweepQueueName].map((name) => queueReadings(redis, name))),
    redis.xlen(new Keys(peripheralId).journal),
  ]);
  return [
    { name: 'memory (RSS) of Redis', unit: 'MB', bound: bounds.rss, value: rssMb },
    { name: 'memory that Redis uses', unit: 'MB', bound: bounds.redisMemory, value: memory },
    { name: 'handles of Redis', unit: 'open files', bound: bounds.handles, value: handles },
    { name: 'keys in Redis', unit: 'keys', bound: bounds.redisKeys, value: keys },
    { name: 'the journal', unit: 'lines', bound: bounds.stream, value: journal },
    ...queues.flat(),
  ];
}

async function usedMemoryMb(redis: RedisConnection): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1]) / 1024 / 1024;
}

async function queueReadings(redis: RedisConnection, name: string): Promise<Reading[]> {
  const key = (part: string): string => `${queuePrefix(peripheralId)}:${name}:${part}`;
  const [delayed, waiting, active, completed, failed, events] = await Promise.all([
    redis.zcard(key('delayed')),
    redis.llen(key('wait')),
    redis.llen(key('active')),
    redis.zcard(key('completed')),
    redis.zcard(key('failed')),
    redis.xlen(key('events')),
  ]);
  return [
    { name: `live jobs of ${name}`, unit: 'jobs', bound: bounds.jobs, value: delayed + waiting + active },
    { name: `ended jobs of ${name}`, unit: 'jobs', bound: bounds.jobsFailed, value: completed + failed },
    { name: `events of ${name}`, unit: 'lines', bound: bounds.stream, value: events },
  ];
}
