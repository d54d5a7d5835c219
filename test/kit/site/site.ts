import { rm, writeFile } from 'node:fs/promises';
import { type Agent } from '#domain/agent';
import { ReasonCode } from '#cti-protocol/enumerations';
import { type RedisConnection } from '#store/connection';
import { generationAgeMs } from '#store/generation-age';
import { type JournalLine } from '#store/journal-line';
import { Keys } from '#store/keys';
import { type App, type Environment, prepareApp } from '../app';
import { type CtiSimulator } from '../cti-simulator';
import { connectDesktop, type DesktopOptions, openDesktop, type TestDesktop } from '../desktop';
import { call } from '../http';
import { type FaultProxy } from '../network/fault-proxy';
import { type NetworkNamespace } from '../network/network-namespace';
import { type SplitNetwork } from '../network/split-network';
import { type RedisClusterSet } from '../redis/redis-cluster';
import { type SentinelSet } from '../redis/redis-sentinel';
import { type RedisProcess } from '../redis/redis-server';
import { waitFor } from '../wait';
import { type Side, type SiteOptions } from './site-options';
import { type SiteTimes } from './site-times';
import { journalLinesMax, type StoreReader } from './store-reader';

/** DESKTOP_TOKEN_SECRET and API_TOKEN of every site. */
export const secret = 'a-secret-of-the-tests-that-is-long-enough';
export const peripheralId = 5000;

/** As the simulator logs every SET_AGENT_STATE_REQ that it received. */
export interface CtiRequest {
  readonly id: number;
  readonly at: number;
  readonly agentId: string;
  readonly stateName: string;
  readonly reasonCode: number;
  /** It carries a supervisor's id. */
  readonly bySupervisor: boolean;
  readonly effective: boolean;
  readonly outcome: string;
  readonly outcomeAt: number;
  /** The session that sent it, by the name that its client opened it with. */
  readonly clientId: string;
}

export interface CtiAgent {
  readonly agentId: string;
  readonly stateName: string;
  readonly reasonCode: number;
  readonly calls: readonly { readonly callId: number }[];
}

/** What a site is made of. */
export interface SiteParts {
  readonly options: SiteOptions;
  readonly times: SiteTimes;
  /** Of every app that this site has or will have. */
  readonly env: Environment;
  readonly peripheralId: number;
  /** The one Redis, or the first node of several; undefined: the test has brought one along. */
  readonly redis: RedisProcess | undefined;
  readonly sentinels: SentinelSet | undefined;
  readonly cluster: RedisClusterSet | undefined;
  readonly simulator: CtiSimulator | undefined;
  readonly servers: Readonly<Partial<Record<Side, App>>>;
  readonly workers: Readonly<Partial<Record<Side, App>>>;
  readonly redisProxies: Readonly<Record<Side, FaultProxy>> | undefined;
  readonly ctiProxies: Readonly<Record<'A' | 'B', FaultProxy>> | undefined;
  readonly network: NetworkNamespace | undefined;
  readonly split: SplitNetwork | undefined;
  /** What a process reads its clock from. */
  readonly clocks: Readonly<Record<'server' | 'worker', string>> | undefined;
  readonly folder: string;
  readonly reader: StoreReader;
  readonly stopRedis: () => Promise<void>;
}

/** So many lines of the journal are told when something was waited for in vain. */
const storyLinesMax = 12;
/** The date of an HTTP answer is in whole seconds, and so is what is asked of TIME. */
const clockToleranceMs = 3_000;

/**
 * Everything that runs: Redis, a pair of CTI servers, servers and workers on both sides, as real processes on free ports; and
 * the questions that tests ask of it. `startSite` makes one.
 */
export class Site {
  private readonly desktops: TestDesktop[] = [];
  private readonly further: App[] = [];

  constructor(readonly parts: SiteParts) {}

  get times(): SiteTimes {
    return this.parts.times;
  }

  get servers(): Readonly<Record<Side, App>> {
    return both(this.parts.servers, 'servers');
  }

  get workers(): Readonly<Record<Side, App>> {
    return both(this.parts.workers, 'workers');
  }

