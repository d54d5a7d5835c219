import { type AgentEvent } from '#domain/event';
import { type CommitAnswer } from '#engine/ports';
import { type ConnectionRole, type RedisConnection } from '#store/connection';
import { Life, peripheralId } from '#store/contract/agents.spec-support';
import { RedisStore } from '#store/redis-store';
import { Roll } from '#store/roll';
import { type StoreError } from '#store/store-error';
import { type RedisProcess, startRedis } from '../kit/redis/redis-server';
import { connectTo } from './store-contract.spec-support';

/** Short: a new generation of the store is waited for that long. */
export const leaseMs = 300;

/** A Redis of its own, emptied for each test, with a store on it and what the tests do to agents. */
export class StoreBench {
  redis!: RedisConnection;
  store!: RedisStore;
  /** Every record that the roll could not read. */
  unreadable: StoreError[] = [];
  private readonly opened: RedisConnection[] = [];
  private readonly life = new Life(() => this.store);

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
    const connection = connectTo(port, role);
    this.opened.push(connection);
    return connection;
  }

  storeOn(connection: RedisConnection, change: { replicas?: number; journalEntriesMax?: number } = {}): RedisStore {
    const options = { replicas: 0, issuingPerSecondMax: 100, journalEntriesMax: 10_000, ...change };
    return new RedisStore(connection, { peripheralId, leaseMs, ...options });
  }

  get roll(): Roll {
    return new Roll(this.redis, { peripheralId, onUnreadable: (error) => this.unreadable.push(error) });
  }

  happen(agentId: string, event: AgentEvent): Promise<CommitAnswer> {
    return this.life.happen(agentId, event);
  }

  openDesktop(agentId: string, serverId?: string): Promise<CommitAnswer> {
    return this.life.openDesktop(agentId, serverId);
  }

  loseDesktop(agentId: string, serverId?: string, cause: 'lost' | 'bye' = 'lost'): Promise<CommitAnswer> {
    return this.life.loseDesktop(agentId, serverId, cause);
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
