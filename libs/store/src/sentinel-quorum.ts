import { Redis } from 'ioredis';
import { type RedisAddress } from '#config/redis-url';
import { reconnectDelayMs, type RedisConnection, sentinelCredentials } from './connection';
import { type MasterNode, Mastership } from './mastership';
import { type RedisAccess } from './redis-access';
import { type KnownSentinel, type SentinelsSeen, type SentinelWord } from './sentinel-checks';
import { SteadySentinelConnector } from './steady-sentinel-connector';

type SentinelAddress = Extract<RedisAddress, { kind: 'sentinel' }>;

/** A Sentinel that has not answered by then counts as one that is away. A request must leave within 2 s of its commit. */
export const quorumAnswerMsMax = 500;

/** One that does not answer a look is asked so many times: on a busy machine it may be late once. */
const lookTriesMax = 3;

interface Word {
  readonly named: MasterNode | null;
  /** How many Sentinels it knows of, itself included. */
  readonly sentinels: number;
}

/**
 * Asks all Sentinels of REDIS_URL which node is the master. A majority of the whole set must name the same: a failover takes one,
 * two majorities have a Sentinel in common, and no Sentinel goes back to a master that it has seen replaced. So once the new
 * master was confirmed anywhere, the old one is confirmed nowhere any more (decision 0027).
 */
export class SentinelQuorum extends Mastership {
  private readonly clients: readonly Redis[];

  constructor(
    private readonly address: SentinelAddress,
    access: RedisAccess | undefined,
    name: string,
  ) {
    super();
    this.clients = address.sentinels.map(({ host, port }) =>
      new Redis({
        ...{ host, port, connectionName: name, enableReadyCheck: false, retryStrategy: reconnectDelayMs },
        ...{
          commandTimeout: quorumAnswerMsMax,
          connectTimeout: quorumAnswerMsMax,
          socketTimeout: 2 * quorumAnswerMsMax,
        },
        maxRetriesPerRequest: 1,
        ...sentinelCredentials(address, access),
        // The connections to the data tell that Redis is away.
      }).on('error', () => undefined),
    );
  }

  override nodeOf(redis: RedisConnection): MasterNode | undefined {
    const { connector } = redis as unknown as { connector?: unknown };
    return connector instanceof SteadySentinelConnector ? connector.node : undefined;
  }

  override confirm(node: MasterNode): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    let total = this.clients.length;
    let naming = 0;
    let open = this.clients.length;
    const heard = (word: Word | null): void => {
      open -= 1;
      if (word !== null) total = Math.max(total, word.sentinels);
      if (word?.named?.host === node.host && word.named.port === node.port) naming += 1;
      const needed = Math.floor(total / 2) + 1;
      if (naming >= needed) resolve(true);
      else if (naming + open < needed) resolve(false);
    };
    for (const client of this.clients) void this.ask(client).then(heard);
    return promise;
  }

  /** For findings: what each Sentinel of REDIS_URL knows of the others. Never rejects; takes a bounded time. */
  async look(): Promise<SentinelsSeen> {
    const { masterName, sentinels } = this.address;
    const words = await Promise.all(this.clients.map((client) => this.wordOf(client)));
    const configured = sentinels.map(({ host, port }, n) => ({
      address: `${host}:${String(port)}`,
      word: words[n] ?? null,
    }));
    return { masterName, configured };
  }

  override close(): void {
    for (const client of this.clients) client.disconnect();
  }

  private async wordOf(client: Redis): Promise<SentinelWord | null> {
    for (let tries = 0; tries < lookTriesMax; tries++) {
      try {
        const others = await client.call('SENTINEL', 'SENTINELS', this.address.masterName);
        // Older ones do not tell, and their users may not be allowed to ask.
        const runId = await client.call('SENTINEL', 'MYID').catch(() => null);
        return { runId: runId as string | null, others: (others as string[][]).map(knownOf) };
      } catch {
        await new Promise((resolve) => setTimeout(resolve, quorumAnswerMsMax));
      }
    }
    return null;
  }

  /** The rights that every client of a Sentinel needs anyway: both are asked for each connection that is made. */
  private async ask(client: Redis): Promise<Word | null> {
    const { masterName } = this.address;
    try {
      const [named, others] = await Promise.all([
        client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName),
        client.call('SENTINEL', 'SENTINELS', masterName),
      ]);
      const [host, port] = (named ?? []) as string[];
      const sentinels = (others as unknown[]).length + 1;
      return { named: host === undefined ? null : { host, port: Number(port) }, sentinels };
    } catch {
      return null;
    }
  }
}

/** Names and values in turn. */
function knownOf(fields: readonly string[]): KnownSentinel {
  const field = (name: string): string => fields[fields.indexOf(name) + 1] ?? '';
  const isDown = /s_down|o_down|disconnected/.test(field('flags'));
  return { address: `${field('ip')}:${field('port')}`, runId: field('runid'), isDown };
}

/**
 * Who knows whether a master has been replaced: the Sentinels. A master of a Cluster that is cut off refuses writes by itself, and behind
 * a single address nobody else is known; then there is nobody to be asked.
 */
export function mastershipOf(
  address: RedisAddress,
  options: { readonly name: string; readonly access?: RedisAccess },
): SentinelQuorum | undefined {
  return address.kind === 'sentinel' ? new SentinelQuorum(address, options.access, options.name) : undefined;
}
