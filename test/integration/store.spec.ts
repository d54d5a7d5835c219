import { pino } from 'pino';
import { type Agent, type Desktop, unseenAgent } from '#domain/agent';
import { decide } from '#domain/decide';
import { type AgentEvent } from '#domain/event';
import { defaultPolicy } from '#domain/policy';
import { type CommitAnswer, type CommitRequest } from '#engine/ports';
import { connect, type RedisConnection } from '#store/connection';
import { Journal } from '#store/journal';
import { LastLookAnswerer, LastLookAsker } from '#store/last-look';
import { LinkLease } from '#store/links';
import { RedisStore } from '#store/redis-store';
import { Roll } from '#store/roll';
import { ServerLeases } from '#store/servers';
import { Sides } from '#store/sides';
import { type StoreError } from '#store/store-error';
import { type RedisProcess, startRedis } from '../support/redis-server';

const peripheralId = 5000;
const leaseMs = 300;
const log = pino({ level: 'silent' });

let server: RedisProcess;
let redis: RedisConnection;
let store: RedisStore;
let unreadable: StoreError[];
const opened: { disconnect(): void }[] = [];

function open(role: 'store' | 'subscriber', port = server.port): RedisConnection {
  const endpoint = { host: '127.0.0.1', port };
  const address = { kind: 'single', endpoint, db: 0, tls: false, user: undefined, password: undefined } as const;
  const connection = connect(address, { name: 'test', log, role });
  opened.push(connection);
  return connection;
}

function storeOn(connection: RedisConnection, replicas = 0, random?: () => number): RedisStore {
  return new RedisStore(connection, {
    peripheralId,
    replicas,
    issuingPerSecondMax: 100,
    leaseMs,
    journalEntriesMax: 10_000,
    ...(random === undefined ? {} : { random }),
  });
}

beforeAll(async () => {
  server = await startRedis();
});
beforeEach(async () => {
  redis = open('store');
  await redis.flushall();
  store = storeOn(redis);
  unreadable = [];
});
afterEach(async () => {
  await store.close();
  for (const connection of opened.splice(0)) connection.disconnect();
});
afterAll(async () => {
  await server.stop();
});

const agentOf = (agentId: string): Agent => unseenAgent({ peripheralId, agentId });
const desktopOf = (agentId: string, serverId = 'primary-1'): Desktop => ({
  connection: `${serverId}-${agentId}`,
  desktopId: `desk-${agentId}`,
  side: serverId.startsWith('primary') ? 'primary' : 'secondary',
  serverId,
});

/** What the engine does, without its commands. */
async function happen(agentId: string, event: AgentEvent): Promise<CommitAnswer> {
  const { agent: before, version, now } = await store.load({ peripheralId, agentId });
  const { agent, commands } = decide(before, event, now, defaultPolicy);
  const entries = commands.flatMap((command) => (command.type === 'note' ? [command.entry] : []));
  return store.commit({ before, agent, expectedVersion: version, entries, issuing: null });
}
const openDesktop = (agentId: string, serverId?: string): Promise<CommitAnswer> =>
  happen(agentId, { type: 'desktopOpened', desktop: desktopOf(agentId, serverId) });
const loseDesktop = (agentId: string, serverId?: string, cause: 'lost' | 'bye' = 'lost'): Promise<CommitAnswer> =>
  happen(agentId, {
    type: 'desktopClosed',
    connection: desktopOf(agentId, serverId).connection,
    cause,
    seenBy: 'the test',
  });

/** A connection that carries out every script twice, and answers what the second time said. */
function sendingTwice(connection: RedisConnection): RedisConnection {
  const scripts = ['evalsha', 'eval'];
  return new Proxy(connection, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      const call = (...args: unknown[]): unknown => Reflect.apply(member, target, args);
      if (!scripts.includes(String(name))) return call;
      return async (...args: unknown[]): Promise<unknown> => {
        await call(...args);
        return call(...args);
      };
    },
  });
}

const leases = (): ServerLeases => new ServerLeases(redis, { peripheralId, leaseMs });
const roll = (): Roll => new Roll(redis, { peripheralId, onUnreadable: (error) => unreadable.push(error) });
const leaseEnds = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, leaseMs + 50));

