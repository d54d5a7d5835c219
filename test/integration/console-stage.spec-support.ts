import { pino } from 'pino';
import { type Agent } from '#domain/agent';
import { type AgentEvent, type Facts } from '#domain/event';
import { defaultPolicy } from '#domain/policy';
import { parseRedisUrl } from '#config/redis-url';
import { Engine } from '#engine/engine';
import { NoDesk } from '#engine/no-desk';
import { Witnesses } from '#engine/ports';
import { BullWakeUps } from '#queue/bull-wake-ups';
import { createLogoutQueue, type LogoutQueue } from '#queue/logout-queue';
import { connect, type RedisConnection } from '#store/connection';
import { Journal } from '#store/journal';
import { RedisStore } from '#store/redis-store';
import { Sides } from '#store/sides';
import { NoOpObserver } from '../kit/no-op-ports';
import { type App, prepareApp } from '../kit/app';
import { type RedisProcess, startRedis } from '../kit/redis/redis-server';

export const peripheralId = 5000;
export const password = 'correct horse battery';
export const basic = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;

/** Facts as a worker would have found them; a test sets what it needs. */
class SetWitnesses extends Witnesses {
  facts: Facts = { link: 'outOfService', why: 'No worker runs in this test.' };
  override findFacts(): Promise<Facts> {
    return Promise.resolve(this.facts);
  }
  override askLastLook(): Promise<never> {
    return Promise.reject(new Error('no test gets that far'));
  }
}

/** A real Redis, a real console process, and an engine of the test's own that makes records as a server would. */
export class ConsoleStage {
  private constructor(
    readonly redis: RedisProcess,
    readonly app: App,
    private readonly connections: readonly RedisConnection[],
    readonly store: RedisStore,
    readonly journal: Journal,
    readonly sides: Sides,
    readonly queue: LogoutQueue,
    readonly witnesses: SetWitnesses,
    private readonly engine: Engine,
  ) {}

  static async start(): Promise<ConsoleStage> {
    const redis = await startRedis({ aof: false });
    const app = await prepareApp('console', { REDIS_URL: redis.url, CONSOLE_PASSWORD: password });
    const parsed = parseRedisUrl(redis.url);
    if (parsed.kind !== 'address') throw new Error(parsed.sentence);
    const log = pino({ level: 'silent' });
    const store = connect(parsed.address, { name: 'test', log, role: 'store', peripheralId });
    const queueConnection = connect(parsed.address, { name: 'test-queue', log, role: 'queue', peripheralId });
    const options = { peripheralId, leaseMs: 15_000, replicas: 0, issuingPerSecondMax: 10, journalEntriesMax: 10_000 };
    const records = new RedisStore(store, options);
    const queue = createLogoutQueue(queueConnection, peripheralId);
    queue.on('error', () => undefined);
    const witnesses = new SetWitnesses();
    const engine = new Engine({
      store: records,
      wakeUps: new BullWakeUps(queue),
      witnesses,
      desk: new NoDesk(),
      observer: new NoOpObserver(),
      policyOf: () => ({ ...defaultPolicy, graceMs: { ...defaultPolicy.graceMs, bye: 0 }, stages: [stage] }),
      monotonicMs: () => performance.now(),
    });
    await app.start();
    const journal = new Journal(store, { peripheralId });
    const sides = new Sides(store, { peripheralId });
    return new ConsoleStage(redis, app, [store, queueConnection], records, journal, sides, queue, witnesses, engine);
  }

  async stop(): Promise<number | null> {
    const code = await this.app.stop();
    await this.queue.close();
    await this.journal.close();
    for (const connection of this.connections) connection.disconnect();
    await this.redis.stop();
    return code;
  }

  async tell(agentId: string, event: AgentEvent): Promise<Agent> {
    return (await this.engine.handle({ peripheralId, agentId }, event)).agent;
  }

  open(agentId: string, side: 'primary' | 'secondary' = 'secondary'): Promise<Agent> {
    const desktop = { connection: `c-${agentId}`, desktopId: `d-${agentId}`, side, serverId: `server-${side}` };
    return this.tell(agentId, { type: 'desktopOpened', desktop });
  }

  /** The only desktop is gone: by `lost` the agent is in grace for a minute, by `bye` the loss is due at once. */
  async lose(agentId: string, cause: 'lost' | 'bye' = 'lost'): Promise<Agent> {
    await this.open(agentId);
    return this.tell(agentId, { type: 'desktopClosed', connection: `c-${agentId}`, cause, seenBy: 'server-secondary' });
  }

  /** Held, since the agent is on a call or its side lost too many at once. */
  async hold(agentId: string, held: 'onCall' | 'massLoss'): Promise<Agent> {
    const { epoch } = await this.lose(agentId, 'bye');
    this.witnesses.facts = {
      link: 'inService',
      signedOut: false,
      onCall: held === 'onCall',
      state: 'TALKING',
      sideOutage: false,
      heldByOperator: false,
      massLoss: held === 'massLoss',
    };
    return this.tell(agentId, { type: 'wokenUp', epoch });
  }

  /** Asks the console as an API client with credentials would. */
  ask(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.app.url}${path}`, {
      redirect: 'manual',
      ...init,
      headers: { authorization: basic, ...(init.headers as Record<string, string> | undefined) },
    });
  }

  order(path: string): Promise<Response> {
    return this.ask(path, { method: 'POST', headers: { 'content-type': 'application/json' } });
  }

  async sentencesOf(agentId: string): Promise<string[]> {
    const lines = await this.journal.tail('0', 0, 1_000);
    return lines.filter((line) => line.agentId === agentId).map(({ entry }) => entry.sentence);
  }
}

const stage = { afterMs: 0, action: 'logout', reasonCode: 255 } as const;
