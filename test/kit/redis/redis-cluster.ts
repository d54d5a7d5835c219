import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../ports';
import { waitFor } from '../wait';
import { documentedSettings, testUser, writeDocumentedUsers } from './documented-redis';
import { type RedisProcess, startRedis } from './redis-server';

/** Three masters that share the slots, each with so many replicas: real processes on free ports. */
export interface RedisClusterSet {
  /** `redis+cluster://…` */
  readonly url: string;
  readonly nodes: readonly RedisProcess[];
  /** The node that most nodes name as the master of the slot of everything that carries this peripheral's tag. */
  nodeOf(peripheralId: number): Promise<RedisProcess>;
  /** Its replicas, by the same nodes. */
  replicasOf(peripheralId: number): Promise<RedisProcess[]>;
  /** Waits until most nodes name another master than this one. */
  untilFailedOver(peripheralId: number, from: RedisProcess): Promise<RedisProcess>;
  /** Waits until every node sees every other, all slots are served, and each replica is in step with its master. */
  untilWhole(): Promise<void>;
  stop(): Promise<void>;
}

const slotCount = 16_384;
const masterCount = 3;
/** A node that stands still is asked, too. */
const answerMsMax = 500;

/** `documented`: the file and users of docs/redis.md. `open`: nobody signs in, and failovers are quick. */
export type ClusterAccess = 'documented' | 'open';

