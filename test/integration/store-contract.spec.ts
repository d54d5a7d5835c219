import { Redis } from 'ioredis';
import { describeAgentStore } from '#store/contract.spec-support';
import { Journal } from '#store/journal';
import { RedisStore } from '#store/redis-store';
import { ServerLeases } from '#store/servers';
import { type RedisProcess, startRedis } from '../support/redis-server';

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
  for (;;) {
    const [seconds, microseconds] = await client.time();
    if (reached(Number(seconds) * 1_000 + Number(microseconds) / 1_000)) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describeAgentStore('in Redis', async () => {
  server = await startRedis({ aof: false });
  const client = (redis = new Redis(server.url));
  const options = { peripheralId, replicas: 0, issuingPerSecondMax, leaseMs, journalEntriesMax: 10_000 };
  const redisStore = (store = new RedisStore(client, options));
  const journal = new Journal(client, { peripheralId });
  // A long lease, so that the server is live for the whole run.
  const leases = new ServerLeases(client, { peripheralId, leaseMs: 60_000 });
  const { generation, now } = await leases.renew('primary-1', 'primary', '');
  await untilStoreTime(client, (ms) => ms > now + leaseMs);
  const startOfSecond = async (): Promise<void> => {
    const second = Math.floor(Date.now() / 1_000);
    await untilStoreTime(client, (ms) => Math.floor(ms / 1_000) > second);
  };
  return {
    store: redisStore,
    issuingPerSecondMax,
    lines: () => journal.tail('0', 0, 10_000),
    setGenerationReady: async (isReady) => {
      await leases.renew('primary-1', 'primary', isReady ? generation : '');
      // The other tests of issuing have used up this second's requests.
      await startOfSecond();
    },
    startOfSecond,
  };
});
