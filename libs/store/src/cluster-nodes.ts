import { Redis, type RedisOptions } from 'ioredis';
import { z } from 'zod';
import { type HostPort } from '#config/value-schemas';

/** A node that has not answered by then is not asked further; the next one is. */
const answerMsMax = 1_000;

/** What a node must be told so that it answers. */
export type NodeAccess = Pick<RedisOptions, 'username' | 'password' | 'tls' | 'connectionName'>;

/** First and last slot, then the nodes that have them, the master first: host (empty: the one that was asked), port. */
const slotsShape = z.array(
  z.tuple([z.number(), z.number()]).rest(z.tuple([z.string().nullable(), z.number()]).rest(z.unknown())),
);

/** Where the master of one slot is, by what the nodes of the Cluster say. */
export class ClusterNodes {
  private known: readonly HostPort[];
  private lastMaster: HostPort | undefined;

  /** `seeds`: some nodes, at least one; the others are learnt from them. */
  constructor(
    private readonly seeds: readonly HostPort[],
    private readonly slot: number,
    private readonly ask: typeof askNode = askNode,
  ) {
    this.known = seeds;
  }

  /**
   * Asks one node after the other until one that is part of a working Cluster knows. When none does, the last master is
   * the best guess: it may be all of the Cluster that is left, and whoever is not the master says so.
   */
  async master(access: NodeAccess): Promise<HostPort> {
    for (const node of this.known) {
      const slots = await this.ask(node, access).catch(() => undefined);
      const own = slots?.find(({ first, last }) => first <= this.slot && this.slot <= last)?.nodes[0];
      if (slots === undefined || own === undefined) continue;
      this.learn(node, slots);
      this.lastMaster = own;
      return own;
    }
    const guess = this.lastMaster ?? this.seeds[0];
    if (guess === undefined) throw new Error('a Cluster has at least one node');
    return guess;
  }

  /** The one that answered is asked first the next time. */
  private learn(answered: HostPort, slots: readonly SlotRange[]): void {
    const all = [answered, ...slots.flatMap(({ nodes }) => nodes), ...this.seeds];
    this.known = [...new Map(all.map((node) => [`${node.host}:${String(node.port)}`, node])).values()];
  }
}

export interface SlotRange {
  readonly first: number;
  readonly last: number;
  /** The master first. */
  readonly nodes: readonly HostPort[];
}

/** Rejects when the node cannot be reached, does not answer, or says that its Cluster does not work. */
async function askNode(node: HostPort, access: NodeAccess): Promise<SlotRange[]> {
  const redis = new Redis({
    ...access,
    host: node.host,
    port: node.port,
    connectTimeout: answerMsMax,
    commandTimeout: answerMsMax,
    enableReadyCheck: false,
    retryStrategy: () => null,
  });
  redis.on('error', () => undefined);
  try {
    const [info, slots] = await Promise.all([redis.call('CLUSTER', 'INFO'), redis.call('CLUSTER', 'SLOTS')]);
    // The old master of a split Cluster says this too: it would name itself.
    if (!String(info).includes('cluster_state:ok')) throw new Error('the Cluster does not work, says this node');
    return slotsShape.parse(slots).map(([first, last, ...nodes]) => ({
      first,
      last,
      nodes: nodes.map(([host, port]) => ({ host: host === null || host === '' ? node.host : host, port })),
    }));
  } finally {
    redis.disconnect();
  }
}