/** Starts the Cluster and waits until every node knows who has which slot. */
export async function startRedisCluster(
  replicasPerMaster = 0,
  access: ClusterAccess = 'open',
): Promise<RedisClusterSet> {
  const dir = await mkdtemp(join(tmpdir(), 'cluster-'));
  const settings =
    access === 'open'
      ? openSettings
      : {
          ...testSettings,
          ...documentedSettings('redis.conf of a node of a Cluster'),
          aclfile: await writeDocumentedUsers(dir),
        };
  const options = access === 'open' ? {} : { signIn: testUser };
  const nodes: RedisProcess[] = [];
  const busPorts: number[] = [];
  try {
    for (let number = 0; number < masterCount * (1 + replicasPerMaster); number++) {
      const nodeDir = join(dir, `node-${String(number)}`);
      await mkdir(nodeDir);
      // By default it is 10000 above the node's own, among the ports of outgoing connections.
      const busPort = await freePort();
      nodes.push(
        await startRedis({ ...options, dir: nodeDir, settings: { ...settings, 'cluster-port': String(busPort) } }),
      );
      busPorts.push(busPort);
    }
    const cluster = new OwnCluster(dir, nodes, busPorts);
    await cluster.join();
    return cluster;
  } catch (error) {
    await Promise.all(nodes.map((one) => one.stop()));
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
}

const testSettings = {
  'cluster-announce-ip': '127.0.0.1',
  'repl-diskless-sync-delay': '0',
  // A replica without an offset is named by nobody.
  'repl-ping-replica-period': '1',
};

const openSettings = {
  ...testSettings,
  'cluster-enabled': 'yes',
  'cluster-node-timeout': '2000',
  // One slot is one peripheral: the loss of another's master is none of its business.
  'cluster-require-full-coverage': 'no',
};

class OwnCluster implements RedisClusterSet {
  readonly url: string;

  constructor(
    private readonly dir: string,
    readonly nodes: readonly RedisProcess[],
    private readonly busPorts: readonly number[],
  ) {
    this.url = `redis+cluster://${nodes.map(({ port }) => `127.0.0.1:${String(port)}`).join(',')}`;
  }

  async nodeOf(peripheralId: number): Promise<RedisProcess> {
    const [master] = await this.owners(peripheralId);
    if (master === undefined) throw new Error('most nodes name no master');
    return master;
  }

  async replicasOf(peripheralId: number): Promise<RedisProcess[]> {
    return (await this.owners(peripheralId)).slice(1);
  }

  async untilFailedOver(peripheralId: number, from: RedisProcess): Promise<RedisProcess> {
    return waitFor('another master of the slot', async () => {
      const master = await this.nodeOf(peripheralId);
      return master === from ? undefined : master;
    });
  }

  /** Gives each master its share of the slots, brings all nodes together, and gives the others a master to follow. */
  async join(): Promise<void> {
    const bounds = Array.from({ length: masterCount + 1 }, (_, n) => Math.floor((slotCount * n) / masterCount));
    for (const [number, node] of this.nodes.entries()) {
      await ask(node, 'SET-CONFIG-EPOCH', number + 1);
      if (number < masterCount) await ask(node, 'ADDSLOTSRANGE', bounds[number] ?? 0, (bounds[number + 1] ?? 0) - 1);
    }
    for (const [number, { port }] of this.nodes.entries()) {
      if (number > 0) await ask(this.nodes[0], 'MEET', '127.0.0.1', port, this.busPorts[number] ?? '');
    }
    await waitFor('the nodes of the Cluster to see each other', () => this.isJoined());
    const ids = await Promise.all(this.nodes.slice(0, masterCount).map((node) => ask(node, 'MYID')));
    for (const [number, node] of this.nodes.entries()) {
      if (number >= masterCount) await ask(node, 'REPLICATE', String(ids[number % masterCount]));
    }
    await this.untilWhole();
  }

  async untilWhole(): Promise<void> {
    await waitFor('the Cluster to be whole', async () => (await this.isJoined()) && (await this.isInStep()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((one) => one.stop()));
    await rm(this.dir, { recursive: true, force: true });
  }

  /** The master and its replicas, by what most nodes say; none where no majority says the same. */
  private async owners(peripheralId: number): Promise<RedisProcess[]> {
    const words = await Promise.all(this.nodes.map((node) => ownersBy(node, peripheralId).catch(() => [])));
    const said = words.filter(([master]) => words.filter(([other]) => other === master).length * 2 > words.length);
    const [ports = []] = said.filter(([master]) => master !== undefined);
    return ports.flatMap((port) => this.nodes.filter((node) => node.port === port));
  }

  private async isJoined(): Promise<boolean> {
    const infos = await Promise.all(this.nodes.map((node) => ask(node, 'INFO')));
    return infos.every(
      (info) =>
        String(info).includes('cluster_state:ok') &&
        String(info).includes(`cluster_slots_ok:${String(slotCount)}`) &&
        String(info).includes(`cluster_known_nodes:${String(this.nodes.length)}`),
    );
  }

  private async isInStep(): Promise<boolean> {
    const call = (node: RedisProcess): Promise<unknown> => asked(node, (redis) => redis.call('INFO', 'replication'));
    const infos = (await Promise.all(this.nodes.map(call))).map(String);
    const masters = infos.filter((info) => info.includes('role:master')).length;
    const followers = infos.filter((info) => info.includes('master_link_status:up')).length;
    const owners = this.nodes.length / masterCount;
    const views = await Promise.all(this.nodes.map(rangesBy));
    const areAllSeen = views.flat().every((range) => range.length === ownersFrom + owners);
    return areAllSeen && masters === masterCount && followers === this.nodes.length - masterCount;
  }
}

/** First and last slot, then those that have them: the master, and the replicas that it knows to work. */
type SlotRange = [number, number, ...[string, number][]];
const ownersFrom = 2;

async function rangesBy(node: RedisProcess): Promise<SlotRange[]> {
  return (await ask(node, 'SLOTS')) as SlotRange[];
}

/** Ports: the master's, then those of its replicas. */
async function ownersBy(node: RedisProcess, peripheralId: number): Promise<number[]> {
  const slot = Number(await ask(node, 'KEYSLOT', `{${String(peripheralId)}}`));
  const [, , ...owners] = (await rangesBy(node)).find(([first, last]) => first <= slot && slot <= last) ?? [0, 0];
  return owners.map(([, port]) => port);
}

async function ask(node: RedisProcess | undefined, ...words: (string | number)[]): Promise<unknown> {
  if (node === undefined) throw new Error('there is no such node');
  return asked(node, (redis) => redis.call('CLUSTER', ...words));
}

async function asked(node: RedisProcess, question: (redis: Redis) => Promise<unknown>): Promise<unknown> {
  const redis = new Redis({
    ...{ host: '127.0.0.1', port: node.port, retryStrategy: () => null },
    ...{ enableReadyCheck: false, connectTimeout: answerMsMax, commandTimeout: answerMsMax },
    ...(node.signIn === undefined ? {} : { username: node.signIn.user, password: node.signIn.password }),
  });
  redis.on('error', () => undefined);
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}
