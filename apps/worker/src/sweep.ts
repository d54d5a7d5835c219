import { type Agent, type AgentKey } from '#domain/agent';
import { type Engine } from '#engine/engine';
import { type BullWakeUps } from '#queue/bull-wake-ups';
import { type StoreClock } from '#store/clock/store-clock';
import { type LeftOut } from '#store/agent-lines';
import { type Journal } from '#store/journal';
import { type Roll } from '#store/roll';
import { type ServerLeases } from '#store/servers';
import { type Logger } from 'pino';
import { type LeftOutLines } from './left-out-lines';
import { type SideWatch } from './side-watch';

/** Agents of lapsed servers closed in one page; pages follow each other until none is left. */
export const closePageSize = 500;
export const closePagesMax = 100;

/** Overdue records that one sweep sees to, held ones and others; the next sweep goes on. */
export const overdueMax = 5_000;

/** Agents that an alarm names. */
const agentsNamedMax = 10;

/** Commits under way at once. */
export const sweepConcurrency = 50;

/** A wake-up gets this long after its due time before the record counts as overdue. */
export const overdueSlackMs = 1_000;

/** A loss that nobody has looked at for this long after its due time: wake-ups do not arrive, and an alarm says so. */
export const overdueAlarmMs = 60_000;

export interface SweepReport {
  readonly serversLost: number;
  readonly desktopsClosed: number;
  readonly overdue: number;
  /** Lines about agents that were left out of the journal, as it says since this sweep. */
  readonly leftOut: readonly LeftOut[];
}

/**
 * The truth behind the wake-ups (rule SWEEP): closes the desktops of servers whose lease has ended, and gives every
 * record that is overdue a wake-up, whatever became of its job. Doing it twice, or on two workers, is harmless.
 */
export class Sweep {
  private alarmed = false;
  private heldOffset = 0;

  constructor(
    private readonly parts: {
      peripheralId: number;
      servers: Pick<ServerLeases, 'lapsed' | 'agentsOf' | 'remove'>;
      roll: Pick<Roll, 'now' | 'overdue' | 'restoring'>;
      engine: Pick<Engine, 'handle'>;
      wakeUps: Pick<BullWakeUps, 'arm' | 'ensure'>;
      sideWatch: Pick<SideWatch, 'judge'>;
      journal: Pick<Journal, 'trim'>;
      journalKeepMs: number;
      leftOutLines: Pick<LeftOutLines, 'tell'>;
      clock: Pick<StoreClock, 'look' | 'unsettled'>;
      /** Of a server. */
      leaseMs: number;
      log: Logger;
    },
  ) {}

  async run(): Promise<SweepReport> {
    const { servers, log } = this.parts;
    const lapsed = await this.lapsedServers();
    let desktopsClosed = 0;
    for (const { serverId, side } of lapsed) {
      const closed = await this.closeDesktopsOf(serverId);
      desktopsClosed += closed;
      const removal = await servers.remove(serverId);
      log.warn(
        { lostServer: serverId, lostSide: side, agents: closed, removal },
        `the lease of server ${serverId} has ended: its ${String(closed)} agent(s) count as lost`,
      );
    }
    const overdue = await this.wakeOverdue();
    // Last: a fault of it keeps nobody from being looked at.
    const leftOut = await this.parts.leftOutLines.tell();
    return { serversLost: lapsed.length, desktopsClosed, overdue, leftOut };
  }

  /** None while store time is not settled: a step ends leases that were renewed in time. */
  private async lapsedServers(): ReturnType<ServerLeases['lapsed']> {
    const { servers, clock, leaseMs } = this.parts;
    const lapsed = await servers.lapsed();
    await clock.look();
    return clock.unsettled(leaseMs) === null ? lapsed : [];
  }

  private async closeDesktopsOf(serverId: string): Promise<number> {
    const { servers, engine } = this.parts;
    let closed = 0;
    for (let page = 0; page < closePagesMax; page++) {
      const agentIds = await servers.agentsOf(serverId, closePageSize);
      if (agentIds.length === 0) break;
      await eachLimited(agentIds, (agentId) => engine.handle(this.keyOf(agentId), { type: 'serverLost', serverId }));
      closed += agentIds.length;
    }
    return closed;
  }

  /**
   * Records whose time is past are looked at now. Held ones are past their time by nature, and each has its own time to be
   * looked at again: they only must have a wake-up. With more of them than one sweep sees, the next one goes on.
   */
  private async wakeOverdue(): Promise<number> {
    const { roll, wakeUps, sideWatch, journal, journalKeepMs } = this.parts;
    const now = await roll.now();
    await sideWatch.judge(now);
    await journal.trim(now - journalKeepMs);
    const before = now - overdueSlackMs;
    const late = await roll.overdue(before, { phases: ['issuing', 'grace'], limit: overdueMax });
    await eachLimited(late, (agent) => wakeUps.arm(agent.key, agent.epoch, now, now));
    const restoring = await roll.restoring(overdueMax);
    await eachLimited(restoring, (agent) => wakeUps.ensure(agent.key, agent.epoch, now));
    const held = await roll.overdue(before, { phases: ['held'], limit: overdueMax, offset: this.heldOffset });
    await eachLimited(held, (agent) => wakeUps.ensure(agent.key, agent.epoch, now));
    this.heldOffset = held.length === overdueMax ? this.heldOffset + overdueMax : 0;
    this.alarm(late.filter(({ phase }) => phase.name === 'grace' && phase.dueAt < now - overdueAlarmMs));
    return late.length + held.length + restoring.length;
  }

  /** Once when it begins and once when it ends, not with every sweep. */
  private alarm(unseen: readonly Agent[]): void {
    const { log } = this.parts;
    if (unseen.length > 0 && !this.alarmed) {
      const agentIds = unseen.slice(0, agentsNamedMax).map(({ key }) => key.agentId);
      log.error(
        { alarm: true, losses: unseen.length, agentIds },
        'losses are overdue and nobody looks at them: is the queue paused, or every worker stuck?',
      );
    }
    if (unseen.length === 0 && this.alarmed) log.info('overdue losses are looked at again');
    this.alarmed = unseen.length > 0;
  }

  private keyOf(agentId: string): AgentKey {
    return { peripheralId: this.parts.peripheralId, agentId };
  }
}

async function eachLimited<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < items.length; start += sweepConcurrency) {
    await Promise.all(items.slice(start, start + sweepConcurrency).map(act));
  }
}
