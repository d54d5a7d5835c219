import { type Side } from '#domain/agent';
import { type Pace } from '#domain/mass-loss';
import { peripheralId } from '#store/contract/agents.spec-support';
import { type StoreClock } from '#store/contract/under-test.spec-support';
import { RedisClock } from '#store/clock/redis-clock';
import { connect, type ConnectionRole, type RedisConnection } from '#store/connection';
import { generationAgeMs } from '#store/generation-age';
import { Journal } from '#store/journal';
import { type JournalLine } from '#store/journal-line';
import { LastLookAnswerer, LastLookAsker, type Look } from '#store/last-look';
import { LinkLease } from '#store/links';
import { RedisStore } from '#store/redis-store';
import { Roll } from '#store/roll';
import { type Renewal, ServerLeases } from '#store/servers';
import { Sides } from '#store/sides';
import { noOutage } from '../kit/no-op-ports';
import { type RedisProcess } from '../kit/redis/redis-server';
import { pause } from '../kit/wait';

const fewPerSecond = 3;
/** As short as a lease can be where no test waits for its end: a new generation is waited for that long. */
const briefMs = 50;
/** Longer than any test. */
const lastingMs = 600_000;
const journalEntriesMax = 10_000;
const linesMax = 10_000;

export function connectTo(port: number, role: ConnectionRole): RedisConnection {
  const endpoint = { host: '127.0.0.1', port };
  const address = { kind: 'single', endpoint, db: 0, tls: false, user: undefined, password: undefined } as const;
  return connect(address, { name: 'test', outage: noOutage, role, peripheralId });
}

/** Redis' own time, which passes by itself. */
export function realClock(redis: RedisConnection): StoreClock {
  const now = async (): Promise<number> => {
    const [seconds, microseconds] = await redis.time();
    return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  };
  const advance = async (ms: number): Promise<void> => {
    const until = (await now()) + ms;
    for (let leftMs = ms; leftMs > 0; leftMs = until - (await now())) await pause(leftMs);
  };
  return { now, advance };
}

export interface RedisUnderTestOptions {
  readonly redis: RedisConnection;
  readonly clock: StoreClock;
  readonly server: RedisProcess;
  /** Default: one that lasts for the whole test, and a generation that is waited for briefly. */
  readonly leaseMs?: number;
  /** Default: few, so that a test reaches the limit. */
  readonly issuingPerSecondMax?: number;
}

/** The store in Redis as the contracts ask for it; empty at first. */
export class RedisUnderTest {
  readonly issuingPerSecondMax: number;
  readonly clock: StoreClock;
  readonly leaseMs: number;
  readonly store: RedisStore;
  readonly leases: ServerLeases;
  readonly links: LinkLease;
  readonly sides: Sides;
  readonly roll: Roll;
  readonly journal: Journal;
  readonly source: RedisClock;
  private readonly redis: RedisConnection;
  private readonly opened: RedisConnection[] = [];
  private readonly paces: Record<Side, Pace> = {
    primary: { perMinuteMax: 1_000, perSecondMax: null },
    secondary: { perMinuteMax: 1_000, perSecondMax: null },
  };

  private constructor(private readonly options: RedisUnderTestOptions) {
    const { redis, clock } = options;
    this.redis = redis;
    this.clock = clock;
    const issuingPerSecondMax = (this.issuingPerSecondMax = options.issuingPerSecondMax ?? fewPerSecond);
    const leaseMs = (this.leaseMs = options.leaseMs ?? lastingMs);
    this.store = new RedisStore(redis, {
      peripheralId,
      replicas: 0,
      issuingPerSecondMax,
      paceOf: (side) => Promise.resolve(this.paces[side]),
      leaseMs: options.leaseMs ?? briefMs,
      journalEntriesMax,
    });
    this.leases = new ServerLeases(redis, { peripheralId, leaseMs });
    this.links = new LinkLease(redis, { peripheralId, leaseMs });
    this.sides = new Sides(redis, { peripheralId });
    const onUnreadable = (error: Error): never => {
      throw error;
    };
    this.roll = new Roll(redis, { peripheralId, onUnreadable });
    this.journal = new Journal(redis, { peripheralId });
    this.source = new RedisClock(redis, { peripheralId, journalEntriesMax });
  }

  static async start(options: RedisUnderTestOptions): Promise<RedisUnderTest> {
    await options.redis.flushall();
    return new RedisUnderTest(options);
  }

  /** The same, with a server that has asserted, and a generation that is old enough. */
  static async startReady(options: RedisUnderTestOptions): Promise<RedisUnderTest> {
    const started = await RedisUnderTest.start(options);
    await started.setGenerationReady(true);
    await started.clock.advance(generationAgeMs(briefMs) + 1);
    return started;
  }

  lines(): Promise<readonly JournalLine[]> {
    return this.journal.tail('0', 0, linesMax);
  }

  setPace(side: Side, pace: Pace): void {
    this.paces[side] = pace;
  }

  async setGenerationReady(isReady: boolean): Promise<void> {
    const { generation } = await this.leases.renew('primary-1', 'primary', '');
    if (isReady) await this.leases.renew('primary-1', 'primary', generation);
  }

  async backUp(): Promise<() => Promise<void>> {
    const kept: [name: string, content: Buffer][] = [];
    for (const name of await this.redis.keys('*')) {
      const content = await this.redis.dumpBuffer(name);
      kept.push([name, content]);
    }
    return async () => {
      await this.redis.flushall();
      for (const [name, content] of kept) await this.redis.restore(name, 0, content, 'REPLACE');
    };
  }

  async restart(): Promise<void> {
    await this.options.server.restart();
    await this.redis.ping();
  }

  renew(serverId: string): Promise<Renewal> {
    return this.leases.renew(serverId, serverId.startsWith('primary') ? 'primary' : 'secondary', '');
  }

  asker(timeoutMs: number): LastLookAsker {
    return new LastLookAsker(this.redis, this.open('subscriber'), this.leases, { peripheralId, timeoutMs });
  }

  answerer(serverId: string, holds: (agentIds: string[]) => Promise<Look[]>): LastLookAnswerer {
    return new LastLookAnswerer(this.open('subscriber'), this.redis, { peripheralId, serverId, holds });
  }

  publish(channel: string, text: string): Promise<unknown> {
    return this.redis.publish(channel, text);
  }

  subscribe(channel: string, heard: (text: string) => void): Promise<unknown> {
    const subscriber = this.open('subscriber');
    subscriber.on('message', (_, text: string) => {
      heard(text);
    });
    return subscriber.subscribe(channel);
  }

  async stop(): Promise<void> {
    await this.store.close();
    await this.journal.close();
    for (const connection of this.opened.splice(0)) connection.disconnect();
  }

  private open(role: ConnectionRole): RedisConnection {
    const connection = connectTo(this.options.server.port, role);
    this.opened.push(connection);
    return connection;
  }
}
