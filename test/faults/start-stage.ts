import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Side } from '#domain/agent';
import { prepareApp } from '../kit/app';
import { FaultProxy } from '../kit/network/fault-proxy';
import { NetworkNamespace } from '../kit/network/network-namespace';
import { startRedisCluster } from '../kit/redis/redis-cluster';
import { freePort } from '../kit/ports';
import { type RedisProcess, startRedis } from '../kit/redis/redis-server';
import { startSentinelSet } from '../kit/redis/redis-sentinel';
import { secret } from '../kit/site/site';
import { SplitNetwork } from '../kit/network/split-network';
import { type FaultTimes, policyOf } from './fault-times';
import { type Environment, prepareProduct, processesOf, type ProductName } from './product';
import { Stage, type StageNeeds, type StageSize } from './stage';
import { startXmppPart } from './xmpp-part';

const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
const faketimeLibrary = `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`;

/** The primary side, the secondary side, and a node and a Sentinel that are at neither. */
const splitParts = 3;

/** Starts a site and waits until all of it is ready. */
export async function startStage(
  product: ProductName,
  times: FaultTimes,
  size: StageSize,
  needs: StageNeeds,
): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'faults-'));
  await writeFile(join(folder, 'policy.json'), JSON.stringify(policyOf(times, needs.protectsSides)));
  const network = needs.ownNetwork ? NetworkNamespace.create() : undefined;
  const split = needs.splits ? SplitNetwork.create(splitParts) : undefined;
  const sentinels =
    needs.redis === 'sentinel' ? await startSentinelSet(undefined, (number) => split?.parts[number]) : undefined;
  const cluster = needs.redis === 'cluster' ? await startRedisCluster(1) : undefined;
  const set = sentinels ?? cluster;
  const redis = set?.nodes[0] ?? (await startRedisFor(network));
  const ports = { A: await freePort(), B: await freePort() };
  const redisProxies = needs.proxied
    ? { primary: await FaultProxy.start(redis.port), secondary: await FaultProxy.start(redis.port) }
    : undefined;
  const ctiProxies = needs.proxied
    ? { A: await FaultProxy.start(ports.A), B: await FaultProxy.start(ports.B) }
    : undefined;
  // Where what runs in a network of its own reaches what does not.
  const host = (network ?? split)?.outerAddress ?? '127.0.0.1';
  const common = {
    ...environment(times, folder),
    REDIS_URL: set?.url ?? `redis://${host}:${String(redis.port)}`,
    CTI_A: `${host}:${String(ctiProxies?.A.port ?? ports.A)}`,
    CTI_B: `${host}:${String(ctiProxies?.B.port ?? ports.B)}`,
    ...(set === undefined ? {} : { REDIS_REPLICAS: '1' }),
    ...needs.env,
  };
  const clocks = needs.ownClocks ? await writeClocks(folder) : undefined;
  const simulator = await prepareApp('simulator', {
    ...environment(times, folder),
    ...{ CTI_A: `${host}:${String(ports.A)}`, CTI_B: `${host}:${String(ports.B)}`, SIM_AGENTS: '1' },
  });
  const xmpp = needs.xmpp === null || product === 'baseline' ? undefined : await startXmppPart(needs.xmpp, times);
  const envOf = (side: Side, part: 'server' | 'worker'): Environment => ({
    ...(redisProxies === undefined ? {} : { REDIS_URL: `redis://127.0.0.1:${String(redisProxies[side].port)}` }),
    ...(clocks === undefined || side === 'secondary' ? {} : clockEnvironment(clocks[part])),
    ...(xmpp === undefined || part === 'worker' ? {} : xmpp.environmentOf(side)),
  });
  const stage = new Stage(times, size, needs, {
    ...{ redis, sentinels, cluster, simulator, redisProxies, ctiProxies, network, split, folder, clocks, xmpp },
    product: await prepareProduct(product, common, envOf, (side) =>
      side === 'primary' ? (network ?? split?.parts[0]) : split?.parts[1],
    ),
  });
  try {
    await simulator.start();
    await Promise.all(processesOf(stage.product).map((app) => app.start()));
  } catch (error) {
    await stage.stop().catch(() => undefined);
    throw error;
  }
  return stage;
}

/** Its debug commands are for tests; so is a port that other networks than loopback reach. */
async function startRedisFor(network: NetworkNamespace | undefined): Promise<RedisProcess> {
  const settings = { 'enable-debug-command': 'yes' };
  if (network === undefined) return startRedis({ settings });
  const bind = `127.0.0.1 ${network.outerAddress}`;
  return startRedis({ settings: { ...settings, bind, 'protected-mode': 'no' } });
}

function environment(times: FaultTimes, folder: string): Environment {
  return {
    GRACE_MS: String(times.graceMs),
    GRACE_SERVER_LOST_MS: String(times.graceServerLostMs),
    DETECTION_MS: String(times.detectionMs),
    LEASE_MS: String(times.leaseMs),
    SWEEP_MS: String(times.sweepMs),
    CTI_BACK_OFF_MS: '200ms',
    CTI_REQUESTS_PER_SECOND_MAX: '1000',
    CTI_REQUEST_TIMEOUT_MS: String(times.requestTimeoutMs),
    DESKTOP_TOKEN_SECRET: secret,
    API_TOKEN: secret,
    POLICY_FILE: join(folder, 'policy.json'),
  };
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
