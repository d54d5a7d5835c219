import { generationAgeMs } from '#store/generation-age';
import { LinkLease } from '#store/links';
import { ServerLeases } from '#store/servers';
import { startRedis } from '../kit/redis/redis-server';
import { issuing, leaseEnds, leaseMs, peripheralId, StoreBench } from './store.spec-support';
import { waitFor } from '../kit/wait';

const bench = StoreBench.forTests();

/**
 * Renews often, as if asserted, until a request is let out; answers how long that took by Redis time, in ms. A machine that
 * stands still lets the lease lapse, and it goes on from there.
 */
async function untilLetOut(agentId: string, renew: () => Promise<{ now: number }>): Promise<number> {
  const { now: begun } = await renew();
  return waitFor('a request to be let out', async () => {
    const { now } = await renew();
    return (await bench().store.commit(issuing(agentId))) === 'committed' ? now - begun : undefined;
  });
}

describe('the lease of a server', () => {
  it('is new at first, then lives, then lapses, and says so when it comes back', async () => {
    const servers = bench().leases;
    const first = await servers.renew('primary-1', 'primary', '');
    expect(first).toMatchObject({ lapsed: true, agents: 0 });
    expect(await servers.renew('primary-1', 'primary', first.generation)).toMatchObject({ lapsed: false });
    expect(await servers.live()).toEqual([{ serverId: 'primary-1', side: 'primary', asserted: first.generation }]);
    await leaseEnds();
    expect(await servers.live()).toEqual([]);
    expect(await servers.lapsed()).toEqual([{ serverId: 'primary-1', side: 'primary' }]);
    expect(await servers.renew('primary-1', 'primary', first.generation)).toMatchObject({ lapsed: true });
  });

  it('does not count as asserted after a lapse, whatever the server says', async () => {
    const servers = bench().leases;
    const { generation } = await servers.renew('primary-1', 'primary', '');
    await leaseEnds();
    await servers.renew('primary-1', 'primary', generation);
    expect((await servers.live())[0]?.asserted).toBe('');
    expect(await bench().store.commit(issuing('1001'))).toBe('generation');
    await untilLetOut('1001', () => servers.renew('primary-1', 'primary', generation));
  });

  it('keeps its agents from a sweep that began before it came back', async () => {
    const servers = bench().leases;
    await servers.renew('primary-1', 'primary', '');
    await bench().openDesktop('1001');
    expect(await servers.agentsOf('primary-1', 10)).toEqual([]);
    await leaseEnds();
    expect(await servers.agentsOf('primary-1', 10)).toEqual(['1001']);
    expect(await servers.renew('primary-1', 'primary', '')).toMatchObject({ lapsed: true, agents: 1 });
    expect(await servers.agentsOf('primary-1', 10)).toEqual([]);
    expect(await servers.recordedAgents('primary-1')).toEqual(['1001']);
    expect(await servers.remove('primary-1')).toBe('alive');
  });

  it('is removed only when it has ended and no record names a desktop of the server', async () => {
    const servers = bench().leases;
    await servers.renew('primary-1', 'primary', '');
    await bench().openDesktop('1001');
    expect(await servers.remove('primary-1')).toBe('alive');
    await leaseEnds();
    expect(await servers.remove('primary-1')).toBe('notEmpty');
    await bench().happen('1001', { type: 'serverLost', serverId: 'primary-1' });
    expect(await servers.remove('primary-1')).toBe('removed');
    expect(await servers.lapsed()).toEqual([]);
    expect(await servers.renew('primary-1', 'primary', '')).toMatchObject({ lapsed: true });
  });
});

