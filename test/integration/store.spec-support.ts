import { pino } from 'pino';
import { type Agent, type Desktop, unseenAgent } from '#domain/agent';
import { decide } from '#domain/decide';
import { type AgentEvent } from '#domain/event';
import { defaultPolicy } from '#domain/policy';
import { type CommitAnswer, type CommitRequest } from '#engine/ports';
import { connect, type ConnectionRole, type RedisConnection } from '#store/connection';
import { RedisStore } from '#store/redis-store';
import { Roll } from '#store/roll';
import { ServerLeases } from '#store/servers';
import { type StoreError } from '#store/store-error';
import { type RedisProcess, startRedis } from '../kit/redis/redis-server';
import { pause } from '../kit/wait';

export const peripheralId = 5000;
/** Short, so that a test can wait for its end. */
export const leaseMs = 300;
const log = pino({ level: 'silent' });

/** A Redis of its own, emptied for each test, with a store on it and what the tests do to agents. */
export class StoreBench {
  redis!: RedisConnection;
  store!: RedisStore;
  /** Every record that the roll could not read. */
  unreadable: StoreError[] = [];
  private readonly opened: RedisConnection[] = [];

  private constructor(readonly server: RedisProcess) {}

  /** Starts it for the tests of one file. */
  static forTests(): () => StoreBench {
    let bench: StoreBench | undefined;
    const running = (): StoreBench => {
      if (bench === undefined) throw new Error('the bench is not started');
      return bench;
    };
    beforeAll(async () => {
      bench = new StoreBench(await startRedis());
    });
    beforeEach(async () => {
      await running().renew();
    });
    afterEach(async () => {
      await running().letGo();
    });
    afterAll(async () => {
      await running().server.stop();
    });
    return running;
  }

  open(role: ConnectionRole, port = this.server.port): RedisConnection {
    const endpoint = { host: '127.0.0.1', port };
    const address = { kind: 'single', endpoint, db: 0, tls: false, user: undefined, password: undefined } as const;
    const connection = connect(address, { name: 'test', log, role, peripheralId });
    this.opened.push(connection);
    return connection;
  }

  storeOn(connection: RedisConnection, change: { replicas?: number; journalEntriesMax?: number } = {}): RedisStore {
    const options = { replicas: 0, issuingPerSecondMax: 100, journalEntriesMax: 10_000, ...change };
    return new RedisStore(connection, { peripheralId, leaseMs, ...options });
  }

  get leases(): ServerLeases {
    return new ServerLeases(this.redis, { peripheralId, leaseMs });
  }

  get roll(): Roll {
    return new Roll(this.redis, { peripheralId, onUnreadable: (error) => this.unreadable.push(error) });
  }

  /** What the engine does, without its commands. */
  async happen(agentId: string, event: AgentEvent): Promise<CommitAnswer> {
    const { agent: before, version, now } = await this.store.load({ peripheralId, agentId });
    const { agent, commands } = decide(before, event, now, defaultPolicy);
    const entries = commands.flatMap((command) => (command.type === 'note' ? [command.entry] : []));
    return this.store.commit({ before, agent, expectedVersion: version, entries, issuing: null });
  }

  openDesktop(agentId: string, serverId?: string): Promise<CommitAnswer> {
    return this.happen(agentId, { type: 'desktopOpened', desktop: desktopOf(agentId, serverId) });
  }

  loseDesktop(agentId: string, serverId?: string, cause: 'lost' | 'bye' = 'lost'): Promise<CommitAnswer> {
    const { connection } = desktopOf(agentId, serverId);
    return this.happen(agentId, { type: 'desktopClosed', connection, cause, seenBy: 'the test' });
  }

  private async renew(): Promise<void> {
    this.redis = this.open('store');
    await this.redis.flushall();
    this.store = this.storeOn(this.redis);
    this.unreadable = [];
  }

  private async letGo(): Promise<void> {
    await this.store.close();
    for (const connection of this.opened.splice(0)) connection.disconnect();
  }
}

/** A little longer than a lease. */
export function leaseEnds(): Promise<void> {
  return pause(leaseMs + 50);
}

export function desktopOf(agentId: string, serverId = 'primary-1'): Desktop {
  return {
    connection: `${serverId}-${agentId}`,
    desktopId: `desk-${agentId}`,
    side: serverId.startsWith('primary') ? 'primary' : 'secondary',
    serverId,
  };
}

/** A commit by which an agent without a record enters issuing. */
export function issuing(agentId: string): CommitRequest {
  const before: Agent = unseenAgent({ peripheralId, agentId });
  const loss = {
    epoch: 1,
    cause: 'lost',
    lostAt: 1,
    desktop: null,
    stage: 0,
    attempts: 1,
    released: false,
    wasReady: false,
  } as const;
  const phase = { name: 'issuing', loss, dueAt: 2, action: 'logout', since: 3, deadline: 4, alarmed: false } as const;
  return { before, agent: { ...before, epoch: 1, phase }, expectedVersion: '', entries: [], issuing: { notBefore: 0 } };
}