function issuing(agentId: string): CommitRequest {
  const before = agentOf(agentId);
  const loss = {
    epoch: 1,
    cause: 'lost',
    lostAt: 1,
    desktop: null,
    stage: 0,
    attempts: 1,
    released: false,
    wasReady: false,
  } as const;
  const phase = {
    name: 'issuing',
    loss,
    dueAt: 2,
    action: 'logout',
    since: 3,
    deadline: 4,
    alarmed: false,
  } as const;
  return { before, agent: { ...before, epoch: 1, phase }, expectedVersion: '', entries: [], issuing: { notBefore: 0 } };
}

describe('a commit in Redis', () => {
  it('is recognized when the client sends it again because the answer was lost', async () => {
    const twice = sendingTwice(redis);
    store = storeOn(twice);
    expect(await openDesktop('1001')).toBe('committed');
    expect(await loseDesktop('1001')).toBe('committed');
    expect(await new Journal(redis, { peripheralId }).tail('0', 0, 10)).toHaveLength(1);
    const [agent] = await roll().agents(['1001']);
    expect(agent?.phase.name).toBe('grace');
  });

  it('cannot pass with the version of a write that a restored backup has lost', async () => {
    await openDesktop('1001');
    const backup = (await redis.get('{5000}:agent:1001')) ?? '';
    await loseDesktop('1001');
    const lost = await store.load({ peripheralId, agentId: '1001' });
    await redis.set('{5000}:agent:1001', backup);
    await loseDesktop('1001');
    const request = { before: lost.agent, agent: { ...lost.agent, epoch: 99 }, expectedVersion: lost.version };
    expect(await store.commit({ ...request, entries: [], issuing: null })).toBe('conflict');
  });

  it('goes on after the scripts were forgotten', async () => {
    await openDesktop('1001');
    await redis.script('FLUSH');
    expect(await loseDesktop('1001')).toBe('committed');
  });

  it('rejects as unreachable while Redis is away, in bounded time, and works again after it', async () => {
    const own = await startRedis();
    try {
      store = storeOn(open('store', own.port));
      await openDesktop('1001');
      await own.kill9();
      const begun = performance.now();
      await expect(openDesktop('1001')).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', retriable: true });
      expect(performance.now() - begun).toBeLessThan(2_500);
      await own.restart();
      expect((await store.load({ peripheralId, agentId: '1001' })).agent.phase.name).toBe('present');
    } finally {
      await own.stop();
    }
  });

  it('says what Redis refused', async () => {
    await redis.config('SET', 'maxmemory', '1');
    try {
      await expect(openDesktop('1001')).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    } finally {
      await redis.config('SET', 'maxmemory', '0');
    }
    expect(await openDesktop('1001')).toBe('committed');
  });

  it('trims the journal', async () => {
    store = new RedisStore(redis, {
      peripheralId,
      replicas: 0,
      issuingPerSecondMax: 1,
      leaseMs,
      journalEntriesMax: 100,
    });
    await openDesktop('1001');
    for (let n = 0; n < 10; n++) {
      await Promise.all(Array.from({ length: 60 }, () => loseDesktop('1002')));
    }
    expect(await redis.xlen('{5000}:journal')).toBeLessThan(300);
  });
});

describe('a record that cannot be read', () => {
  it.each(['', 'abc', '12345678|{}', '12345678|{"e":1}', '12345678|{"e":1,"present":0,"unseen":0}', '{"e":1}'])(
    'is named in the error, and the others are served: %p',
    async (text) => {
      await openDesktop('1001');
      await redis.set('{5000}:agent:1002', text);
      await redis.sadd('{5000}:phase:present', '1002');
      const [good, bad] = await Promise.allSettled([
        store.load({ peripheralId, agentId: '1001' }),
        store.load({ peripheralId, agentId: '1002' }),
      ]);
      expect(good.status).toBe('fulfilled');
      expect(bad).toMatchObject({ reason: { code: 'RECORD_UNREADABLE', subject: '{5000}:agent:1002' } });
      expect((await roll().byPhase('present', { limit: 10 })).map(({ key }) => key.agentId)).toEqual(['1001']);
      expect(unreadable.map(({ subject }) => subject)).toEqual(['{5000}:agent:1002']);
    },
  );

  it('can be deleted: the next desktop begins a new one', async () => {
    await redis.set('{5000}:agent:1002', 'rubbish');
    await redis.del('{5000}:agent:1002');
    expect(await openDesktop('1002')).toBe('committed');
  });
});

