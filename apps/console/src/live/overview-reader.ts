import { type Agent, type HoldReason, type Side } from '#domain/agent';
import { type Protection } from '#domain/mass-loss';
import { type MassLossPolicy } from '#domain/policy';
import { type Drains } from '#store/drains';
import { type Journal } from '#store/journal';
import { type LinkLease } from '#store/links';
import { type PolicyDifference } from '#store/policy-watch';
import { type RequestPlaces } from '#store/request-places';
import { type Roll } from '#store/roll';
import { type Finding } from '#store/store-checks';
import { type LiveServer, type ServerLeases } from '#store/servers';
import { type Sides } from '#store/sides';
import { type ListedAgent } from '#store/without-desktop';
import { type AgentView, viewOf } from '../api/agent-view';
import { alarmsOf } from './alarms';
import { type Crowd, crowdsOf } from './crowds';
import { HeldReader } from './held-reader';
import { type Overview, type Reading, type ServerState, type SideState } from './overview';
import { type RejectedLoss } from './rejected';
import { judge } from './verdict';

export interface OverviewSources {
  readonly peripheralId: number;
  readonly massLoss: MassLossPolicy;
  /** Forced logouts per second that the CTI server is asked for. */
  readonly requestsPerSecondMax: number;
  readonly roll: Roll;
  readonly journal: Journal;
  readonly sides: Sides;
  readonly drains: Drains;
  readonly servers: ServerLeases;
  readonly links: LinkLease;
  /** The line of those whom a side's limit of requests refused; null: that of no side. */
  readonly placesOf: (side: Side | null) => Promise<RequestPlaces>;
  /** The store's present life, as servers assert their desktops for it. */
  readonly generation: () => Promise<string>;
  readonly findings: () => readonly Finding[];
  /** What is wrong with records that were met lately and cannot be read. */
  readonly unreadable: () => readonly string[];
  /** Processes that act by another policy than this one. */
  readonly policyDifferences: () => readonly PolicyDifference[];
  readonly aloneAmongPeripherals: () => string | undefined;
  /** What the store was seen to have forgotten; null: nothing lately. */
  readonly dataLoss: (now: number) => Promise<string | null>;
  /** Agents signed in with no desktop open and no loss under way, the longest first. */
  readonly withoutDesktop: () => Promise<readonly ListedAgent[]>;
  readonly queue: {
    /** Delayed jobs that were due before this time (epoch ms). */
    getDelayedCount(before: number): Promise<number>;
    isPaused(): Promise<boolean>;
  };
}

/** What a page shows: the overview, and the agents it lists row by row. */
export interface Snapshot {
  readonly overview: Overview;
  readonly agents: readonly AgentView[];
}

/** Agents listed of each phase that needs attention; the rest of a mass loss is told by counts. */
export const rowsPerPhaseMax = 200;
/** A wake-up is overdue when it is later than any ordinary delay of BullMQ. */
export const overdueAfterMs = 2_000;
/** A quarter of an hour of losses, minute by minute: as long as a mass loss is held. */
const minutesShown = 15;
/** Failed losses stay on top of the page for this long. */
const failedShownMs = 15 * 60_000;
const failedShownMax = 10;
/** They are rare and come with an alarm line at once; looking for them through the journal costs more than the rest. */
const failedLookMs = 10_000;

/** Agents without a desktop that a page names; the API lists all of them. */
const withoutDesktopShown = 20;
/** There may be thousands who work with a telephone alone, and the workers list them anew every 15 s. */
const withoutDesktopLookMs = 5_000;

const minuteMs = 60_000;
const bothSides: readonly Side[] = ['primary', 'secondary'];

/** Reads, in a few dozen small commands, what is going on in the whole peripheral. */
export class OverviewReader {
  private failed: Reading['failed'] = [];
  private failedReadAt = 0;
  private without: Reading['withoutDesktop'] = { count: 0, longest: [] };
  private withoutReadAt = 0;
  private readonly heldReader: HeldReader;

