import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type AppName, type Environment, prepareApp } from '../app';
import { CtiSimulator } from '../cti-simulator';
import { FaultProxy } from '../network/fault-proxy';
import { NetworkNamespace } from '../network/network-namespace';
import { SplitNetwork } from '../network/split-network';
import { freePort } from '../ports';
import { startDocumentedNode, testUser, urlAs, urlOfApp } from '../redis/documented-redis';
import { type RedisClusterSet, startRedisCluster } from '../redis/redis-cluster';
import { type SentinelSet, startSentinelSet } from '../redis/redis-sentinel';
import { type RedisProcess, startRedis } from '../redis/redis-server';
import { peripheralId, secret, Site } from './site';
import { type GivenRedis, type Side, type SiteOptions, sides } from './site-options';
import { environmentOf, policyOf, siteTimes } from './site-times';
import { StoreReader } from './store-reader';

const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
const faketimeLibrary = `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`;

/** The primary side, the secondary side, and a node and a Sentinel that are at neither. */
const splitParts = 3;

/** Starts a site and waits until all of it is ready. */
export async function startSite(options: SiteOptions = {}): Promise<Site> {
  const site = await prepareSite(options);
  try {
    await site.start();
  } catch (error) {
    await site.stop().catch(() => undefined);
    throw error;
  }
  return site;
}

async function prepareSite(options: SiteOptions): Promise<Site> {
  const { simulator: hasSimulator = true } = options;
  const times = { ...siteTimes, ...options.times };
  const folder = await mkdtemp(join(tmpdir(), 'site-'));
  const policyFile = join(folder, 'policy.json');
  await writeFile(policyFile, JSON.stringify(policyOf(times, options)));
  const network = options.ownNetwork === true ? NetworkNamespace.create() : undefined;
  const split = options.splits === true ? SplitNetwork.create(splitParts) : undefined;
  // Where what runs in a network of its own reaches what does not.
  const host = (network ?? split)?.outerAddress ?? '127.0.0.1';
  const redis = await redisOf(options, network, split);
  const proxies = options.proxied === true ? await startProxies(redis.node, host) : undefined;
  const clocks = options.ownClocks === true ? await writeClocks(folder) : undefined;
  const cti = proxies?.ctiTargets ?? { a: await freePort(), b: await freePort() };
  const env: Environment = {
    ...environmentOf(times),
    ...{ DESKTOP_TOKEN_SECRET: secret, API_TOKEN: secret, POLICY_FILE: policyFile },
    REDIS_URL: redis.urlOn(host),
    CTI_A: `${host}:${String(proxies?.cti.A.port ?? cti.a)}`,
    CTI_B: `${host}:${String(proxies?.cti.B.port ?? cti.b)}`,
    ...redis.env,
    ...options.env,
  };
  const peripheral = Number(env['CTI_PERIPHERAL_ID'] ?? peripheralId);
  const given = redis.given;
  const special = (part: 'server' | 'worker', side: Side): Environment => ({
    ...given?.envOf?.(part),
    ...(proxies === undefined ? {} : { REDIS_URL: `redis://127.0.0.1:${String(proxies.redis[side].port)}` }),
    ...(clocks === undefined || side === 'secondary' ? {} : clockEnvironment(clocks[part])),
    ...(part === 'server' ? options.xmpp?.environmentOf(side) : {}),
    ...options.envOf?.(part, side),
  });
  const networkOf = (side: Side): NetworkNamespace | undefined =>
    side === 'primary' ? (network ?? split?.parts[0]) : split?.parts[1];
  const simulatorEnv = { ...env, CTI_A: `${host}:${String(cti.a)}`, CTI_B: `${host}:${String(cti.b)}` };
  return new Site({
    ...{ options, times, env, peripheralId: peripheral, network, split, clocks, folder },
    ...{ redis: redis.node, sentinels: redis.sentinels, cluster: redis.cluster, stopRedis: redis.stop },
    ...{ redisProxies: proxies?.redis, ctiProxies: proxies?.cti },
    simulator: hasSimulator
      ? await prepareSimulator({ ...simulatorEnv, ...given?.envOf?.('simulator') }, cti)
      : undefined,
    ...(await prepareApps(options, env, special, networkOf)),
    reader: new StoreReader({
      url: redis.url,
      access: given?.access,
      peripheralId: peripheral,
      leaseMs: times.leaseMs,
    }),
  });
}

/** The Redis of a site, whichever kind it is. */
interface SiteRedis {
  readonly given: GivenRedis | undefined;
  readonly node: RedisProcess | undefined;
  readonly sentinels: SentinelSet | undefined;
  readonly cluster: RedisClusterSet | undefined;
  readonly url: string;
  /** For processes that reach this machine at that address. */
  readonly urlOn: (host: string) => string;
  readonly env: Environment;
  readonly stop: () => Promise<void>;
}

