import { Keys } from '#store/keys';
import { type AppName, type Environment } from '../kit/app';
import { testUser, urlAs, urlOfApp } from '../kit/redis/documented-redis';
import { type SentinelSet, startSentinelSet } from '../kit/redis/redis-sentinel';
import { type RedisProcess } from '../kit/redis/redis-server';
import { peripheralId, type Site } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

const quietMs = siteTimes.graceMs + 500;

let set: SentinelSet;
let site: Site;

beforeAll(async () => {
  set = await startSentinelSet('documented');
  const { sentinelPassword, tls, url } = set;
  const access = { ca: tls?.ca, sentinelUser: undefined, sentinelPassword };
  const env = {
    REDIS_REPLICAS: '1',
    REDIS_TLS_CA: tls?.caFile ?? '',
    REDIS_SENTINEL_PASSWORD: sentinelPassword ?? '',
  };
  const envOf = (app: AppName): Environment => ({ REDIS_URL: urlOfApp(url, app) });
  const ownUrl = urlAs(url, testUser.user, testUser.password);
  site = await startSite({ env, redis: { url: ownUrl, access, envOf, stop: () => set.stop() } });
});
afterAll(async () => {
  await (site as Site | undefined)?.stop();
});

const generation = async (): Promise<string> =>
  (await site.redisConnection.hget(new Keys(peripheralId).generation, 'id')) ?? '';

/** Redis may be away while it is looked at. */
const untilSignedOut = (agentId: string): Promise<true> =>
  waitFor(`${agentId} to be signed out`, async () => {
    const outcomes = await site.outcomes(agentId).catch(() => undefined);
    return outcomes?.includes('loggedOut') === true;
  });

/** Present agents, an agent in grace and one whose logout is due, at the moment of the fault. */
async function throughFailover(numbers: readonly number[], fault: (master: RedisProcess) => Promise<unknown>) {
  const [present = '', movesOver = '', inGrace = '', due = ''] = numbers.map(String);
  for (const agentId of [present, movesOver, inGrace, due]) await site.signIn(agentId, 'READY');
  const stays = await site.open(present, 'primary');
  const moves = await site.open(movesOver, 'primary');
  (await site.open(due, 'secondary')).crash();
  const { phase } = await site.untilPhase(due, 'grace');
  const dueAt = phase.name === 'grace' ? phase.dueAt : 0;
  const before = await generation();
  await pause(dueAt - Date.now() - 300);
  (await site.open(inGrace, 'primary')).crash();
  await site.untilPhase(inGrace, 'grace');
  const master = await set.master();
  // Its replicas have it by then: what an old master alone has is lost, and the next test is about that.
  await pause(200);
  await fault(master);
  moves.crash();
  const back = site.openWhenLetIn(movesOver, 'secondary');
  const now = await set.untilFailedOver(master);
  for (const ghost of [inGrace, due]) await untilSignedOut(ghost);
  expect(await generation()).not.toBe(before);
  await back;
  await pause(quietMs);
  for (const agentId of [present, movesOver]) expect(await site.logouts(agentId)).toEqual([]);
  expect(stays.closed).toBeUndefined();
  expect(await site.record(present)).toMatchObject({ phase: { name: 'present' } });
  for (const ghost of [inGrace, due]) {
    expect((await site.logouts(ghost)).filter(({ effective }) => effective)).toHaveLength(1);
  }
  return { former: master, now };
}

describe('Redis with Sentinels, as docs/redis.md sets it up, over TLS', () => {
  it('without replicas: a due logout is held until they are back', async () => {
    const replicas = await set.replicas();
    await site.signIn('1001', 'READY');
    for (const replica of replicas) await replica.kill9();
    (await site.open('1001', 'primary')).crash();
    await waitFor('the loss to be held for want of replicas', async () => {
      const { phase } = await site.record('1001');
      return phase.name === 'held' && phase.reasons.includes('replicas');
    });
    await pause(1_000);
    expect(await site.logouts('1001')).toEqual([]);
    for (const replica of replicas) await replica.restart();
    await site.untilOutcome('1001', 'loggedOut');
    expect((await site.logouts('1001')).filter(({ effective }) => effective)).toHaveLength(1);
  });

  it('whose master is killed: ghosts are signed out, those who are present are not', async () => {
    const { former } = await throughFailover([1002, 1003, 1004, 1005], (master) => master.kill9());
    await former.restart();
  });

  it('whose master hangs and comes back as a replica: the same', async () => {
    const { former } = await throughFailover([1006, 1007, 1008, 1009], (master) => {
      master.freeze();
      return Promise.resolve();
    });
    former.thaw();
    await waitFor('the former master to follow', async () => (await set.replicas()).includes(former));
    expect(await site.logouts('1006')).toEqual([]);
  });

  it('tells of each outage once for each process, and in order', () => {
    for (const app of [...Object.values(site.servers), ...Object.values(site.workers)]) {
      expect(app.lines.filter((line) => line.includes('Unhandled error event'))).toEqual([]);
      const told = app.lines.filter((line) => /"msg":"Redis (cannot be reached|answers again)/.test(line));
      expect(told).not.toEqual([]);
      // They take turns: a master that is lost before its replacement is ready may be an outage of its own.
      const repeated = told.filter((line, index) => line.includes('answers again') !== (index % 2 === 1));
      expect(repeated.length > 0 ? told : []).toEqual([]);
    }
  });
});
