import fc from 'fast-check';
import { type Desktop, type Phase, type Side } from '#domain/agent';
import { type AgentEvent } from '#domain/event';
import { type Pace, type Protection } from '#domain/mass-loss';
import { type CommitRequest, type Loaded } from '#engine/ports';
import { desktopOf, firstCommit, keyOf, Life, lossOn, suppressed } from '#store/contract/agents.spec-support';
import { generationAgeMs } from '#store/generation-age';
import { type IssuingUnderTest } from '#store/contract/issuing.spec-support';
import { type JournalUnderTest } from '#store/contract/journal.spec-support';
import { type LinkLeasesUnderTest } from '#store/contract/link-leases.spec-support';
import { type RateLimitsUnderTest } from '#store/contract/rate-limits.spec-support';
import { type ServerLeasesUnderTest } from '#store/contract/server-leases.spec-support';
import { type SidesUnderTest } from '#store/contract/sides.spec-support';
import { type SweepQueriesUnderTest } from '#store/contract/sweep-queries.spec-support';

/** A random history of everything that is asked of the store, and what each store answers to it. */

/** A store as a history asks for it; its clock stands still between two steps. */
export type HistoryStore = Pick<IssuingUnderTest, 'store' | 'lines' | 'backUp'> &
  Pick<LinkLeasesUnderTest, 'links'> &
  Pick<RateLimitsUnderTest, 'setPace'> &
  Pick<ServerLeasesUnderTest, 'leases' | 'restart'> &
  Pick<SidesUnderTest, 'sides'> &
  Pick<SweepQueriesUnderTest, 'roll'> & {
    readonly journal: Pick<JournalUnderTest['journal'], 'note'>;
    readonly nowMs: number;
    advance(ms: number): Promise<void>;
  };

/** As the double has it. */
export const leaseMs = 15_000;

/** Enough for a line that is longer than ten minutes. */
const agentIds = Array.from({ length: 12 }, (_, n) => String(1_001 + n));
const serverIds = ['primary-1', 'primary-2', 'secondary-1'] as const;
const workerIds = ['worker-1', 'worker-2'] as const;
const bothSides = ['primary', 'secondary'] as const satisfies readonly Side[];

const agentId = fc.constantFrom(...agentIds);
const serverId = fc.constantFrom(...serverIds);
const workerId = fc.constantFrom(...workerIds);
const side = fc.constantFrom<Side>(...bothSides);
/** Around the ends of leases, windows, places and what is kept; some are so short that limits are reached. */
const passingMs = fc.constantFrom(
  1,
  40,
  333,
  999,
  1_000,
  1_001,
  5_000,
  10_000,
  15_000,
  15_001,
  17_000,
  60_000,
  601_000,
);
const agoMs = fc.constantFrom(0, 1, 999, 1_000, 15_000, 60_000, 1_200_000);

const protection: fc.Arbitrary<Protection | null> = fc.option(
  fc.record({
    state: fc.constantFrom('held' as const, 'slow' as const, 'over' as const),
    since: fc.constantFrom(1, 2),
    lost: fc.constantFrom(1, 2),
  }),
);

const knownProtection = fc.oneof(fc.constant('known' as const), protection);

/** Which version a commit expects: that of the record, one that was read earlier, or none. */
const version = often('current', 'earlier', 'none');
const asserts = often('afterRenewal', 'current', 'nothing', 'earlier');
const cause = fc.constantFrom('lost' as const, 'bye' as const);
const inMs = fc.constantFrom(-1, 0, 0, 0, 0, 0, 1);
const perMinuteMax = fc.constantFrom(0, 1, 2, 5, 1_000);
const perSecondMax = fc.option(fc.constantFrom(1, 2));
const waiting = ['issuing', 'grace', 'held'] as const;
const waitingPhase = fc.constantFrom('settled' as const, 'grace' as const, 'held' as const);
const someWaiting = fc.uniqueArray(fc.constantFrom(...waiting));
/** Few times, so that several are the same. */
const aroundMs = fc.constantFrom(-1, 0, 1, 60_000, 60_001);
const limit = fc.constantFrom(1, 2, 10);
const offset = fc.constantFrom(0, 1);

/** The first one in half of the cases. */
function often<const T extends string>(most: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(fc.constant(most), fc.constantFrom(...others));
}

