import { Redis } from 'ioredis';
import { parseRedisUrl } from '#config/redis-url';
import { connect, type RedisConnection } from '#store/connection';
import { issuingCommit, peripheralId } from '#store/contract/agents.spec-support';
import { Keys } from '#store/keys';
import { RedisStore } from '#store/redis-store';
import { ServerLeases } from '#store/servers';
import { noOutage } from '../kit/no-op-ports';
import { type RedisClusterSet, startRedisCluster } from '../kit/redis/redis-cluster';
import { type RedisProcess } from '../kit/redis/redis-server';
import { waitFor } from '../kit/wait';
import { leaseMs } from './store.spec-support';

/** WAIT answers for what its own connection wrote before it: these are the ways in which that could be nothing. */

let cluster: RedisClusterSet;
const opened: { redis: RedisConnection; store: RedisStore }[] = [];

beforeAll(async () => {
  cluster = await startRedisCluster(1);
});
afterEach(async () => {
  for (const { redis, store } of opened.splice(0)) {
    await store.close();
    redis.disconnect();
  }
});
afterAll(async () => {
  await (cluster as RedisClusterSet | undefined)?.stop();
});

/** What a worker has that waits for a replica, and a server that keeps its lease. */
function parts(lookMs = 3_600_000): { redis: RedisConnection; store: RedisStore; servers: ServerLeases } {
  const parsed = parseRedisUrl(cluster.url);
  if (parsed.kind !== 'address') throw new Error(parsed.sentence);
  const redis = connect(parsed.address, { name: 'test', outage: noOutage, role: 'store', peripheralId });
  const limits = { replicaLookMs: lookMs, replicas: 1, issuingPerSecondMax: 100, journalEntriesMax: 10_000 };
  const store = new RedisStore(redis, { peripheralId, leaseMs, ...limits, random: () => 0.5 });
  opened.push({ redis, store });
  return { redis, store, servers: new ServerLeases(redis, { peripheralId, leaseMs }) };
}

/** Keeps the lease until the store lets requests out. */
async function untilLetOut({ store, servers }: ReturnType<typeof parts>): Promise<void> {
  await waitFor('a request to be let out', async () => {
    const { generation } = await servers.renew('primary-1', 'primary', '');
    await servers.renew('primary-1', 'primary', generation);
    return (await store.commit(issuingCommit(String(Date.now())))) === 'committed';
  });
}

async function replicaOf(): Promise<RedisProcess> {
  const [replica] = await cluster.replicasOf(peripheralId);
  if (replica === undefined) throw new Error('the master has no replica');
  return replica;
}

describe('a request that waits for a replica', () => {
  it('waits for it also when its commit is sent again over another connection', async () => {
    const [first, again] = [parts(), parts()];
    await untilLetOut(first);
    const replica = await replicaOf();
    replica.freeze();
    try {
      // Both make the same version of the record, as one command does that is sent twice.
      expect(await first.store.commit(issuingCommit('9001'))).toMatchObject({ refused: 'replicas' });
      expect(await again.store.commit(issuingCommit('9001'))).toMatchObject({ refused: 'replicas' });
    } finally {
      replica.thaw();
    }
    expect(await again.store.commit(issuingCommit('9001'))).toBe('committed');
  });

  it('is not let out by the master of another slot that the commit was sent on from', async () => {
    const before = parts();
    await untilLetOut(before);
    const source = await cluster.nodeOf(peripheralId);
    const target = cluster.nodes.slice(0, 3).find((node) => node !== source);
    if (target === undefined) throw new Error('there are three masters');
    await moveSlot(source, target);
    const after = parts();
    await untilLetOut(after);
    const replica = await replicaOf();
    replica.freeze();
    try {
      await expect(before.store.commit(issuingCommit('9002'))).rejects.toMatchObject({ code: 'STORE_REFUSED' });
      expect(await after.store.commit(issuingCommit('9002'))).toMatchObject({ refused: 'replicas' });
    } finally {
      replica.thaw();
    }
  });
});

describe('a request whose replica is known to be away', () => {
  const seen = async (redis: RedisConnection): Promise<number[]> => {
    const keys = new Keys(peripheralId);
    return Promise.all([
      redis.xlen(keys.journal),
      ...keys.issuedWindows('primary').map((window) => redis.zcard(window)),
    ]);
  };

  it('is not written and not counted', async () => {
    const asking = parts(0);
    await untilLetOut(asking);
    const replica = await replicaOf();
    replica.freeze();
    try {
      const before = await seen(asking.redis);
      const answer = await asking.store.commit(issuingCommit('9003'));
      expect(answer).toMatchObject({ refused: 'replicas', wrote: false });
      expect(answer).toMatchObject({ evidence: '0 of 1 required replicas of Redis are in step.' });
      expect(await seen(asking.redis)).toEqual(before);
    } finally {
      replica.thaw();
    }
  });

  it('gives its places back when the replica goes between the look and the commit', async () => {
    const believing = parts();
    await untilLetOut(believing);
    const replica = await replicaOf();
    await waitFor('the windows to be empty', async () => (await seen(believing.redis))[1] === 0);
    replica.freeze();
    try {
      expect(await believing.store.commit(issuingCommit('9004'))).toMatchObject({ refused: 'replicas', wrote: true });
      expect((await seen(believing.redis))[1]).toBe(0);
    } finally {
      replica.thaw();
    }
  });
});

/** With no keys left in it: what is known of a slot that moves is another test's matter. */
async function moveSlot(source: RedisProcess, target: RedisProcess): Promise<void> {
  const [from, to] = [new Redis(source.url), new Redis(target.url)];
  try {
    const slot = Number(await from.call('CLUSTER', 'KEYSLOT', `{${String(peripheralId)}}`));
    const id = String(await to.call('CLUSTER', 'MYID'));
    const keys = (await from.call('CLUSTER', 'GETKEYSINSLOT', slot, 10_000)) as string[];
    if (keys.length > 0) await from.del(...keys);
    await to.call('CLUSTER', 'SETSLOT', slot, 'NODE', id);
    await from.call('CLUSTER', 'SETSLOT', slot, 'NODE', id);
    await to.call('CLUSTER', 'BUMPEPOCH');
  } finally {
    from.disconnect();
    to.disconnect();
  }
  await waitFor(
    'the slot to have moved',
    async () => (await cluster.nodeOf(peripheralId).catch(() => source)) === target,
  );
}