async function redisOf(
  { redis = 'single', redisClock = false, product }: SiteOptions,
  network: NetworkNamespace | undefined,
  split: SplitNetwork | undefined,
): Promise<SiteRedis> {
  const none = { given: undefined, node: undefined, sentinels: undefined, cluster: undefined, env: {} };
  if (typeof redis === 'object') return { ...none, ...fixed(redis.url), given: redis, stop: () => redis.stop() };
  if (redis === 'single') {
    const node = await startNode(network, redisClock);
    const urlOn = (host: string): string => `redis://${host}:${String(node.port)}`;
    return { ...none, node, url: node.url, urlOn, stop: () => node.stop() };
  }
  if (redis === 'documented') {
    const { node, stop } = await startDocumentedNode();
    const url = urlAs(node.url, testUser.user, testUser.password);
    // The printed users may reach our keys alone.
    const envOf = (app: AppName): Environment => ({
      REDIS_URL: product === 'baseline' ? url : urlOfApp(node.url, app),
    });
    return { ...none, ...fixed(url), given: { url, envOf, stop }, node, stop };
  }
  const env = { REDIS_REPLICAS: '1' };
  if (redis === 'cluster') {
    const cluster = await startRedisCluster(1);
    return { ...none, cluster, node: cluster.nodes[0], ...fixed(cluster.url), env, stop: () => cluster.stop() };
  }
  const sentinels = await startSentinelSet('open', (number) => split?.parts[number]);
  return { ...none, sentinels, node: sentinels.nodes[0], ...fixed(sentinels.url), env, stop: () => sentinels.stop() };
}

function fixed(url: string): Pick<SiteRedis, 'url' | 'urlOn'> {
  return { url, urlOn: () => url };
}

/** Its debug commands are for tests; so is a port that other networks than loopback reach. */
function startNode(network: NetworkNamespace | undefined, ownClock: boolean): Promise<RedisProcess> {
  const settings = { 'enable-debug-command': 'yes' };
  if (network === undefined) return startRedis({ settings, ownClock });
  const bind = `127.0.0.1 ${network.outerAddress}`;
  return startRedis({ settings: { ...settings, bind, 'protected-mode': 'no' }, ownClock });
}

interface Proxies {
  readonly redis: Readonly<Record<Side, FaultProxy>>;
  readonly cti: Readonly<Record<'A' | 'B', FaultProxy>>;
  /** Ports on which the CTI servers are to listen. */
  readonly ctiTargets: { readonly a: number; readonly b: number };
}

async function startProxies(node: RedisProcess | undefined, host: string): Promise<Proxies> {
  if (node === undefined || host !== '127.0.0.1')
    throw new Error('proxies stand on loopback, before a Redis of the site');
  const ctiTargets = { a: await freePort(), b: await freePort() };
  return {
    redis: { primary: await FaultProxy.start(node.port), secondary: await FaultProxy.start(node.port) },
    cti: { A: await FaultProxy.start(ctiTargets.a), B: await FaultProxy.start(ctiTargets.b) },
    ctiTargets,
  };
}

async function prepareSimulator(env: Environment, { a, b }: { a: number; b: number }): Promise<CtiSimulator> {
  const http = await freePort();
  return new CtiSimulator(new App('simulator', http, { LOG_LEVEL: 'info', ...env }), { a, b, http });
}

type Apps = Readonly<Record<'servers' | 'workers', Readonly<Partial<Record<Side, App>>>>>;

async function prepareApps(
  { product = 'lastcall', apps = ['server', 'worker'] }: SiteOptions,
  env: Environment,
  special: (part: 'server' | 'worker', side: Side) => Environment,
  networkOf: (side: Side) => NetworkNamespace | undefined,
): Promise<Apps> {
  const servers: Partial<Record<Side, App>> = {};
  const workers: Partial<Record<Side, App>> = {};
  for (const side of sides) {
    const own = { ...env, SIDE: side };
    if (product === 'baseline') {
      const both = { ...own, ...special('server', side), ...special('worker', side) };
      servers[side] = workers[side] = await prepareApp('baseline', both, networkOf(side));
      continue;
    }
    if (apps.includes('server')) {
      const named = { ...own, SERVER_ID: `${side}-1`, ...special('server', side) };
      servers[side] = await prepareApp('server', named, networkOf(side));
    }
    if (apps.includes('worker')) {
      const named = { ...own, WORKER_ID: `worker-${side}-1`, ...special('worker', side) };
      workers[side] = await prepareApp('worker', named, networkOf(side));
    }
  }
  return { servers, workers };
}

async function writeClocks(folder: string): Promise<Record<'server' | 'worker', string>> {
  const clocks = { server: join(folder, 'clock-of-server'), worker: join(folder, 'clock-of-worker') };
  for (const file of Object.values(clocks)) await writeFile(file, '+0\n');
  return clocks;
}

/** Only the wall clock is theirs: the monotonic one, on which all waiting is done, goes on. */
function clockEnvironment(file: string): Environment {
  return {
    LD_PRELOAD: faketimeLibrary,
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_CACHE_DURATION: '1',
    DONT_FAKE_MONOTONIC: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}
