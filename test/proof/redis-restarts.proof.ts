import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Keys } from '#store/keys';
import { type AppName, type Environment } from '../kit/app';
import { CliProcess } from '../kit/cli';
import { startDocumentedNode, testUser, urlAs, urlOfApp } from '../kit/redis/documented-redis';
import { startRedisCluster } from '../kit/redis/redis-cluster';
import { startSentinelSet } from '../kit/redis/redis-sentinel';
import { type RedisProcess } from '../kit/redis/redis-server';
import { peripheralId, type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

/** Redis as docs/redis.md sets it up, users included: what it is told survives whatever happens to its processes. */
interface Setup {
  readonly url: string;
  readonly env: Environment;
  readonly access?: { readonly ca: string | undefined; sentinelUser: undefined; sentinelPassword: string | undefined };
  readonly nodes: readonly RedisProcess[];
  /** That of the tests' peripheral. */
  master(): Promise<RedisProcess>;
  replicas(): Promise<readonly RedisProcess[]>;
  untilWhole(): Promise<void>;
  untilFailedOver(from: RedisProcess): Promise<unknown>;
  stop(): Promise<void>;
}

async function single(): Promise<Setup> {
  const { node, stop } = await startDocumentedNode();
  return {
    ...{ url: node.url, env: {}, nodes: [node] },
    master: () => Promise.resolve(node),
    replicas: () => Promise.resolve([]),
    untilWhole: () => Promise.resolve(),
    untilFailedOver: () => Promise.resolve(),
    stop,
  };
}

async function sentinels(): Promise<Setup> {
  const set = await startSentinelSet('documented');
  const { sentinelPassword, tls, url, nodes } = set;
  return {
    ...{ url, nodes, access: { ca: tls?.ca, sentinelUser: undefined, sentinelPassword } },
    env: {
      REDIS_REPLICAS: '1',
      REDIS_TLS_CA: tls?.caFile ?? '',
      REDIS_SENTINEL_PASSWORD: sentinelPassword ?? '',
    },
    master: () => set.master(),
    replicas: () => set.replicas(),
    untilWhole: () => set.untilSettled(),
    untilFailedOver: (from) => set.untilFailedOver(from),
    stop: () => set.stop(),
  };
}

async function cluster(): Promise<Setup> {
  const set = await startRedisCluster(1, 'documented');
  return {
    ...{ url: set.url, nodes: set.nodes, env: { REDIS_REPLICAS: '1' } },
    master: () => set.nodeOf(peripheralId),
    replicas: () => set.replicasOf(peripheralId),
    untilWhole: () => set.untilWhole(),
    untilFailedOver: (from) => set.untilFailedOver(peripheralId, from),
    stop: () => set.stop(),
  };
}

/** An append-only file is written out every second. */
const fileSyncMs = 1_500;

/** Long enough for a failover and a restart within it. */
const times = { graceMs: 8_000, graceServerLostMs: 30_000 };

describe.each([
  ['a single node', single],
  ['a Sentinel set', sentinels],
  ['a Cluster', cluster],
])('Redis as docs/redis.md sets it up: %s', (_name, start) => {
  let setup: Setup;
  let site: Site;

  beforeAll(async () => {
    setup = await start();
    const { access, env, url } = setup;
    const envOf = (app: AppName): Environment => ({ REDIS_URL: urlOfApp(url, app) });
    const ownUrl = urlAs(url, testUser.user, testUser.password);
    const stop = (): Promise<void> => setup.stop();
    site = await startSite({ times, env, redis: { url: ownUrl, envOf, stop, ...(access && { access }) } });
    await site.untilIssuable();
    await site.signIn('1001', 'READY');
    await site.open('1001', 'primary');
  });
  afterAll(async () => {
    await (site as Site | undefined)?.stop();
  });

  /** A ghost in grace; answers how many lines the journal has. */
  async function ghost(agentId: string): Promise<number> {
    await site.signIn(agentId, 'READY');
    (await site.open(agentId, 'secondary')).crash();
    await site.untilPhase(agentId, 'grace');
    await pause(fileSyncMs);
    return linesOfJournal();
  }

  async function linesOfJournal(): Promise<number> {
    return waitFor('Redis to answer', () => site.redisConnection.xlen(new Keys(peripheralId).journal));
  }

  async function expectKept(agentId: string, linesBefore: number): Promise<void> {
    expect(await linesOfJournal()).toBeGreaterThanOrEqual(linesBefore);
    await site.untilOutcome(agentId, 'loggedOut');
    expect(await site.logouts('1001')).toEqual([]);
    const env = { ...setup.env, REDIS_URL: urlOfApp(setup.url, 'journal') };
    expect(await new CliProcess(['journal', 'verify'], env).end()).toMatchObject({ exitCode: 0 });
    expect(setup.nodes.flatMap(({ lines }) => lines.filter((line) => /CRITICAL|NOPERM/.test(line)))).toEqual([]);
    // What was in its file must have come back from there, and not from what servers said again.
    expect((await site.told(agentId)).filter(({ entry }) => entry.what === 'lossBegan')).toHaveLength(1);
  }

  it('keeps everything when its nodes are stopped in order and started again', async () => {
    const lines = await ghost('1002');
    await Promise.all(setup.nodes.map((node) => node.shutDown()));
    await Promise.all(setup.nodes.map((node) => node.restart()));
    await expectKept('1002', lines);
    await setup.untilWhole();
  });

  it('keeps everything when its nodes are killed and started again', async () => {
    const lines = await ghost('1003');
    await Promise.all(setup.nodes.map((node) => node.kill9()));
    await Promise.all(setup.nodes.map((node) => node.restart()));
    await expectKept('1003', lines);
    await setup.untilWhole();
  });

  if (start === single) return;

  it('keeps everything when a replica with an empty folder has copied it, and becomes the master', async () => {
    for (const replica of await setup.replicas()) {
      await replica.kill9();
      const kept = (name: string): boolean => /^(nodes\.conf|users\.acl)$/.test(name);
      for (const name of await readdir(replica.dir))
        if (!kept(name)) await rm(join(replica.dir, name), { recursive: true });
      await replica.restart();
    }
    await setup.untilWhole();
    const lines = await ghost('1004');
    const master = await setup.master();
    await master.kill9();
    await setup.untilFailedOver(master);
    expect(await linesOfJournal()).toBeGreaterThanOrEqual(lines);
    await master.restart();
    await expectKept('1004', lines);
    await setup.untilWhole();
  });
});