describe('the lease of a server', () => {
  it('is new at first, then lives, then lapses, and says so when it comes back', async () => {
    const servers = leases();
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
    const servers = leases();
    const { generation } = await servers.renew('primary-1', 'primary', '');
    await leaseEnds();
    await servers.renew('primary-1', 'primary', generation);
    expect((await servers.live())[0]?.asserted).toBe('');
    expect(await store.commit(issuing('1001'))).toBe('generation');
    await servers.renew('primary-1', 'primary', generation);
    expect(await store.commit(issuing('1001'))).toBe('committed');
  });

  it('keeps its agents from a sweep that began before it came back', async () => {
    const servers = leases();
    await servers.renew('primary-1', 'primary', '');
    await openDesktop('1001');
    expect(await servers.agentsOf('primary-1', 10)).toEqual([]);
    await leaseEnds();
    expect(await servers.agentsOf('primary-1', 10)).toEqual(['1001']);
    expect(await servers.renew('primary-1', 'primary', '')).toMatchObject({ lapsed: true, agents: 1 });
    expect(await servers.agentsOf('primary-1', 10)).toEqual([]);
    expect(await servers.recordedAgents('primary-1')).toEqual(['1001']);
    expect(await servers.remove('primary-1')).toBe('alive');
  });

  it('is removed only when it has ended and no record names a desktop of the server', async () => {
    const servers = leases();
    await servers.renew('primary-1', 'primary', '');
    await openDesktop('1001');
    expect(await servers.remove('primary-1')).toBe('alive');
    await leaseEnds();
    expect(await servers.remove('primary-1')).toBe('notEmpty');
    await happen('1001', { type: 'serverLost', serverId: 'primary-1' });
    expect(await servers.remove('primary-1')).toBe('removed');
    expect(await servers.lapsed()).toEqual([]);
    expect(await servers.renew('primary-1', 'primary', '')).toMatchObject({ lapsed: true });
  });
});

describe('the generation of the store', () => {
  it('keeps requests back for a lease after a restart, and until every live server has asserted again', async () => {
    const own = await startRedis();
    try {
      const connection = open('store', own.port);
      store = storeOn(connection);
      const servers = new ServerLeases(connection, { peripheralId, leaseMs });
      const before = await servers.renew('primary-1', 'primary', '');
      await servers.renew('primary-1', 'primary', before.generation);
      expect(await store.commit(issuing('1001'))).toBe('generation');
      await leaseEnds();
      await own.restart();
      const after = await servers.renew('primary-1', 'primary', before.generation);
      expect(after.generation).not.toBe(before.generation);
      expect(await store.commit(issuing('1001'))).toBe('generation');
      await leaseEnds();
      await servers.renew('primary-1', 'primary', before.generation);
      await servers.renew('primary-1', 'primary', before.generation);
      expect(await store.commit(issuing('1001'))).toBe('generation');
      await servers.renew('primary-1', 'primary', after.generation);
      expect(await store.commit(issuing('1001'))).toBe('committed');
    } finally {
      await own.stop();
    }
  });

  it('begins at the first look when no server is known', async () => {
    expect(await store.commit(issuing('1001'))).toBe('generation');
    await leaseEnds();
    expect(await store.commit(issuing('1001'))).toBe('committed');
  });
});

describe('replicas', () => {
  it('must have the commit of issuing before it counts', async () => {
    const replica = await startRedis({ aof: false, settings: { replicaof: `127.0.0.1 ${String(server.port)}` } });
    try {
      store = storeOn(redis, 1);
      await store.commit(issuing('1001'));
      await leaseEnds();
      const client = open('store', replica.port);
      while (!(await client.info('replication')).includes('master_link_status:up')) await leaseEnds();
      expect(await store.commit(issuing('1002'))).toBe('committed');
      await replica.kill9();
      expect(await store.commit(issuing('1003'))).toBe('replicas');
      expect((await store.load({ peripheralId, agentId: '1003' })).agent.phase.name).toBe('issuing');
      expect(await openDesktop('1004')).toBe('committed');
    } finally {
      await replica.stop();
    }
  });
});

describe('the lease of a link', () => {
  it('has one holder, and a token that rises with every change', async () => {
    const links = new LinkLease(redis, { peripheralId, leaseMs });
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
    const links = new LinkLease(redis, { peripheralId, leaseMs });
    const first = await links.acquire('primary', 'worker-1');
    await leaseEnds();
    const second = await links.acquire('primary', 'worker-1');
    expect(second.token).toBeGreaterThan(first.token);
    await redis.del('{5000}:link:primary');
    const third = await links.acquire('primary', 'worker-2');
    expect(third.token).toBeGreaterThan(second.token);
  });

  it('reports what its holder says of the link, for as long as it lasts', async () => {
    const links = new LinkLease(redis, { peripheralId, leaseMs });
    await links.acquire('primary', 'worker-1');
    await links.report('primary', 'worker-2', true);
    expect(await links.holders()).toMatchObject([{ side: 'primary', workerId: 'worker-1', inService: false }]);
    await links.report('primary', 'worker-1', true);
    expect(await links.holders()).toMatchObject([{ side: 'primary', workerId: 'worker-1', inService: true }]);
    await leaseEnds();
    expect(await links.holders()).toEqual([]);
  });
});

