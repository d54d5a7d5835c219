import { parseRedisUrl } from '#config/redis-url';
import { connect, type RedisConnection } from '#store/connection';
import { issuingCommit, peripheralId } from '#store/contract/agents.spec-support';
import { type Mastership } from '#store/mastership';
import { RedisStore } from '#store/redis-store';
import { mastershipOf } from '#store/sentinel-quorum';
import { ServerLeases } from '#store/servers';
import { noOutage } from '../kit/no-op-ports';
import { type SentinelSet, startSentinelSet } from '../kit/redis/redis-sentinel';
import { pause, waitFor } from '../kit/wait';
import { leaseMs } from './store.spec-support';

const unconfirmed = { code: 'MASTER_UNCONFIRMED' };

let set: SentinelSet;
const open: { redis: RedisConnection; store: RedisStore; mastership: Mastership | undefined }[] = [];

/** What a server and a worker have of a store with these Sentinels. */
function partsOn(url: string): { servers: ServerLeases; store: RedisStore } {
  const parsed = parseRedisUrl(url);
  if (parsed.kind !== 'address') throw new Error(parsed.sentence);
  const redis = connect(parsed.address, { name: 'test', outage: noOutage, role: 'store', peripheralId });
  const mastership = mastershipOf(parsed.address, { name: 'test' });
  const limits = { replicas: 0, issuingPerSecondMax: 100, journalEntriesMax: 10_000 };
  const store = new RedisStore(redis, { peripheralId, leaseMs, mastership, ...limits });
  open.push({ redis, store, mastership });
  return { servers: new ServerLeases(redis, { peripheralId, leaseMs, mastership }), store };
}

beforeAll(async () => {
  set = await startSentinelSet();
});
afterEach(async () => {
  for (const { redis, store, mastership } of open.splice(0)) {
    await store.close();
    redis.disconnect();
    mastership?.close();
  }
});
afterAll(async () => {
  await (set as SentinelSet | undefined)?.stop();
});

/** A Sentinel on a busy machine can be late now and then. */
const untilRenewed = (servers: ServerLeases): Promise<{ generation: string }> =>
  waitFor('a renewal to be confirmed', () => servers.renew('primary-1', 'primary', '').catch(() => undefined));

describe('a store with Sentinels', () => {
  it('renews a lease, and lets a request out, while a majority of them can be asked', async () => {
    const { servers, store } = partsOn(set.url);
    set.sentinels[0]?.freeze();
    try {
      await untilRenewed(servers);
      await waitFor('a request to be let out', async () => {
        const { generation } = await untilRenewed(servers);
        await servers.renew('primary-1', 'primary', generation).catch(() => undefined);
        return (await store.commit(issuingCommit(String(Date.now())))) === 'committed';
      });
    } finally {
      set.sentinels[0]?.thaw();
    }
  });

  it('renews nothing and lets no request out while most of them are silent, though Redis answers', async () => {
    const { servers, store } = partsOn(set.url);
    const { generation } = await untilRenewed(servers);
    await servers.renew('primary-1', 'primary', generation);
    const [one, other] = set.sentinels;
    one?.freeze();
    other?.freeze();
    try {
      await pause(leaseMs + 50);
      await expect(servers.renew('primary-1', 'primary', generation)).rejects.toMatchObject(unconfirmed);
      expect(await servers.live()).toEqual([]);
      expect(await store.commit(issuingCommit('9001'))).toMatchObject({ refused: 'replicas' });
    } finally {
      one?.thaw();
      other?.thaw();
    }
  });

  it('believes no single Sentinel, where the URL names one of three', async () => {
    const alone = set.url.replace(/,[^/]*/, '');
    const { servers } = partsOn(alone);
    await expect(servers.renew('primary-1', 'primary', '')).rejects.toMatchObject(unconfirmed);
  });

  it('goes on after the death of a node with a master and of a Sentinel', async () => {
    const { servers } = partsOn(set.url);
    const { generation } = await untilRenewed(servers);
    const master = await set.master();
    await Promise.all([master.kill9(), set.sentinels[0]?.kill9()]);
    const renewed = await waitFor('a renewal at the new master', async () => {
      const renewal = await servers.renew('primary-1', 'primary', generation).catch(() => undefined);
      return renewal !== undefined && renewal.generation !== generation ? renewal : undefined;
    });
    expect(renewed.generation).not.toBe('');
  });
});
