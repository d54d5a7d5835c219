import { Redis } from 'ioredis';
import { issuingCommit, peripheralId } from '#store/contract/agents.spec-support';
import { describeAgentLines } from '#store/contract/agent-lines.spec-support';
import { describeClock } from '#store/contract/clock.spec-support';
import { describeIssuing } from '#store/contract/issuing.spec-support';
import { describeJournal } from '#store/contract/journal.spec-support';
import { describeLastLook } from '#store/contract/last-look.spec-support';
import { describeLinkLeases } from '#store/contract/link-leases.spec-support';
import { describeRateLimits, describeRateLimitsOverMinutes } from '#store/contract/rate-limits.spec-support';
import { describeRecords } from '#store/contract/records.spec-support';
import { describeReplicas, type ReplicasUnderTest } from '#store/contract/replicas.spec-support';
import { describeServerLeases } from '#store/contract/server-leases.spec-support';
import { describeSides } from '#store/contract/sides.spec-support';
import { describeSweepQueries } from '#store/contract/sweep-queries.spec-support';
import { type RedisConnection } from '#store/connection';
import { RedisStore } from '#store/redis-store';
import { type RedisProcess, startRedis } from '../kit/redis/redis-server';
import { SeededRedis } from './seeded-redis.spec-support';
import { connectTo, realClock, RedisUnderTest, type RedisUnderTestOptions } from './store-contract.spec-support';

/** The contracts of the store in Redis; test/sim has the same ones for the double of Redis in the simulation. */

/** Short enough to wait for its end, and long enough to look at what it is while it lasts. */
const leaseMs = 300;
const seededNow = 1_800_000_000_000;

let server: RedisProcess;
let redis: RedisConnection;

beforeAll(async () => {
  server = await startRedis();
  redis = connectTo(server.port, 'store');
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

const options = (): RedisUnderTestOptions => ({ redis, server, clock: realClock(redis) });
const start = (): Promise<RedisUnderTest> => RedisUnderTest.start(options());
const startReady = (): Promise<RedisUnderTest> => RedisUnderTest.startReady(options());
const startWithLeases = (): Promise<RedisUnderTest> => RedisUnderTest.start({ ...options(), leaseMs });
const startSeeded = (): Promise<RedisUnderTest> => {
  const seeded = new SeededRedis(redis, seededNow);
  return RedisUnderTest.startReady({ redis: seeded.connection, server, clock: seeded });
};

describeRecords('in Redis', start);
describeAgentLines('in Redis by a seeded clock', startSeeded);
describeIssuing('in Redis', startReady);
describeClock('in Redis', startReady);
describeRateLimits('in Redis', startReady);
describeRateLimits('in Redis by a seeded clock', startSeeded);
describeRateLimitsOverMinutes('in Redis by a seeded clock', startSeeded);
describeServerLeases('in Redis', startWithLeases);
describeLinkLeases('in Redis', startWithLeases);
describeSides('in Redis', start);
describeSweepQueries('in Redis', start);
describeJournal('in Redis', start);
describeLastLook('in Redis', start);
describeReplicas('in Redis', startWithReplica);

/** A master and its replica, of the test's own: both die in some of the tests. */
async function startWithReplica(): Promise<ReplicasUnderTest> {
  const master = await startRedis({ settings: { 'repl-diskless-sync-delay': '0' } });
  const replica = await startRedis({ settings: { replicaof: `127.0.0.1 ${String(master.port)}` } });
  // A look at the replica is believed for the whole test, so that a commit can meet its loss.
  const limits = {
    replicaLookMs: 3_600_000,
    replicas: 1,
    issuingPerSecondMax: 100,
    leaseMs: 20,
    journalEntriesMax: 1_000,
  };
  const stores: { connection: RedisConnection; store: RedisStore }[] = [];
  const storeOn = ({ port }: RedisProcess): RedisStore => {
    const connection = connectTo(port, 'store');
    const store = new RedisStore(connection, { peripheralId, ...limits });
    stores.push({ connection, store });
    return store;
  };
  let store = storeOn(master);
  // The first replica gives a master a new replication id, and so a new generation.
  await store.commit(issuingCommit('1'));
  return {
    get store() {
      return store;
    },
    clock: realClock(redis),
    reach: (isReached) => {
      if (isReached) replica.thaw();
      else replica.freeze();
      return Promise.resolve();
    },
    failOver: async () => {
      await master.kill9();
      replica.thaw();
      const promoted = new Redis(replica.url);
      await promoted.call('REPLICAOF', 'NO', 'ONE');
      promoted.disconnect();
      store = storeOn(replica);
    },
    stop: async () => {
      for (const opened of stores) {
        await opened.store.close();
        opened.connection.disconnect();
      }
      replica.thaw();
      await Promise.all([master.stop(), replica.stop()]);
    },
  };
}
