import { type Side } from '#domain/agent';
import { type App, type Environment } from '../kit/app';
import { secret, type Site } from '../kit/site/site';
import { sides } from '../kit/site/site-options';
import { waitFor } from '../kit/wait';
import { type Observation } from '../sim/oracle-log';
import { type FaultTimes } from './fault-times';
import { type FaultXmpp, type XmppNeeds } from './fault-xmpp';
import { type DesktopContext, ReconnectingDesktop, type WantedDesktop } from './reconnecting-desktop';

/** Whether rows about many agents have all of them, or few enough for a short test. */
export type ExperimentSize = 'whole' | 'small';

/** What a row needs to be different about its site. Rows with the same needs share one. */
export interface ExperimentNeeds {
  /** `documented`: one node with the file and the users of docs/redis.md. `cluster`: three masters, each with a replica. */
  readonly redis: 'single' | 'documented' | 'sentinel' | 'cluster';
  /** A fault proxy between each side and Redis, and before each CTI server. */
  readonly proxied: boolean;
  /** Losing many at once is what the row is about. */
  readonly protectsSides: boolean;
  /** The primary side's clocks can be set (libfaketime). */
  readonly ownClocks: boolean;
  /** The clock of the one Redis can be set. */
  readonly redisClock: boolean;
  /** Agents whom earlier runs had stay known to the CTI pair; with so many a new site is made. */
  readonly agentsMax: number;
  /** The primary side's processes run in a network of their own, which can be cut off; for root on Linux. */
  readonly ownNetwork: boolean;
  /** Each side has a node and a Sentinel of its own and can be cut off from the other and from a third; for root on Linux. */
  readonly splits: boolean;
  /** An XMPP server that both servers watch; null: desktops are ours alone. */
  readonly xmpp: XmppNeeds | null;
  /** Times of the site that differ from those of all rows. */
  readonly times: Partial<FaultTimes>;
  /** Of the product's processes. */
  readonly env: Environment;
}

export const plainNeeds: ExperimentNeeds = {
  redis: 'single',
  proxied: false,
  protectsSides: false,
  ownClocks: false,
  redisClock: false,
  agentsMax: 6_000,
  ownNetwork: false,
  splits: false,
  xmpp: null,
  times: {},
  env: {},
};

/** A site to which faults are put: the agents of a run, their desktops, what was observed, and what is to be undone. */
export class Experiment implements DesktopContext {
  readonly desktops: WantedDesktop[] = [];
  /** For the oracle. */
  observations: Observation[] = [];
  /** What a row has left behind, to be undone when it has been judged. */
  readonly undo: (() => void | Promise<void>)[] = [];
  readonly secret = secret;
  private agentsMade = 0;

  constructor(
    readonly times: FaultTimes,
    readonly size: ExperimentSize,
    readonly needs: ExperimentNeeds,
    readonly site: Site,
    readonly xmpp: FaultXmpp | undefined,
  ) {}

  get isBaseline(): boolean {
    return this.site.parts.options.product === 'baseline';
  }

  get detectionMs(): number {
    return this.times.detectionMs;
  }

  urlOf(side: Side): string {
    return this.site.servers[side].url;
  }

  serverOf(side: Side): string {
    return `${side}-${String(this.site.servers[side].pid)}`;
  }

  note(observation: Observation): void {
    this.observations.push(observation);
  }

  /** A fault that began then is over now. */
  noteFault(kind: string, from: number): void {
    this.note({ at: from, what: 'disturbed', kind, until: Date.now() });
  }

  get agentsLeft(): number {
    return this.needs.agentsMax - this.agentsMade;
  }

  /** So many agents whom no run has seen before, signed in. */
  async agents(count: number, state: 'READY' | 'NOT_READY' = 'NOT_READY'): Promise<ReconnectingDesktop[]> {
    const { first, last } = await this.site.post('/agents', { count, state });
    this.agentsMade += count;
    const ids = Array.from({ length: count }, (_, n) => String(Number(first) + n));
    if (ids.at(-1) !== last) throw new Error(`${String(count)} agents from ${String(first)} to ${String(last)}`);
    for (const agentId of ids) this.note({ at: Date.now(), what: 'signedIn', agentId });
    const desktops = ids.map((agentId) => new ReconnectingDesktop(this, agentId));
    this.desktops.push(...desktops);
    return desktops;
  }

  /** A further desktop of the same agent. */
  secondDesktop(agentId: string, desktopId: string): ReconnectingDesktop {
    const desktop = new ReconnectingDesktop(this, agentId, desktopId);
    this.desktops.push(desktop);
    return desktop;
  }

  async signIn(agentId: string): Promise<void> {
    await this.site.signIn(agentId).catch(() => undefined);
    this.note({ at: Date.now(), what: 'signedIn', agentId });
  }

  /** Opens all of them on that side and waits until they are acknowledged. */
  async open(desktops: readonly ReconnectingDesktop[], side: Side | ((place: number) => Side)): Promise<void> {
    desktops.forEach((desktop, place) => {
      desktop.arrive(typeof side === 'string' ? side : side(place));
    });
    await this.untilAcknowledged(desktops);
  }

  async untilAcknowledged(desktops: readonly WantedDesktop[]): Promise<void> {
    const missing = (): WantedDesktop[] => desktops.filter((one) => one.isWanted && !one.isAcknowledged);
    await waitFor('desktops to be acknowledged', () => missing().length === 0, {
      seen: () => `${String(missing().length)} of ${String(desktops.length)} are not`,
    });
  }

  /** Kills a process and tells the oracle whose desktops went with it. */
  async kill9(app: App): Promise<void> {
    this.noteDeath(app);
    await app.kill9();
  }

  /** The same for one that stands still for longer than its lease. */
  noteDeath(app: App): void {
    for (const side of sides) {
      if (this.site.servers[side] !== app) continue;
      this.note({ at: Date.now(), what: 'serverDied', serverId: this.serverOf(side) });
    }
  }

  /** Everything is as it was at the start, and nobody of this run is signed in any more. */
  async clear(): Promise<void> {
    const { site } = this;
    await site.heal();
    this.xmpp?.heal();
    for (const undo of this.undo.splice(0)) await undo();
    for (const desktop of this.desktops) desktop.clear();
    const ids = new Set(this.desktops.map(({ agentId }) => agentId));
    this.desktops.length = 0;
    const left = await site.signedIn();
    for (const agentId of ids)
      if (left.has(agentId)) await site.post(`/agents/${agentId}/logout`, {}).catch(() => undefined);
    this.observations = [];
    await site.post('/requests', undefined, 'DELETE');
    await site.untilReady();
  }

  async stop(): Promise<void> {
    // The processes stop now: what cannot be undone at them does not matter any more.
    await Promise.allSettled(this.undo.splice(0).map(async (undo) => undo()));
    for (const desktop of this.desktops) desktop.clear();
    // What a fault has left of a process may not stop as it should; by then the run has been judged.
    await this.site.stop().catch(() => undefined);
  }
}