  /** Servers and workers that it began with, each process once. */
  get apps(): readonly App[] {
    const { servers, workers } = this.parts;
    return [...new Set([...Object.values(servers), ...Object.values(workers)])];
  }

  /** The one Redis of a site to which a test brought none. */
  get redis(): RedisProcess {
    return present(this.parts.redis, 'the test brought a Redis of its own along');
  }

  get simulator(): CtiSimulator {
    return present(this.parts.simulator, 'this site has no CTI servers');
  }

  /** For questions and faults of the test's own; it never goes through a proxy. */
  get redisConnection(): RedisConnection {
    return this.parts.reader.connection;
  }

  /** Workers that come before the CTI servers try again. */
  async start(): Promise<void> {
    await Promise.all([this.parts.simulator?.app.start(), ...this.apps.map((app) => app.start())]);
  }

  /** One more app with the environment of this site; not started yet, stopped with the site. */
  async prepare(app: 'server' | 'worker' | 'console', env: Environment = {}): Promise<App> {
    const prepared = await prepareApp(app, { ...this.parts.env, ...env });
    this.further.push(prepared);
    return prepared;
  }

  /** Opens a desktop and waits until it is acknowledged. */
  async open(agentId: string, side: Side = 'primary', more: Partial<DesktopOptions> = {}): Promise<TestDesktop> {
    return this.keep(await openDesktop(this.optionsOf(agentId, side, more)));
  }

  /** The same without waiting, so that a test can see it wait or be refused. */
  async connect(agentId: string, side: Side = 'primary', more: Partial<DesktopOptions> = {}): Promise<TestDesktop> {
    return this.keep(await connectDesktop(this.optionsOf(agentId, side, more)));
  }

  /** As a desktop does that is refused for now: it tries until it is let in. */
  openWhenLetIn(agentId: string, side: Side): Promise<TestDesktop> {
    return waitFor(`a desktop of ${agentId} to be let in`, () => this.open(agentId, side));
  }

  /** Signs the agent in at the CTI server; Not Ready at first. */
  async signIn(agentId: string, state?: 'READY'): Promise<void> {
    await this.post(`/agents/${agentId}/login`, {});
    if (state !== undefined) await this.post(`/agents/${agentId}/state`, { state });
  }

  /** An order to the CTI servers, which must be taken. */
  async post(path: string, body: unknown, method = 'POST'): Promise<Record<string, unknown>> {
    const answer = await call(`${this.simulator.app.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(method === 'DELETE' ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${String(answer.status)} ${text}`);
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  }