/** How often each kind of step comes, in a thousand or so. */
const steps = [
  [90, fc.record({ does: fc.constant('pass' as const), ms: passingMs })],
  [60, fc.record({ does: fc.constant('open' as const), agentId, serverId })],
  [40, fc.record({ does: fc.constant('close' as const), agentId, serverId, cause })],
  [60, fc.record({ does: fc.constant('lose' as const), agentId, serverId, cause })],
  [20, fc.record({ does: fc.constant('loseServer' as const), agentId, serverId })],
  [80, fc.record({ does: fc.constant('issue' as const), agentId, serverId: fc.option(serverId), inMs, version })],
  [80, fc.record({ does: fc.constant('issueAll' as const), serverId: fc.option(serverId) })],
  [60, fc.record({ does: fc.constant('put' as const), agentId, phase: waitingPhase, inMs: aroundMs, version })],
  [30, fc.record({ does: fc.constant('together' as const), agentIds: fc.array(agentId, { maxLength: 5 }) })],
  [20, fc.record({ does: fc.constant('note' as const), agentId: fc.option(agentId) })],
  [100, fc.record({ does: fc.constant('renew' as const), serverId, asserts })],
  [20, fc.record({ does: fc.constant('sweepServer' as const), serverId, limit: fc.constantFrom(1, 10) })],
  [20, fc.record({ does: fc.constant('removeServer' as const), serverId })],
  [80, fc.record({ does: fc.constant('acquire' as const), side, workerId, reports: fc.option(fc.boolean()) })],
  [20, fc.record({ does: fc.constant('release' as const), side, workerId })],
  [30, fc.record({ does: fc.constant('report' as const), side, workerId, inService: fc.boolean() })],
  [20, fc.record({ does: fc.constant('hold' as const), side, isHeld: fc.boolean() })],
  [30, fc.record({ does: fc.constant('protect' as const), side, before: knownProtection, after: protection })],
  [60, fc.record({ does: fc.constant('setPace' as const), side, perMinuteMax, perSecondMax })],
  [
    20,
    fc.record({ does: fc.constant('shrinkPace' as const), serverId, afterMs: fc.constantFrom(59_999, 60_000, 60_001) }),
  ],
  [30, fc.record({ does: fc.constant('count' as const), side, fromAgoMs: agoMs, toAgoMs: agoMs })],
  [60, fc.record({ does: fc.constant('overdue' as const), inMs: aroundMs, phases: someWaiting, limit, offset })],
  [40, fc.record({ does: fc.constant('getReady' as const) })],
  [5, fc.record({ does: fc.constant('restart' as const) })],
  [20, fc.record({ does: fc.constant('backUp' as const) })],
  [15, fc.record({ does: fc.constant('restore' as const) })],
] as const;

export const step = fc.oneof(...steps.map(([weight, arbitrary]) => ({ weight, arbitrary })));
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Carries steps out on one store, and knows what of its answers only it can know: versions and generations. */
export class History {
  private readonly life: Life;
  private readonly read = new Map<string, Loaded>();
  /** Generations in the order in which they were seen first. */
  private readonly generations: string[] = [];
  private restore: (() => Promise<void>) | undefined;

  constructor(private readonly under: HistoryStore) {
    this.life = new Life(() => under.store);
  }

  /** A server has asserted, and the generation is old enough, so that the limits decide what may go out. */
  async getReady(): Promise<void> {
    await this.renew({ does: 'renew', serverId: serverIds[0], asserts: 'afterRenewal' });
    await this.under.advance(generationAgeMs(leaseMs));
  }

  /** What the store answers, without what is each store's own. */
  async carryOut(step: Step): Promise<unknown> {
    const { under } = this;
    switch (step.does) {
      case 'pass':
        return under.advance(step.ms);
      case 'open':
      case 'close':
      case 'loseServer':
        return this.life.happen(step.agentId, eventOf(step));
      case 'lose':
        return this.lose(step);
      case 'issue':
      case 'put':
        return under.store.commit(await this.request(step));
      case 'issueAll':
        return this.issueAll(step.serverId);
      case 'together':
        return this.commitTogether(step.agentIds);
      case 'note':
        return this.note(step.agentId);
      case 'renew':
        return this.renew(step);
      case 'sweepServer':
        return this.sweepServer(step);
      case 'removeServer':
        return under.leases.remove(step.serverId);
      case 'acquire':
        return this.acquire(step);
      case 'release':
        return under.links.release(step.side, step.workerId);
      case 'report':
        return under.links.report(step.side, step.workerId, step.inService);
      case 'hold':
        return step.isHeld ? under.sides.hold(step.side, 'ann') : under.sides.release(step.side);
      case 'protect':
        return this.protect(step);
      case 'setPace':
        under.setPace(step.side, paceOf(step));
        return undefined;
      case 'shrinkPace':
        return this.shrinkPace(step);
      case 'getReady':
        return this.getReady();
      case 'count':
        return this.count(step);
      case 'overdue':
        return under.roll.overdue(under.nowMs + step.inMs, step);
      case 'restart':
        return under.restart();
      case 'backUp':
        this.restore = await under.backUp();
        return undefined;
      case 'restore':
        await this.restore?.();
        return undefined;
    }
  }

