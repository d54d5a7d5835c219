import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type NetworkNamespace } from '../network/network-namespace';
import { freePort } from '../ports';
import { waitFor } from '../wait';
import { documentedSettings, testUser, writeDocumentedUsers } from './documented-redis';
import { type RedisProcess, startRedis } from './redis-server';
import { type RedisTls, tlsSettings, writeTls } from './redis-tls';

/** One master, two replicas and three Sentinels: real processes on free ports. */
export interface SentinelSet {
  /** `redis+sentinel://…/lastcall`, or `rediss+sentinel://`; without credentials. */
  readonly url: string;
  readonly tls: RedisTls | undefined;
  /** REDIS_SENTINEL_PASSWORD; undefined: they ask for none. */
  readonly sentinelPassword: string | undefined;
  readonly nodes: readonly RedisProcess[];
  readonly sentinels: readonly RedisProcess[];
  /** The node that the Sentinels name as the master now. */
  master(): Promise<RedisProcess>;
  /** All others. */
  replicas(): Promise<RedisProcess[]>;
  /** Waits until the Sentinels know each other and both others follow the master. */
  untilSettled(): Promise<void>;
  /** Waits until the Sentinels name another node than this one. */
  untilFailedOver(from: RedisProcess): Promise<RedisProcess>;
  /** One Sentinel more, at another address; it learns of the others. Stopped with the set. */
  add(): Promise<RedisProcess>;
  /** SENTINEL RESET to each of these, one after the other; after each it is waited until it knows of the others that run. */
  resetEach(sentinels: readonly RedisProcess[]): Promise<void>;
  stop(): Promise<void>;
}

const masterName = 'lastcall';
const quorum = 2;
const nodeCount = 3;
const sentinelCount = 3;
/** A Sentinel that hangs is asked again. */
const answerMsMax = 2_000;
/** The network of the node and the Sentinel of a number; by default all are on loopback. */
export type NetworkOf = (number: number) => NetworkNamespace | undefined;

/** In networks of their own the last node is nobody's side: Sentinels never make it the master. */
const neverMaster = { 'replica-priority': '0' } as const;

/** `documented`: the files and users of docs/redis.md, over TLS. `open`: nobody signs in. */
export type SentinelAccess = 'documented' | 'open';

