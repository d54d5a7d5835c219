import { type Desktop } from '#domain/agent';
import { type RedisConnection } from '#store/connection';
import { type Cell, defineBench, type Result } from '../bench';
import { startOwnRedis } from '../kit';
import { count, countText } from '../report/figure';
import { perSecond } from '../rounds';
import { agentKey, type EngineOnRedis, keys, openEngine } from './engine-on-redis';

interface Size {
  readonly agents: number;
}

const kinds = ['record', 'index sets', 'journal', 'BullMQ'] as const;
type Kind = (typeof kinds)[number];

const inFlight = 100;
const leaseMs = 15_000;

export const bench = defineBench<Size>({
  name: 'memory',
  measures: 'How much memory of Redis a present agent and a pending loss take.',
  wholeMinutes: 0.2,
  sizes: { small: { agents: 500 }, whole: { agents: 12_000 } },
  run: async (size) => {
    const redis = await startOwnRedis();
    const site = openEngine(redis, leaseMs);
    try {
      return await measure(site, size);
    } finally {
      await site.close();
      await redis.stop();
    }
  },
});

async function measure({ engine, queue, storeConnection: redis }: EngineOnRedis, { agents }: Size): Promise<Result> {
  await queue.waitUntilReady();
  const empty = await usedBytes(redis);
  await perSecond(agents, inFlight, (n) =>
    engine.handle(agentKey(n), { type: 'desktopOpened', desktop: desktopOf(n) }),
  );
  const present = { each: await bytesEach(redis, empty, agents), agents: await redis.scard(keys.phase('present')) };
  await perSecond(agents, inFlight, (n) => {
    const { connection, serverId } = desktopOf(n);
    return engine.handle(agentKey(n), { type: 'desktopClosed', connection, cause: 'lost', seenBy: serverId });
  });
  const lost = { each: await bytesEach(redis, empty, agents), agents: await redis.zcard(keys.phase('grace')) };
  return {
    rounds: 1,
    setup: `${countText(agents)} agents, with names as long as a server gives them`,
    tables: [
      {
        caption: '',
        columns: ['bytes in Redis', 'in all', ...kinds],
        rows: [rowOf('one present agent', present.each), rowOf('one pending loss', lost.each)],
      },
    ],
    notes: [],
    faults: [
      ...(present.agents === agents ? [] : [`${String(present.agents)} of ${String(agents)} agents are present`]),
      ...(lost.agents === agents ? [] : [`${String(lost.agents)} of ${String(agents)} agents are in grace`]),
    ],
  };
}

interface Bytes {
  readonly ofKind: Readonly<Record<Kind, number>>;
  /** By used_memory: more than the keys take, since Redis has tables of its own. */
  readonly inAll: number;
}

function rowOf(what: string, { ofKind, inAll }: Bytes): Cell[] {
  return [what, count(inAll), ...kinds.map((kind) => count(ofKind[kind]))];
}

async function bytesEach(redis: RedisConnection, emptyBytes: number, agents: number): Promise<Bytes> {
  const inAll = (await usedBytes(redis)) - emptyBytes;
  const ofKind: Record<Kind, number> = { record: 0, 'index sets': 0, journal: 0, BullMQ: 0 };
  for (const key of await redis.keys('*')) {
    ofKind[kindOf(key)] += ((await redis.memory('USAGE', key, 'SAMPLES', 0)) ?? 0) / agents;
  }
  return { ofKind, inAll: inAll / agents };
}

function kindOf(key: string): Kind {
  if (key.startsWith(keys.agent(''))) return 'record';
  if (key.startsWith(keys.journal)) return 'journal';
  return /^\{\d+\}:logout:/.test(key) ? 'BullMQ' : 'index sets';
}

async function usedBytes(redis: RedisConnection): Promise<number> {
  return Number(/used_memory_dataset:(\d+)/.exec(await redis.info('memory'))?.[1]);
}

/** As a server names them: its id is new for every start, and a connection's name is unique for ever. */
function desktopOf(n: number): Desktop {
  const serverId = 'primary-node1-4711.a1b2c3';
  const connection = `${serverId}:${n.toString(36).padStart(12, '0')}`;
  return { connection, desktopId: `desk-${String(n)}`, side: 'primary', serverId };
}