  /** Everything that can be read. */
  async state(): Promise<unknown> {
    const { store, leases, links, sides, roll } = this.under;
    const loaded = await Promise.all(agentIds.map((id) => store.load(keyOf(id))));
    const live = await leases.live();
    return {
      records: loaded.map(({ agent, version: known, now }) => ({ agent, now, isKnown: known !== '' })),
      lines: (await this.under.lines()).map(({ at, agentId: id, epoch, entry }) => ({ at, agentId: id, epoch, entry })),
      live: sorted(live.map((server) => ({ ...server, asserted: this.generation(server.asserted) }))),
      lapsed: sorted(await leases.lapsed()),
      agents: await Promise.all(serverIds.map(async (id) => sorted(await leases.recordedAgents(id)))),
      links: await links.holders(),
      holds: sorted(await sides.holds()),
      protections: await sides.protections(),
      counts: await Promise.all(bothSides.map((each) => this.count({ side: each, fromAgoMs: 9e9, toAgoMs: 0 }))),
      overdue: await roll.overdue(Number.MAX_SAFE_INTEGER, { phases: waiting, limit: 100 }),
    };
  }

  private async request(asked: Extract<Step, { does: 'issue' | 'put' }>): Promise<CommitRequest> {
    const current = await this.under.store.load(keyOf(asked.agentId));
    const earlier = this.read.get(asked.agentId) ?? current;
    this.read.set(asked.agentId, current);
    const { agent: before, version: known } = asked.version === 'earlier' ? earlier : current;
    const expectedVersion = asked.version === 'none' ? '' : known;
    const { nowMs } = this.under;
    const epoch = before.epoch + 1;
    const dueAt = nowMs + asked.inMs;
    const lost = asked.does === 'put' ? desktopOf(asked.agentId) : desktopOrNone(asked.agentId, asked.serverId);
    const loss = lossOn(lost, { epoch });
    if (asked.does === 'put') {
      const phases: Readonly<Record<typeof asked.phase, Phase>> = {
        settled: { name: 'settled', outcome: 'failed', at: dueAt },
        grace: { name: 'grace', loss, dueAt },
        held: { name: 'held', loss, dueAt, reasons: ['call'] },
      };
      return firstCommit({ ...before, epoch, phase: phases[asked.phase] }, { before, expectedVersion });
    }
    const times = { dueAt, since: nowMs, deadline: nowMs + 45_000 };
    const phase = { name: 'issuing', loss, pending: null, ...times } as const;
    const issuing = { notBefore: dueAt };
    return firstCommit({ ...before, epoch, phase }, { before, expectedVersion, issuing, entries: [suppressed] });
  }

  private async lose({ agentId: id, serverId: at, cause: why }: Extract<Step, { does: 'lose' }>): Promise<unknown> {
    const answers = [await this.life.openDesktop(id, at), await this.life.loseDesktop(id, at, why)];
    return { answers, count: await this.count({ side: sideOf(at), fromAgoMs: 0, toAgoMs: 0 }) };
  }

  /** A lower limit than one that was given: the highest one of a minute holds. */
  private async shrinkPace({ serverId: at, afterMs }: Extract<Step, { does: 'shrinkPace' }>): Promise<unknown> {
    const { under } = this;
    under.setPace(sideOf(at), { perMinuteMax: 5, perSecondMax: null });
    const answers = [await this.issueAll(at, 1)];
    under.setPace(sideOf(at), { perMinuteMax: 1, perSecondMax: null });
    await under.advance(afterMs);
    return [...answers, await this.issueAll(at, 3)];
  }

