import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort, type RedisProcess, startRedis } from './redis-server';

/** Three masters that share the slots, without replicas: real processes on free ports. */
export interface RedisClusterSet {
  /** `redis+cluster://…` */
  readonly url: string;
  readonly nodes: readonly RedisProcess[];
  /** The master that has the slot of everything that carries this peripheral's tag. */
  nodeOf(peripheralId: number): Promise<RedisProcess>;
  /** Waits until every node sees every other, and all slots served. */
  untilWhole(): Promise<void>;
  stop(): Promise<void>;
}

const slotCount = 16_384;
const nodeCount = 3;
const waitMsMax = 30_000;
const pollMs = 25;

/** Starts the Cluster and waits until every node knows who has which slot. */
export async function startRedisCluster(): Promise<RedisClusterSet> {
  const dir = await mkdtemp(join(tmpdir(), 'cluster-'));
  const nodes: RedisProcess[] = [];
  const busPorts: number[] = [];
  try {
    for (let number = 0; number < nodeCount; number++) {
      const nodeDir = join(dir, `node-${String(number)}`);
      await mkdir(nodeDir);
      // By default it is 10000 above the node's own, among the ports of outgoing connections.
      const busPort = await freePort();
      nodes.push(await startRedis({ dir: nodeDir, settings: { ...settings, 'cluster-port': String(busPort) } }));
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

const settings = {
  'cluster-enabled': 'yes',
  'cluster-announce-ip': '127.0.0.1',
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
    const slot = Number(await this.ask(this.nodes[0], 'KEYSLOT', `{${String(peripheralId)}}`));
    const node = this.nodes[this.shares().findIndex(([first, last]) => slot >= first && slot <= last)];
    if (node === undefined) throw new Error(`no node has slot ${String(slot)}`);
    return node;
  }

  /** Gives each node its share of the slots, and brings them together. */
  async join(): Promise<void> {
    for (const [number, [first, last]] of this.shares().entries()) {
      await this.ask(this.nodes[number], 'ADDSLOTSRANGE', first, last);
      await this.ask(this.nodes[number], 'SET-CONFIG-EPOCH', number + 1);
    }
    for (const [number, { port }] of this.nodes.entries()) {
      if (number > 0) await this.ask(this.nodes[0], 'MEET', '127.0.0.1', port, this.busPorts[number] ?? '');
    }
    await this.untilWhole();
  }

  async untilWhole(): Promise<void> {
    const giveUpAt = Date.now() + waitMsMax;
    while (!(await this.isWhole().catch(() => false))) {
      if (Date.now() > giveUpAt) throw new Error(`the Cluster is not whole after ${String(waitMsMax)} ms`);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((one) => one.stop()));
    await rm(this.dir, { recursive: true, force: true });
  }

  private shares(): [number, number][] {
    const bounds = this.nodes.map((_, number) => Math.floor((slotCount * number) / this.nodes.length));
    return bounds.map((first, number) => [first, (bounds[number + 1] ?? slotCount) - 1]);
  }

  private async isWhole(): Promise<boolean> {
    const infos = await Promise.all(this.nodes.map((node) => this.ask(node, 'INFO')));
    return infos.every(
      (info) =>
        String(info).includes('cluster_state:ok') &&
        String(info).includes(`cluster_slots_ok:${String(slotCount)}`) &&
        String(info).includes(`cluster_known_nodes:${String(nodeCount)}`),
    );
  }

  private async ask(node: RedisProcess | undefined, ...words: (string | number)[]): Promise<unknown> {
    if (node === undefined) throw new Error('there is no such node');
    const redis = new Redis({ host: '127.0.0.1', port: node.port, retryStrategy: () => null });
    redis.on('error', () => undefined);
    try {
      return await redis.call('CLUSTER', ...words);
    } finally {
      redis.disconnect();
    }
  }
}