  /** What a feed of presence says to a server, such as `{ agentId, desktopId, presence }`. */
  async feed(side: Side, body: object, path = '/api/presence'): Promise<{ status: number; body: unknown }> {
    const answer = await fetch(`${this.servers[side].url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: await answer.json() };
  }

  ctiAgent(agentId: string): Promise<CtiAgent> {
    return this.ask<CtiAgent>(`/agents/${agentId}`);
  }

  /** Calls that the agent is on now. */
  async callIds(agentId: string): Promise<number[]> {
    return (await this.ctiAgent(agentId)).calls.map(({ callId }) => callId);
  }

  /** Ids of agents who are signed in at the CTI server. */
  async signedIn(): Promise<Set<string>> {
    const all = await this.ask<CtiAgent[]>('/agents');
    return new Set(all.filter(({ stateName }) => stateName !== 'LOGOUT').map(({ agentId }) => agentId));
  }

  /** The same without those whom a forced logout left signed in: with LOAD 0 they are Not Ready with LOAD's own reason. */
  async notForcedOut(): Promise<Set<string>> {
    const { load } = await this.ask<{ readonly load: 0 | 1 }>('/settings');
    if (load === 1) return this.signedIn();
    const all = await this.ask<CtiAgent[]>('/agents');
    const isOut = ({ stateName, reasonCode }: CtiAgent): boolean =>
      stateName === 'LOGOUT' || (stateName === 'NOT_READY' && reasonCode === ReasonCode.CTI_COMPONENT_FAILURE);
    return new Set(all.filter((agent) => !isOut(agent)).map(({ agentId }) => agentId));
  }

  /** Every SET_AGENT_STATE_REQ that the CTI servers received, of one agent or of all. */
  async requests(agentId?: string): Promise<CtiRequest[]> {
    const all = await this.requestsSince(0);
    return agentId === undefined ? all : all.filter((request) => request.agentId === agentId);
  }

  /** From that time on (epoch ms). */
  requestsSince(at: number): Promise<CtiRequest[]> {
    return this.ask<CtiRequest[]>(`/requests?since=${String(at)}`);
  }

  /** Those that asked for a logout. */
  async logouts(agentId?: string): Promise<CtiRequest[]> {
    return (await this.requests(agentId)).filter(({ stateName }) => stateName === 'LOGOUT');
  }

  async record(agentId: string): Promise<Agent> {
    const { reader, peripheralId: own } = this.parts;
    return (await reader.store.load({ peripheralId: own, agentId })).agent;
  }

  /** All that the journal says, oldest first; from that time on (epoch ms), or after the line of that id. */
  journal(since: number | string = 0): Promise<JournalLine[]> {
    return this.parts.reader.journal.tail(String(since), 0, journalLinesMax);
  }

  /** All that the journal says of an agent, oldest first. */
  async told(agentId: string): Promise<JournalLine[]> {
    return (await this.journal()).filter((line) => line.agentId === agentId);
  }

  async outcomes(agentId: string): Promise<string[]> {
    return (await this.told(agentId)).flatMap(({ entry }) => (entry.what === 'outcome' ? [entry.outcome] : []));
  }

  /**
   * Waits until the store lets requests out (rule GEN): its generation is old enough and every server has asserted. A new
   * site may be younger than that; its first loss would be held, and a test that rests on the pace of the link would not
   * find it used up any more.
   */
  async untilIssuable(): Promise<void> {
    const { parts, redisConnection } = this;
    const keys = new Keys(parts.peripheralId);
    await waitFor('the store to let requests out', async () => {
      const [{ id, since }, servers, [seconds]] = await Promise.all([
        redisConnection.hgetall(keys.generation),
        redisConnection.hvals(keys.servers),
        redisConnection.time(),
      ]);
      const isOld = Number(seconds) * 1_000 > Number(since) + generationAgeMs(parts.times.leaseMs);
      return isOld && servers.every((server) => server.endsWith(`|${String(id)}`));
    });
  }

  /** Waits until the record's phase is this one; in vain, it fails with the end of what the journal says of the agent. */
  untilPhase(agentId: string, phase: Agent['phase']['name']): Promise<Agent> {
    const look = async (): Promise<Agent | undefined> => {
      const agent = await this.record(agentId);
      return agent.phase.name === phase ? agent : undefined;
    };
    const options = { seen: () => this.storyOf(agentId), isBrief: phase === 'issuing' };
    return waitFor(`agent ${agentId} to be ${phase}`, look, options);
  }

  /**
   * Waits until the record names a desktop. Of an agent who is signed out it says `present` for a moment alone, until it is known
   * that there is nothing to lose.
   */
  untilDesktop(agentId: string): Promise<Agent> {
    const look = async (): Promise<Agent | undefined> => {
      const agent = await this.record(agentId);
      return Object.keys(agent.desktops).length > 0 ? agent : undefined;
    };
    return waitFor(`a desktop of agent ${agentId} to be known`, look, { seen: () => this.storyOf(agentId) });
  }

  /** Waits until the journal holds this outcome. */
  async untilOutcome(agentId: string, outcome: string): Promise<void> {
    const look = async (): Promise<boolean> => (await this.outcomes(agentId)).includes(outcome);
    await waitFor(`${agentId} ${outcome}`, look, { seen: () => this.storyOf(agentId) });
  }

  async untilReady(): Promise<void> {
    await Promise.all(this.apps.map((app) => app.until('ready')));
  }

  /** Sets the primary side's clock, such as to `+30` seconds; with libfaketime, which reads it within a second. */
  async setClock(part: 'server' | 'worker', offsetS: number): Promise<void> {
    const { clocks } = this.parts;
    await writeFile(present(clocks, 'this site has no clocks of its own')[part], clockText(offsetS));
    const { url } = (part === 'server' ? this.servers : this.workers).primary;
    await waitFor(`the ${part}'s clock to be ${String(offsetS)} s off`, async () => {
      const { headers } = await call(`${url}/health/live`);
      const clockMs = Date.parse(headers.get('date') ?? '') - Date.now();
      return Math.abs(clockMs - offsetS * 1_000) < clockToleranceMs;
    });
  }

  /** Sets the clock of the Redis host, such as to `+60` seconds; for a site with `redisClock`. */
  async setRedisClock(offsetS: number): Promise<void> {
    await this.redis.setClock(offsetS);
    const lookOffset = async (): Promise<number> => {
      const [seconds] = await this.redisConnection.time();
      return Number(seconds) * 1_000 - Date.now() - offsetS * 1_000;
    };
    await waitFor(
      `the clock of Redis to be ${String(offsetS)} s off`,
      async () => Math.abs(await lookOffset()) < clockToleranceMs,
    );
  }

  /** Every network is whole, and the CTI servers have no fault any more. */
  async heal(): Promise<void> {
    const { redisProxies, ctiProxies, network, split } = this.parts;
    for (const proxy of proxiesOf(redisProxies, ctiProxies)) {
      proxy.slow(0);
      proxy.turn('pass');
    }
    network?.heal();
    split?.heal();
    await call(`${this.simulator.app.url}/faults`, { method: 'DELETE' });
  }

  /** Closes and stops everything that was started, whatever state it is in; then it fails with what did not stop as it should. */
  async stop(): Promise<void> {
    const { options, simulator, reader, redisProxies, ctiProxies, network, split, folder } = this.parts;
    for (const desktop of this.desktops) desktop.socket.terminate();
    const apps = [...this.apps, ...this.further];
    const stops = await Promise.allSettled([...apps.map((app) => app.stop()), simulator?.stop()]);
    await reader.close();
    for (const proxy of proxiesOf(redisProxies, ctiProxies)) await proxy.close();
    network?.remove();
    split?.remove();
    await options.xmpp?.stop();
    await this.parts.stopRedis();
    await rm(folder, { recursive: true, force: true });
    const failed = stops.find((stop) => stop.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  private optionsOf(agentId: string, side: Side, more: Partial<DesktopOptions>): DesktopOptions {
    const { peripheralId: own } = this.parts;
    return { url: more.url ?? this.servers[side].url, agentId, secret, peripheralId: own, ...more };
  }

  private keep(desktop: TestDesktop): TestDesktop {
    this.desktops.push(desktop);
    return desktop;
  }

  private async ask<T>(path: string): Promise<T> {
    const answer = await call(`${this.simulator.app.url}${path}`);
    if (!answer.ok) throw new Error(`GET ${path}: ${String(answer.status)} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  /** The record's phase and the latest lines of the journal about an agent. */
  private async storyOf(agentId: string): Promise<string> {
    const lines = (await this.told(agentId)).slice(-storyLinesMax);
    const { phase } = await this.record(agentId);
    return [JSON.stringify(phase), ...lines.map(({ at, entry }) => `${String(at)} ${JSON.stringify(entry)}`)].join(
      '\n',
    );
  }
}

function clockText(offsetS: number): string {
  return `${offsetS < 0 ? '' : '+'}${String(offsetS)}\n`;
}

function proxiesOf(...groups: readonly (Readonly<Record<string, FaultProxy>> | undefined)[]): FaultProxy[] {
  return groups.flatMap((group) => Object.values(group ?? {}));
}

function both({ primary, secondary }: Readonly<Partial<Record<Side, App>>>, what: string): Record<Side, App> {
  if (primary === undefined || secondary === undefined) throw new Error(`this site was started without ${what}`);
  return { primary, secondary };
}

function present<T>(part: T | undefined, why: string): T {
  if (part === undefined) throw new Error(why);
  return part;
}