  /** One after the other. */
  private async issueAll(serverId: (typeof serverIds)[number] | null, count = agentIds.length): Promise<unknown> {
    const answers: unknown[] = [];
    for (const agentId of agentIds.slice(0, count)) {
      const asked = { does: 'issue', agentId, serverId, inMs: 0, version: 'current' } as const;
      answers.push(await this.under.store.commit(await this.request(asked)));
    }
    return answers;
  }

  /** As one batch: each by its own version, also where two are about one agent. */
  private async commitTogether(ids: readonly string[]): Promise<unknown> {
    const loaded = await Promise.all(ids.map((id) => this.under.store.load(keyOf(id))));
    const requests = loaded.map(({ agent: before, version: expectedVersion }) =>
      firstCommit({ ...before, epoch: before.epoch + 1 }, { before, expectedVersion, entries: [suppressed] }),
    );
    return Promise.all(requests.map((request) => this.under.store.commit(request)));
  }

  private async note(id: string | null): Promise<unknown> {
    const { store, journal } = this.under;
    const entry = { what: 'sideProtected', loss: null, side: 'primary', state: 'held', sentence: 'Held.' } as const;
    if (id === null) return journal.note(entry);
    const { agent, version: expectedVersion } = await store.load(keyOf(id));
    return store.commit(firstCommit(agent, { before: agent, expectedVersion, entries: [suppressed] }));
  }

  private async renew({ serverId: id, asserts }: Extract<Step, { does: 'renew' }>): Promise<unknown> {
    if (asserts === 'afterRenewal') await this.renew({ does: 'renew', serverId: id, asserts: 'nothing' });
    const known = asserts === 'earlier' ? this.generations[0] : this.generations.at(-1);
    const asserted = asserts === 'nothing' ? '' : (known ?? '');
    const renewal = await this.under.leases.renew(id, sideOf(id), asserted);
    return { ...renewal, generation: this.generation(renewal.generation) };
  }

  private async sweepServer({ serverId: id, limit }: Extract<Step, { does: 'sweepServer' }>): Promise<unknown> {
    const found = await this.under.leases.agentsOf(id, limit);
    // Any of them will do.
    return found.length < limit ? sorted(found) : found.length;
  }

  private async acquire(asked: Extract<Step, { does: 'acquire' }>): Promise<unknown> {
    const { links } = this.under;
    const grant = await links.acquire(asked.side, asked.workerId);
    const before = await links.holders();
    if (asked.reports !== null) await links.report(asked.side, asked.workerId, asked.reports);
    return { grant, before, after: await links.holders() };
  }

  private async protect({ side: of, before, after }: Extract<Step, { does: 'protect' }>): Promise<unknown> {
    const known = before === 'known' ? (await this.under.sides.protections())[of] : before;
    return this.under.sides.protect(of, known, after);
  }

  private async count(asked: { side: Side; fromAgoMs: number; toAgoMs: number }): Promise<unknown> {
    const { sides, nowMs } = this.under;
    const [fromMs, toMs] = [nowMs - asked.fromAgoMs, nowMs - asked.toAgoMs];
    return {
      present: await sides.presentCount(asked.side),
      absent: await sides.absentCount(asked.side),
      lost: await sides.lossCount(asked.side, fromMs, toMs),
      absentSince: await sides.absentSince(asked.side, fromMs),
    };
  }

  private generation(id: string): number | '' {
    if (id === '') return '';
    if (!this.generations.includes(id)) this.generations.push(id);
    return this.generations.indexOf(id);
  }
}

function desktopOrNone(agent: string, server: string | null): Desktop | null {
  return server === null ? null : desktopOf(agent, server);
}

function sideOf(id: string): Side {
  return id.startsWith('primary') ? 'primary' : 'secondary';
}

function paceOf({ perMinuteMax, perSecondMax }: Pace): Pace {
  return { perMinuteMax, perSecondMax };
}

function eventOf(happened: Extract<Step, { does: 'open' | 'close' | 'loseServer' }>): AgentEvent {
  const { agentId: id, serverId: at } = happened;
  const desktop = desktopOf(id, at);
  if (happened.does === 'open') return { type: 'desktopOpened', desktop };
  if (happened.does === 'loseServer') return { type: 'serverLost', serverId: at };
  return { type: 'desktopClosed', connection: desktop.connection, cause: happened.cause, seenBy: 'the test' };
}

/** For what has no order of its own. */
function sorted<T>(items: readonly T[]): T[] {
  return [...items].sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1));
}
