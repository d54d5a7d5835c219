import { type Agent } from '#domain/agent';
import { type AgentEvent, type Facts } from '#domain/event';
import { calmFacts } from '#domain/fixtures.spec-support';
import { defaultPolicy } from '#domain/policy';
import { Engine } from '#engine/engine';
import { NoDesk } from '#engine/no-desk';
import { Witnesses } from '#engine/ports';
import { BullWakeUps } from '#queue/bull-wake-ups';
import { createLogoutQueue, type LogoutQueue } from '#queue/logout-queue';
import { type RedisConnection } from '#store/connection';
import { Journal } from '#store/journal';
import { type RedisStore } from '#store/redis-store';
import { Sides } from '#store/sides';
import { type App, type Environment } from '../kit/app';
import { NoOpObserver } from '../kit/no-op-ports';
import { type RedisProcess } from '../kit/redis/redis-server';
import { peripheralId, type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { openConnection } from '../kit/site/store-reader';

export const password = 'correct horse battery';
const journalLinesMax = 1_000;
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
    private readonly site: Site,
    readonly app: App,
    readonly queue: LogoutQueue,
    private readonly queueConnection: RedisConnection,
    readonly witnesses: SetWitnesses,
    private readonly engine: Engine,
  ) {}

  /** @param env of the console, beside what it needs */
  static async start(env: Environment = {}): Promise<ConsoleStage> {
    const site = await startSite({ apps: [], simulator: false });
    const app = await site.prepare('console', { CONSOLE_PASSWORD: password, ...env });
    const { reader } = site.parts;
    const queueConnection = openConnection('queue', reader.options);
    const queue = createLogoutQueue(queueConnection, peripheralId);
    queue.on('error', () => undefined);
    const witnesses = new SetWitnesses();
    const engine = new Engine({
      store: reader.store,
      wakeUps: new BullWakeUps(queue),
      witnesses,
      desk: new NoDesk(),
      observer: new NoOpObserver(),
      policyOf: () => ({ ...defaultPolicy, graceMs: { ...defaultPolicy.graceMs, bye: 0 }, stages: [stage] }),
      monotonicMs: () => performance.now(),
    });
    await app.start();
    return new ConsoleStage(site, app, queue, queueConnection, witnesses, engine);
  }

  /** One more console at the same Redis, started; whoever asks for it stops it. */
  async anotherConsole(env: Environment = {}): Promise<App> {
    const app = await this.site.prepare('console', { CONSOLE_PASSWORD: password, ...env });
    await app.start();
    return app;
  }

  get redis(): RedisProcess {
    return this.site.redis;
  }

  get store(): RedisStore {
    return this.site.parts.reader.store;
  }

  get connection(): RedisConnection {
    return this.site.redisConnection;
  }

  get sides(): Sides {
    return new Sides(this.site.redisConnection, { peripheralId });
  }

  /** Answers the exit code of the console. */
  async stop(): Promise<number | null> {
    const code = await this.app.stop();
    await this.queue.close();
    this.queueConnection.disconnect();
    await this.site.stop();
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
      ...calmFacts,
      onCall: held === 'onCall',
      state: 'TALKING',
      massLossUntil: held === 'massLoss' ? Number.MAX_SAFE_INTEGER : null,
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

  /** Every sentence of the journal, those about no agent included. */
  async journalSentences(): Promise<string[]> {
    const journal = new Journal(this.site.redisConnection, { peripheralId });
    const lines = await journal.tail('0-0', 0, journalLinesMax);
    return lines.map(({ entry }) => entry.sentence);
  }

  async sentencesOf(agentId: string): Promise<string[]> {
    return (await this.site.told(agentId)).map(({ entry }) => entry.sentence);
  }
}

const stage = { afterMs: 0, action: 'logout', reasonCode: 255 } as const;
