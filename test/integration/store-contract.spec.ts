import { Redis } from 'ioredis';
import { type Pace } from '#domain/mass-loss';
import { describeAgentStore } from '#store/contract.spec-support';
import { Journal } from '#store/journal';
import { RedisStore } from '#store/redis-store';
import { ServerLeases } from '#store/servers';
import { type RedisProcess, startRedis } from '../kit/redis/redis-server';
import { waitFor } from '../kit/wait';

const peripheralId = 5000;
/** As short as a lease can be here: the tests wait for one when a generation begins. */
const leaseMs = 50;
const issuingPerSecondMax = 3;

let server: RedisProcess | undefined;
let redis: Redis | undefined;
let store: RedisStore | undefined;

afterAll(async () => {
  await store?.close();
  redis?.disconnect();
  await server?.stop();
});

async function untilStoreTime(client: Redis, reached: (ms: number) => boolean): Promise<void> {
  await waitFor('the time of the store', async () => {
    const [seconds, microseconds] = await client.time();
    return reached(Number(seconds) * 1_000 + Number(microseconds) / 1_000);
  });
}

describeAgentStore('in Redis', async () => {
  server = await startRedis({ aof: false });
  const client = (redis = new Redis(server.url));
  let pace: Pace = { perMinuteMax: 1_000, perSecondMax: null };
  const paceOf = (): Promise<Pace> => Promise.resolve(pace);
  const options = { peripheralId, replicas: 0, issuingPerSecondMax, paceOf, leaseMs, journalEntriesMax: 10_000 };
  const redisStore = (store = new RedisStore(client, options));
  const journal = new Journal(client, { peripheralId });
  // A long lease, so that the server is live for the whole run.
  const leases = new ServerLeases(client, { peripheralId, leaseMs: 60_000 });
  const { generation, now } = await leases.renew('primary-1', 'primary', '');
  await leases.renew('primary-1', 'primary', generation);
  await untilStoreTime(client, (ms) => ms > now + 2 * leaseMs);
  const quietSecond = async (): Promise<void> => {
    const [seconds, microseconds] = await client.time();
    const quietAt = Number(seconds) * 1_000 + Number(microseconds) / 1_000 + 1_001;
    await untilStoreTime(client, (ms) => ms > quietAt);
  };
  return {
    store: redisStore,
    issuingPerSecondMax,
    lines: () => journal.tail('0', 0, 10_000),
    setGenerationReady: async (isReady) => {
      await leases.renew('primary-1', 'primary', isReady ? generation : '');
      // The other tests of issuing have used up the requests of this second.
      await quietSecond();
    },
    quietSecond,
    setPace: (given) => {
      pace = given;
    },
  };
});