  constructor(private readonly sources: OverviewSources) {
    this.heldReader = new HeldReader(sources.roll, sources.journal);
  }

  /** Ghosts whose sign-out the CTI server has rejected, the longest first. */
  rejected(now: number): Promise<readonly RejectedLoss[]> {
    return this.heldReader.rejected(now);
  }

  async read(): Promise<Snapshot> {
    const { roll, queue, peripheralId, massLoss } = this.sources;
    const now = await roll.now();
    const [phases, issuing, held, grace, sides, overdueWakeUps, queuePaused, failed, dataLoss, without] =
      await Promise.all([
        roll.phaseCounts(),
        roll.byPhase('issuing', { limit: rowsPerPhaseMax }),
        roll.byPhase('held', { limit: rowsPerPhaseMax }),
        roll.byPhase('grace', { limit: rowsPerPhaseMax }),
        this.readSides(now),
        queue.getDelayedCount(now - overdueAfterMs),
        queue.isPaused(),
        this.readFailed(now),
        this.sources.dataLoss(now),
        this.readWithoutDesktop(now),
      ]);
    const allHeld = await this.heldReader.all(held, phases.held, now);
    const reading: Reading = {
      peripheralId,
      now,
      phases,
      sides,
      ...summarizeHeld(held, allHeld),
      crowds: await this.readCrowds(allHeld, now),
      failed,
      dataLoss,
      findings: this.sources.findings(),
      unreadable: this.sources.unreadable(),
      policyDifferences: this.sources.policyDifferences(),
      aloneAmongPeripherals: this.sources.aloneAmongPeripherals(),
      withoutDesktop: without,
      rejected: await this.heldReader.shownRejected(allHeld, now),
      overdueWakeUps,
      queuePaused,
    };
    return {
      overview: { ...reading, verdict: judge(reading, massLoss), alarms: alarmsOf(reading) },
      agents: [...issuing, ...held, ...grace].map(viewOf),
    };
  }

  /** Both sides as they are at `now`, epoch ms of Redis. */
  async readSides(now: number): Promise<SideState[]> {
    const { sides, servers, links } = this.sources;
    const [generation, live, lapsed, holders, holds, protections, drains] = await Promise.all([
      this.sources.generation(),
      servers.live(),
      servers.lapsed(),
      links.holders(),
      sides.holds(),
      sides.protections(),
      this.sources.drains.all(),
    ]);
    return Promise.all(
      bothSides.map(async (side): Promise<SideState> => {
        const holder = holders.find((one) => one.side === side);
        const hold = holds.find((one) => one.side === side);
        const drain = drains.find((one) => one.side === side);
        const [present, lossesPerMinute] = await Promise.all([sides.presentCount(side), this.lossesOf(side, now)]);
        return {
          side,
          present,
          servers: [
            ...live.filter((one) => one.side === side).map((one) => stateOf(one, generation)),
            ...lapsed
              .filter((one) => one.side === side)
              .map(({ serverId }) => ({ serverId, state: 'lapsed' }) as const),
          ],
          link: holder === undefined ? null : { workerId: holder.workerId, inService: holder.inService },
          hold: hold === undefined ? null : { by: hold.by, since: hold.since },
          drain: drain === undefined ? null : { by: drain.by, since: drain.since, overMs: drain.overMs },
          protection: shownProtection(protections[side]),
          lossesPerMinute,
        };
      }),
    );
  }

  private lossesOf(side: Side, now: number): Promise<number[]> {
    const minutesAgo = Array.from({ length: minutesShown }, (_, index) => minutesShown - index);
    return Promise.all(
      minutesAgo.map((minutes) => {
        const from = now - minutes * minuteMs;
        return this.sources.sides.lossCount(side, from + 1, from + minuteMs);
      }),
    );
  }