describe('a side', () => {
  it('is held once, by the first, until it is released', async () => {
    const sides = new Sides(redis, { peripheralId });
    expect(await sides.hold('primary', 'ann|a')).toBe(true);
    expect(await sides.hold('primary', 'bob')).toBe(false);
    const [hold] = await sides.holds();
    expect(hold).toMatchObject({ side: 'primary', by: 'ann|a' });
    expect(Math.abs((hold?.since ?? 0) - (await roll().now()))).toBeLessThan(5_000);
    expect(await sides.release('primary')).toBe(true);
    expect(await sides.release('primary')).toBe(false);
    expect(await sides.holds()).toEqual([]);
  });

  it('counts each present agent once, however many of its servers hold a desktop of it', async () => {
    const servers = leases();
    for (const serverId of ['primary-1', 'primary-2']) await servers.renew(serverId, 'primary', '');
    await servers.renew('secondary-1', 'secondary', '');
    await openDesktop('1001', 'primary-1');
    await openDesktop('1001', 'primary-2');
    await openDesktop('1002', 'primary-2');
    await openDesktop('1002', 'secondary-1');
    const sides = new Sides(redis, { peripheralId });
    expect([await sides.presentCount('primary'), await sides.presentCount('secondary')]).toEqual([2, 1]);
    await loseDesktop('1001', 'primary-1');
    expect(await sides.presentCount('primary')).toBe(2);
    await loseDesktop('1001', 'primary-2');
    expect(await sides.presentCount('primary')).toBe(1);
  });

  it('counts agents that were lost in a window, without those that said goodbye', async () => {
    for (const agentId of ['1001', '1002', '1003']) await openDesktop(agentId);
    await loseDesktop('1001');
    await loseDesktop('1002', 'primary-1', 'bye');
    await loseDesktop('1003');
    await openDesktop('1003');
    const sides = new Sides(redis, { peripheralId });
    const now = await roll().now();
    expect(await sides.lossCount('primary', now - 10_000, now)).toBe(2);
    expect(await sides.lossCount('primary', now + 1_000, now + 2_000)).toBe(0);
    expect(await sides.lossCount('secondary', now - 10_000, now)).toBe(0);
  });
});

describe('the roll', () => {
  it('counts and lists agents by phase', async () => {
    for (const agentId of ['1001', '1002', '1003', '1004']) await openDesktop(agentId);
    await loseDesktop('1004');
    // A longer grace, so that the order is certain.
    await happen('1003', { type: 'serverLost', serverId: 'primary-1' });
    const reader = roll();
    expect(await reader.phaseCounts()).toEqual({ unseen: 0, present: 2, grace: 2, held: 0, issuing: 0, settled: 0 });
    const idsOf = (agents: Agent[]): string[] => agents.map(({ key }) => key.agentId);
    expect(idsOf(await reader.byPhase('present', { limit: 1, offset: 1 }))).toEqual(['1002']);
    expect(idsOf(await reader.byPhase('grace', { limit: 5 }))).toEqual(['1004', '1003']);
    expect(idsOf(await reader.agents(['1003', '9999', '1001']))).toEqual(['1003', '1001']);
    await openDesktop('1004');
    expect(await reader.phaseCounts()).toMatchObject({ present: 3, grace: 1 });
  });

  it('finds what is overdue, and only that, and pages through it', async () => {
    for (const agentId of ['1001', '1002', '1003']) {
      await openDesktop(agentId);
      await loseDesktop(agentId);
    }
    const reader = roll();
    const now = await reader.now();
    expect(await reader.overdue(now, 10)).toEqual([]);
    const later = now + 61_000;
    expect(await reader.overdue(later, 10)).toHaveLength(3);
    expect(await reader.overdue(later, 2)).toHaveLength(2);
    expect(await reader.overdue(later, 2, 2)).toHaveLength(1);
  });
});