describe('the generation of the store', () => {
  it('keeps requests back for a lease after a restart, and until every live server has asserted again', async () => {
    const own = await startRedis();
    try {
      const connection = bench().open('store', own.port);
      bench().store = bench().storeOn(connection);
      const servers = new ServerLeases(connection, { peripheralId, leaseMs });
      const before = await servers.renew('primary-1', 'primary', '');
      await servers.renew('primary-1', 'primary', before.generation);
      expect(await bench().store.commit(issuing('1001'))).toBe('generation');
      await leaseEnds();
      await own.restart();
      const after = await servers.renew('primary-1', 'primary', before.generation);
      expect(after.generation).not.toBe(before.generation);
      expect(await bench().store.commit(issuing('1001'))).toBe('generation');
      await leaseEnds();
      await servers.renew('primary-1', 'primary', before.generation);
      await servers.renew('primary-1', 'primary', before.generation);
      expect(await bench().store.commit(issuing('1001'))).toBe('generation');
      // From the first assertion on, a lease and a little more.
      await servers.renew('primary-1', 'primary', after.generation);
      expect(await bench().store.commit(issuing('1001'))).toBe('generation');
      const waitedMs = await untilLetOut('1001', () => servers.renew('primary-1', 'primary', after.generation));
      expect(waitedMs).toBeGreaterThan(generationAgeMs(leaseMs) - leaseMs / 2);
    } finally {
      await own.stop();
    }
  });

  it('begins at the first look when no server is known', async () => {
    expect(await bench().store.commit(issuing('1001'))).toBe('generation');
    await leaseEnds();
    expect(await bench().store.commit(issuing('1001'))).toBe('generation');
    await leaseEnds();
    await leaseEnds();
    expect(await bench().store.commit(issuing('1001'))).toBe('committed');
  });
});

describe('replicas', () => {
  it('must have the commit of issuing before it counts', async () => {
    await bench().redis.config('SET', 'repl-diskless-sync-delay', '0');
    const replica = await startRedis({
      aof: false,
      settings: { replicaof: `127.0.0.1 ${String(bench().server.port)}` },
    });
    try {
      bench().store = bench().storeOn(bench().redis, { replicas: 1 });
      await bench().store.commit(issuing('1001'));
      await leaseEnds();
      await leaseEnds();
      // Online is what the master calls a replica that acknowledges.
      await waitFor('the replica to be on line', async () =>
        (await bench().redis.info('replication')).includes('state=online'),
      );
      // A replica on a busy machine can be late now and then; it must be in time once.
      const answers: unknown[] = [];
      for (let tries = 0; !answers.includes('committed') && tries < 20; tries++) {
        answers.push(await bench().store.commit(issuing(String(2_000 + tries))));
        // Its first replica can give a master a new replication id, and so a new life.
        if (answers.at(-1) === 'generation') await leaseEnds();
      }
      expect(answers).toContain('committed');
      await replica.kill9();
      expect(await bench().store.commit(issuing('1003'))).toBe('replicas');
      expect((await bench().store.load({ peripheralId, agentId: '1003' })).agent.phase.name).toBe('issuing');
      expect(await bench().openDesktop('1004')).toBe('committed');
    } finally {
      await replica.stop();
    }
  });
});

describe('the lease of a link', () => {
  it('has one holder, and a token that rises with every change', async () => {
    const links = new LinkLease(bench().redis, { peripheralId, leaseMs });
    const first = await links.acquire('primary', 'worker-1');
    expect(first).toMatchObject({ held: true, holder: 'worker-1' });
    expect(await links.acquire('primary', 'worker-1')).toEqual(first);
    expect(await links.acquire('primary', 'worker-2')).toEqual({ held: false, token: first.token, holder: 'worker-1' });
    expect(await links.acquire('secondary', 'worker-2')).toMatchObject({ held: true });
    await links.release('primary', 'worker-2');
    expect(await links.acquire('primary', 'worker-2')).toMatchObject({ held: false });
    await links.release('primary', 'worker-1');
    const second = await links.acquire('primary', 'worker-2');
    expect(second.held).toBe(true);
    expect(second.token).toBeGreaterThan(first.token);
  });

  it('gives a new token to a holder that renews too late, and to whoever comes after a restored backup', async () => {
    const links = new LinkLease(bench().redis, { peripheralId, leaseMs });
    const first = await links.acquire('primary', 'worker-1');
    await leaseEnds();
    const second = await links.acquire('primary', 'worker-1');
    expect(second.token).toBeGreaterThan(first.token);
    await bench().redis.del('{5000}:link:primary');
    const third = await links.acquire('primary', 'worker-2');
    expect(third.token).toBeGreaterThan(second.token);
  });

  it('reports what its holder says of the link, for as long as it lasts', async () => {
    const links = new LinkLease(bench().redis, { peripheralId, leaseMs });
    await links.acquire('primary', 'worker-1');
    await links.report('primary', 'worker-2', true);
    expect(await links.holders()).toMatchObject([{ side: 'primary', workerId: 'worker-1', inService: false }]);
    await links.report('primary', 'worker-1', true);
    expect(await links.holders()).toMatchObject([{ side: 'primary', workerId: 'worker-1', inService: true }]);
    await leaseEnds();
    expect(await links.holders()).toEqual([]);
  });
});