  private async readCrowds(held: readonly Agent[], now: number): Promise<readonly Crowd[]> {
    if (held.length === 0) return [];
    const { sides, massLoss, requestsPerSecondMax: perSecondMax, placesOf } = this.sources;
    const [protections, primary, secondary, ...places] = await Promise.all([
      sides.protections(),
      this.signedInOf('primary'),
      this.signedInOf('secondary'),
      placesOf('primary'),
      placesOf('secondary'),
      placesOf(null),
    ]);
    const [ofPrimary, ofSecondary, ofNone] = places;
    const ofLine = (side: Side | null): RequestPlaces =>
      side === 'primary' ? ofPrimary : side === 'secondary' ? ofSecondary : ofNone;
    const signedIn = { primary, secondary };
    return crowdsOf({ now, held, protections, signedIn, placesOf: ofLine, massLoss, perSecondMax });
  }

  /** As the workers count them for the limit of a side. */
  private async signedInOf(side: Side): Promise<number> {
    const { sides } = this.sources;
    const [present, absent] = await Promise.all([sides.presentCount(side), sides.absentCount(side)]);
    return present + absent;
  }

  private async readWithoutDesktop(now: number): Promise<Reading['withoutDesktop']> {
    if (now - this.withoutReadAt < withoutDesktopLookMs) return this.without;
    this.withoutReadAt = now;
    const agents = await this.sources.withoutDesktop();
    this.without = { count: agents.length, longest: agents.slice(0, withoutDesktopShown) };
    return this.without;
  }

  private async readFailed(now: number): Promise<Reading['failed']> {
    if (now - this.failedReadAt < failedLookMs) return this.failed;
    this.failedReadAt = now;
    const since = now - failedShownMs;
    const read = async (outcome: 'failed' | 'raced'): Promise<Reading['failed']> => {
      const losses = await this.sources.journal.read({ outcome, since, limit: failedShownMax });
      return losses.map(({ agentId, epoch, sentence }) => ({
        agentId,
        epoch,
        outcome,
        sentence: aboutAgent(agentId, sentence),
      }));
    };
    this.failed = (await Promise.all([read('failed'), read('raced')])).flat();
    return this.failed;
  }
}

/** The last line of such a loss is its alarm, which names the agent; an earlier line may not. */
function aboutAgent(agentId: string, sentence: string): string {
  return sentence.startsWith('Agent ') ? sentence : `Agent ${agentId}: ${sentence}`;
}

function stateOf({ serverId, asserted }: LiveServer, generation: string): ServerState {
  return { serverId, state: asserted === '' || asserted !== generation ? 'mustAssert' : 'live' };
}

/** Reasons are counted over `all`, of the others those that were due first are enough. */
function summarizeHeld(
  agents: readonly Agent[],
  all: readonly Agent[],
): Pick<Reading, 'heldReasons' | 'heldCounted' | 'heldSince' | 'alarmed'> {
  const heldReasons: Partial<Record<HoldReason, number>> = {};
  for (const { phase } of all) {
    if (phase.name !== 'held') continue;
    for (const reason of phase.reasons) heldReasons[reason] = (heldReasons[reason] ?? 0) + 1;
  }
  const alarmed: { agentId: string; epoch: number }[] = [];
  let heldSince: number | null = null;
  for (const { key, phase } of agents) {
    if (phase.name !== 'held') continue;
    const since = phase.loss.heldSince ?? phase.dueAt;
    heldSince = Math.min(heldSince ?? since, since);
    if (phase.loss.alarmed) alarmed.push({ agentId: key.agentId, epoch: phase.loss.epoch });
  }
  return { heldReasons, heldCounted: all.length, heldSince, alarmed };
}

function shownProtection(protection: Protection | null): SideState['protection'] {
  if (protection?.state !== 'held' && protection?.state !== 'slow') return null;
  return { state: protection.state, since: protection.since };
}