describe('the journal', () => {
  it('puts losses together, the latest first, by agent, outcome and time, in pages', async () => {
    for (const agentId of ['1001', '1002', '1003']) {
      await openDesktop(agentId);
      await loseDesktop(agentId);
    }
    await openDesktop('1002');
    const journal = new Journal(redis, { peripheralId });
    const all = await journal.read({ limit: 10 });
    expect(all.map(({ agentId, outcome }) => [agentId, outcome])).toEqual([
      ['1003', null],
      ['1002', 'returned'],
      ['1001', null],
    ]);
    expect(all[1]).toMatchObject({ epoch: 2, cause: 'lost', side: 'primary', desktopId: 'desk-1002' });
    expect(all[1]?.sentence).toMatch(/^Back after/);
    expect(await journal.read({ limit: 10, agent: '1001' })).toEqual([all[2]]);
    expect(await journal.read({ limit: 10, outcome: 'returned' })).toEqual([all[1]]);
    expect(await journal.read({ limit: 1, before: all[0]?.id ?? '' })).toEqual([all[1]]);
    expect(await journal.read({ limit: 10, since: (all[2]?.lostAt ?? 0) + 60_000 })).toEqual([]);
    await journal.close();
  });

  it('tells the story of one loss in order, and tails what comes', async () => {
    const journal = new Journal(redis, { peripheralId });
    const waiting = journal.tail('$', 5_000, 10);
    await openDesktop('1001');
    await loseDesktop('1001');
    expect((await waiting).map(({ entry }) => entry.what)).toEqual(['lossBegan']);
    await openDesktop('1001');
    await loseDesktop('1001');
    const story = await journal.story('1001', 2);
    expect(story.map(({ entry }) => entry.what)).toEqual(['lossBegan', 'outcome']);
    expect(await journal.story('1001', 77)).toEqual([]);
    expect(await journal.tail(story[0]?.id ?? '', 0, 1)).toEqual([story[1]]);
    await journal.close();
  });

  it('reads back over many lines', async () => {
    await openDesktop('1001');
    await loseDesktop('1001');
    await Promise.all(Array.from({ length: 1_200 }, () => loseDesktop('1002')));
    const journal = new Journal(redis, { peripheralId });
    expect(await journal.read({ limit: 10 })).toHaveLength(1);
    expect(await journal.story('1001', 2)).toHaveLength(1);
  });
});

describe('the last look', () => {
  async function answering(serverId: string, held: readonly string[]): Promise<LastLookAnswerer> {
    await leases().renew(serverId, serverId.startsWith('primary') ? 'primary' : 'secondary', '');
    const answerer = new LastLookAnswerer(open('subscriber'), redis, {
      peripheralId,
      serverId,
      holds: (agentIds) =>
        Promise.resolve(agentIds.map((agentId) => (held.includes(agentId) ? desktopOf(agentId, serverId) : undefined))),
    });
    await answerer.start();
    return answerer;
  }
  const asker = (timeoutMs: number): LastLookAsker =>
    new LastLookAsker(redis, open('subscriber'), leases(), { peripheralId, timeoutMs });

  it('asks every live server, and believes one yes', async () => {
    await answering('primary-1', []);
    await answering('secondary-1', ['1002']);
    const look = asker(leaseMs);
    const answers = await Promise.all([look.ask('1001'), look.ask('1002')]);
    expect(answers).toEqual([
      { answer: 'none', asked: ['primary-1', 'secondary-1'] },
      { answer: 'holds', desktop: desktopOf('1002', 'secondary-1') },
    ]);
    await look.close();
  });

  it('names a live server that says nothing, unless another one says yes', async () => {
    await answering('primary-1', ['1002']);
    await leases().renew('secondary-1', 'secondary', '');
    const look = asker(100);
    expect(await look.ask('1001')).toEqual({ answer: 'silent', serverId: 'secondary-1' });
    await leases().renew('primary-1', 'primary', '');
    await leases().renew('secondary-1', 'secondary', '');
    expect(await look.ask('1002')).toMatchObject({ answer: 'holds' });
  });

  it('asks nobody when no server lives, and ignores what is not an answer', async () => {
    const look = asker(100);
    expect(await look.ask('1001')).toEqual({ answer: 'none', asked: [] });
    const answerer = await answering('primary-1', []);
    await redis.publish('{5000}:last-look', 'rubbish');
    await redis.publish('{5000}:last-look', '{"id":1}');
    expect(await look.ask('1001')).toEqual({ answer: 'none', asked: ['primary-1'] });
    await answerer.close();
    await leases().renew('primary-1', 'primary', '');
    expect(await look.ask('1001')).toEqual({ answer: 'silent', serverId: 'primary-1' });
  });
});
