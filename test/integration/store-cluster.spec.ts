import { Redis } from 'ioredis';
import { unseenAgent } from '#domain/agent';
import { BullWakeUps } from '#queue/bull-wake-ups';
import { createLogoutQueue } from '#queue/logout-queue';
import { connect, type RedisConnection } from '#store/connection';
import { Journal } from '#store/journal';
import { LastLookAnswerer, LastLookAsker } from '#store/last-look';
import { LinkLease } from '#store/links';
import { RedisStore } from '#store/redis-store';
import { Roll } from '#store/roll';
import { ServerLeases } from '#store/servers';
import { Sides } from '#store/sides';
import { noOutage } from '../kit/no-op-ports';
import { type RedisProcess, startRedis } from '../kit/redis/redis-server';
import { pause, waitFor } from '../kit/wait';

/** A cluster of one node: whatever would touch two slots, or be sent to no slot, fails here. */

const peripheralId = 5000;
const leaseMs = 100;
const key = { peripheralId, agentId: '1001' };

let server: RedisProcess;
const opened: RedisConnection[] = [];

beforeAll(async () => {
  server = await startRedis({ aof: false, settings: { 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' } });
  const node = new Redis(server.url);
  await node.call('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
  await waitFor('the cluster to be in order', async () =>
    String(await node.call('CLUSTER', 'INFO')).includes('cluster_state:ok'),
  );
  node.disconnect();
});
afterAll(async () => {
  for (const connection of opened) connection.disconnect();
  await server.stop();
});

function open(role: 'store' | 'queue' | 'subscriber'): RedisConnection {
  const nodes = [{ host: '127.0.0.1', port: server.port }];
  const access = { tls: false, user: undefined, password: undefined };
  const connection = connect(
    { kind: 'cluster', nodes, ...access },
    { name: 'test', outage: noOutage, role, peripheralId },
  );
  opened.push(connection);
  return connection;
}

describe('a Redis Cluster', () => {
  it('keeps everything of a peripheral in one slot: commits, leases, links, sides, journal and last look', async () => {
    const redis = open('store');
    const store = new RedisStore(redis, {
      peripheralId,
      replicas: 0,
      issuingPerSecondMax: 10,
      leaseMs,
      journalEntriesMax: 1_000,
    });
    const leases = new ServerLeases(redis, { peripheralId, leaseMs: 60_000 });
    const { generation } = await leases.renew('primary-1', 'primary', '');
    await leases.renew('primary-1', 'primary', generation);
    const before = unseenAgent(key);
    const desktop = { connection: 'c1', desktopId: 'd1', side: 'primary', serverId: 'primary-1' } as const;
    const present = {
      ...before,
      epoch: 1,
      desktops: { c1: desktop },
      phase: { name: 'present', restore: null },
    } as const;
    const note = { what: 'signedIn', loss: null, sentence: 'In.' } as const;
    const request = { before, agent: present, expectedVersion: '', entries: [note], issuing: null };
    expect(await store.commit(request)).toBe('committed');
    await pause(2 * leaseMs);
    const { agent, version } = await store.load(key);
    expect(agent).toEqual(present);
    expect(
      await store.commit({
        ...request,
        agent: before,
        before: agent,
        expectedVersion: version,
        issuing: { notBefore: 0 },
      }),
    ).toBe('committed');

    expect(await new LinkLease(redis, { peripheralId, leaseMs }).acquire('primary', 'w')).toMatchObject({ held: true });
    expect(await new Sides(redis, { peripheralId }).presentCount('primary')).toBe(0);
    const roll = new Roll(redis, { peripheralId, onUnreadable: fail });
    expect(await roll.phaseCounts()).toMatchObject({ unseen: 1, present: 0 });
    expect(await roll.agents(['1001'])).toHaveLength(1);
    const journal = new Journal(redis, { peripheralId });
    expect(await journal.tail('0', 50, 10)).toHaveLength(2);
    await journal.close();

    const answerer = new LastLookAnswerer(open('subscriber'), redis, {
      peripheralId,
      serverId: 'primary-1',
      holds: () => Promise.resolve([desktop]),
    });
    await answerer.start();
    const asker = new LastLookAsker(redis, open('subscriber'), leases, { peripheralId });
    expect(await asker.ask('1001')).toEqual({ answer: 'holds', desktop });
  });

  it('says replicas when there are not enough of them', async () => {
    const redis = open('store');
    const options = { peripheralId, issuingPerSecondMax: 10, leaseMs, journalEntriesMax: 1_000 };
    const store = new RedisStore(redis, { ...options, replicas: 1 });
    const before = unseenAgent({ peripheralId, agentId: '1002' });
    const agent = { ...before, epoch: 1 };
    expect(
      await store.commit({ before, agent, expectedVersion: '', entries: [], issuing: { notBefore: 0 } }),
    ).toMatchObject({ refused: 'replicas' });
    await store.close();
  });

  it('keeps wake-ups', async () => {
    const queue = createLogoutQueue(open('queue'), peripheralId);
    const wakeUps = new BullWakeUps(queue);
    const now = Date.now();
    await wakeUps.arm(key, 1, now + 60_000, now);
    await wakeUps.arm(key, 1, now + 30_000, now);
    await wakeUps.wakeNow(key, 2);
    expect([await queue.getDelayedCount(), await queue.getWaitingCount()]).toEqual([1, 1]);
    await wakeUps.disarm(key, 1);
    expect(await queue.getDelayedCount()).toBe(0);
    await queue.close();
  });
});

function fail(error: Error): void {
  throw error;
}