/** Starts the set and waits until every Sentinel knows the others and both replicas are in step. */
export async function startSentinelSet(
  access: SentinelAccess = 'open',
  networkOf: NetworkOf = () => undefined,
): Promise<SentinelSet> {
  const dir = await mkdtemp(join(tmpdir(), 'sentinel-'));
  const tls = access === 'open' ? undefined : await writeTls(dir);
  const processes: RedisProcess[] = [];
  try {
    const nodes = await startNodes(dir, tls, access, processes, networkOf);
    const master = nodes[0];
    if (master === undefined) throw new Error('no node was started');
    const sentinels: RedisProcess[] = [];
    for (let number = 0; number < sentinelCount; number++) {
      const sentinelDir = join(dir, `sentinel-${String(number)}`);
      sentinels.push(await startSentinel(sentinelDir, master, tls, access, networkOf(number)));
      processes.push(...sentinels.slice(-1));
    }
    const set = new OwnSet(dir, access, nodes, sentinels, tls, passwordOf(access));
    await set.untilSettled();
    return set;
  } catch (error) {
    await Promise.all(processes.map((one) => one.stop()));
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

async function startNodes(
  dir: string,
  tls: RedisTls | undefined,
  access: SentinelAccess,
  processes: RedisProcess[],
  networkOf: NetworkOf,
): Promise<RedisProcess[]> {
  const settings: Record<string, string> = { 'repl-diskless-sync-delay': '0', 'repl-ping-replica-period': '1' };
  if (access === 'documented') {
    const aclfile = await writeDocumentedUsers(dir);
    Object.assign(settings, documentedSettings('redis.conf of a replica behind Sentinels'), { aclfile });
  }
  const nodes: RedisProcess[] = [];
  for (let number = 0; number < nodeCount; number++) {
    const nodeDir = join(dir, `node-${String(number)}`);
    await mkdir(nodeDir);
    const [first] = nodes;
    const network = networkOf(number);
    const follows = first === undefined ? {} : { replicaof: `${first.host} ${String(first.port)}` };
    const isWitness = network !== undefined && number === nodeCount - 1;
    const options = {
      ...{ dir: nodeDir, network },
      settings: { ...settings, ...follows, ...(isWitness ? neverMaster : {}) },
    };
    nodes.push(await startRedis(tls === undefined ? options : { ...options, tls, signIn: testUser }));
    processes.push(...nodes.slice(-1));
  }
  return nodes;
}

async function startSentinel(
  dir: string,
  master: RedisProcess,
  tls: RedisTls | undefined,
  access: SentinelAccess,
  network: NetworkNamespace | undefined,
): Promise<RedisProcess> {
  await mkdir(dir);
  const port = await freePort();
  const settings: Record<string, string> = {
    port: String(port),
    bind: network?.innerAddress ?? '127.0.0.1',
    ...(network === undefined ? {} : { 'protected-mode': 'no' }),
    dir,
    ...(tls === undefined ? {} : tlsSettings(port, tls)),
    // It must come first: the others are about the master of that name.
    'sentinel monitor': `${masterName} ${master.host} ${String(master.port)} ${String(quorum)}`,
    ...documentedSettings('sentinel.conf'),
  };
  if (access === 'open') {
    for (const name of ['requirepass', 'sentinel auth-user', 'sentinel auth-pass'])
      Reflect.deleteProperty(settings, name);
  }
  const sentinelFile = join(dir, 'sentinel.conf');
  const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}`);
  await writeFile(sentinelFile, `${lines.join('\n')}\n`);
  return startRedis({ port, dir, sentinelFile, network, ...(tls === undefined ? {} : { tls }) });
}

function passwordOf(access: SentinelAccess): string | undefined {
  return access === 'open' ? undefined : documentedSettings('sentinel.conf')['requirepass'];
}

class OwnSet implements SentinelSet {
  readonly url: string;
  private readonly added: RedisProcess[] = [];

  constructor(
    private readonly dir: string,
    private readonly access: SentinelAccess,
    readonly nodes: readonly RedisProcess[],
    readonly sentinels: readonly RedisProcess[],
    readonly tls: RedisTls | undefined,
    readonly sentinelPassword: string | undefined,
  ) {
    const hosts = sentinels.map(({ host, port }) => `${host}:${String(port)}`).join(',');
    this.url = `${tls === undefined ? 'redis' : 'rediss'}+sentinel://${hosts}/${masterName}`;
  }

  async master(): Promise<RedisProcess> {
    const ports = await Promise.all(this.sentinels.map((sentinel) => this.named(sentinel)));
    const node = this.nodes.find(({ port }) => ports.filter((named) => named === port).length >= quorum);
    if (node === undefined) throw new Error(`the Sentinels name ${ports.join(', ')} as the master`);
    return node;
  }

  async replicas(): Promise<RedisProcess[]> {
    const master = await this.master();
    return this.nodes.filter((node) => node !== master);
  }

  async untilFailedOver(from: RedisProcess): Promise<RedisProcess> {
    return waitFor('another master', async () => {
      const master = await this.master();
      return master === from ? undefined : master;
    });
  }

  /** A failover needs Sentinels that know each other, and replicas that have the master's data. */
  async untilSettled(): Promise<void> {
    await waitFor('the Sentinels to know each other', async () => {
      for (const sentinel of this.sentinels) {
        const info = await this.ask(sentinel, (redis) => redis.call('SENTINEL', 'MASTER', masterName));
        const fields = info as string[];
        const field = (name: string): string | undefined => fields[fields.indexOf(name) + 1];
        if (field('num-other-sentinels') !== String(sentinelCount - 1)) return false;
        if (field('num-slaves') !== String(nodeCount - 1) || field('flags') !== 'master') return false;
        const replicas = (await this.ask(sentinel, (redis) =>
          redis.call('SENTINEL', 'REPLICAS', masterName),
        )) as string[][];
        const isInStep = (one: string[]): boolean => one[one.indexOf('master-link-status') + 1] === 'ok';
        if (!replicas.every(isInStep)) return false;
      }
      return true;
    });
  }

  async add(): Promise<RedisProcess> {
    // Some of them may be gone.
    const port = await Promise.any(this.sentinels.map((sentinel) => this.named(sentinel)));
    const master = this.nodes.find((node) => node.port === port);
    if (master === undefined) throw new Error(`a Sentinel names port ${String(port)}, which no node has`);
    const dir = join(this.dir, `sentinel-${String(this.sentinels.length + this.added.length)}`);
    const sentinel = await startSentinel(dir, master, this.tls, this.access, undefined);
    this.added.push(sentinel);
    return sentinel;
  }

  async resetEach(sentinels: readonly RedisProcess[]): Promise<void> {
    for (const sentinel of sentinels) {
      await this.ask(sentinel, (redis) => redis.call('SENTINEL', 'RESET', masterName));
      await waitFor('a Sentinel to know of the others again', async () => {
        const others = await this.ask(sentinel, (redis) => redis.call('SENTINEL', 'SENTINELS', masterName));
        return (others as unknown[]).length === sentinels.length - 1;
      });
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.sentinels, ...this.added, ...this.nodes].map((one) => one.stop()));
    await rm(this.dir, { recursive: true, force: true });
  }

  private async named(sentinel: RedisProcess): Promise<number> {
    const answer = await this.ask(sentinel, (redis) => redis.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName));
    return Number((answer as [string, string])[1]);
  }

  private async ask(sentinel: RedisProcess, question: (redis: Redis) => Promise<unknown>): Promise<unknown> {
    const redis = new Redis({
      host: sentinel.host,
      port: sentinel.port,
      retryStrategy: () => null,
      enableReadyCheck: false,
      commandTimeout: answerMsMax,
      ...(this.sentinelPassword === undefined ? {} : { password: this.sentinelPassword }),
      ...(this.tls === undefined ? {} : { tls: { ca: this.tls.ca } }),
    });
    redis.on('error', () => undefined);
    try {
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  }
}
