import { type Logger } from 'pino';
import { type Cause } from '#domain/agent';
import { type AgentRate } from '../agent-rate';
import { type Holding } from '../desktop-table';
import { openingRate } from '../gateway';
import { type PresenceDesk } from '../presence-desk';
import { type XmppTally } from './xmpp-tally';

/** An opening is told after so long, whatever the rate says: others may have taken all of it. */
export const postponedMsMax = 5_000;

/** As many as desktops are followed. Beyond it an opening is told at once. */
export const postponedMax = 15_000;

/** How often those that wait are looked at: what the rate lets through one by one. */
export const postponedLookMs = 1_000 / openingRate.perSecond;

/** One line says how many there were since the one before. */
const lineEveryMs = 60_000;

export interface PostponedOpeningsParts {
  readonly desk: Pick<PresenceDesk, 'assert' | 'close'>;
  /** Of all ways in together: what an agent opens by WebSocket, by a feed and at the XMPP server counts as one. */
  readonly openings: Pick<AgentRate, 'take'>;
  readonly tally: Pick<XmppTally, 'postponed'>;
  readonly log: Pick<Logger, 'warn'>;
}

interface Postponed {
  readonly holding: Holding;
  readonly sinceMs: number;
  /** Why it is gone again; null while it is there. */
  cause: Cause | null;
}

/**
 * Openings that the XMPP server reports faster than an agent may open desktops. Presence cannot be refused there, so they
 * are told later, and what is outdated by then is not told at all:
 *
 * - A desktop is in the table from its first sight on, so a last look finds it however long its opening waits.
 * - One that is gone before its turn stays in the table until then. Its opening and its end are told together, so that the
 *   loss begins no earlier than the desktop went, with its whole grace.
 * - Of one agent, only the latest that is gone is told. Whatever comes after it says all that it says.
 */
export class PostponedOpenings {
  /** By agent, in the order of their openings. */
  private readonly waiting = new Map<string, Postponed[]>();
  private count = 0;
  private timer: NodeJS.Timeout | undefined;
  private unsaid = 0;
  private saidAtMs = -Infinity;

  constructor(private readonly parts: PostponedOpeningsParts) {}

  /** Openings that are still to be told. */
  get size(): number {
    return this.count;
  }

  /** Tells the opening of a desktop that is held, now or later. */
  open(holding: Holding): void {
    const { agentId } = holding;
    const sinceMs = this.dropGone(agentId) ?? performance.now();
    const mayTell = !this.waiting.has(agentId) && this.parts.openings.take(agentId);
    if (mayTell || this.count >= postponedMax) {
      void this.parts.desk.assert(holding);
      return;
    }
    const ofAgent = this.waiting.get(agentId) ?? [];
    this.waiting.set(agentId, ofAgent);
    ofAgent.push({ holding, sinceMs, cause: null });
    this.count += 1;
    this.say(agentId);
    this.timer ??= setInterval(this.look.bind(this), postponedLookMs).unref();
  }

  /** Tells the end of a desktop, with its opening if that has still to be told. */
  close(holding: Holding, cause: Cause): void {
    const { agentId } = holding;
    const postponed = this.waiting.get(agentId)?.find((other) => other.holding === holding);
    if (postponed === undefined) {
      this.parts.desk.close(holding, cause);
      return;
    }
    this.dropGone(agentId);
    postponed.cause = cause;
  }

  /** Tells all that waits of one agent. Resolves when what is told after this is told after all of that. */
  async tellNow(agentId: string): Promise<void> {
    const ofAgent = this.waiting.get(agentId) ?? [];
    this.forget(agentId, ofAgent.length);
    await Promise.all(ofAgent.map((postponed) => this.tell(postponed)));
  }

  /** Nothing waits any more. */
  stop(): void {
    for (const agentId of [...this.waiting.keys()]) void this.tellNow(agentId);
  }

  private look(): void {
    const nowMs = performance.now();
    for (const [agentId, ofAgent] of this.waiting) {
      let told = 0;
      for (const postponed of ofAgent) {
        if (!this.parts.openings.take(agentId) && nowMs - postponed.sinceMs < postponedMsMax) break;
        void this.tell(postponed);
        told += 1;
      }
      this.forget(agentId, told);
    }
  }

  private async tell({ holding, cause }: Postponed): Promise<void> {
    const asserted = this.parts.desk.assert(holding);
    if (cause === null) return;
    await asserted;
    this.parts.desk.close(holding, cause);
  }

  /**
   * Answers since when the first of them waited: what takes its place waits no longer for it. The store may have been told
   * of one all the same, when it changed: then its end is told, too.
   */
  private dropGone(agentId: string): number | undefined {
    const ofAgent = this.waiting.get(agentId) ?? [];
    for (const { holding, cause } of ofAgent) if (cause !== null) this.parts.desk.close(holding, cause);
    const open = ofAgent.filter(({ cause }) => cause === null);
    this.count -= ofAgent.length - open.length;
    if (open.length > 0) this.waiting.set(agentId, open);
    else this.waiting.delete(agentId);
    return ofAgent.find(({ cause }) => cause !== null)?.sinceMs;
  }

  /** The first so many of an agent. */
  private forget(agentId: string, count: number): void {
    const left = (this.waiting.get(agentId) ?? []).slice(count);
    this.count -= count;
    if (left.length > 0) this.waiting.set(agentId, left);
    else this.waiting.delete(agentId);
    if (this.waiting.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  private say(agentId: string): void {
    this.parts.tally.postponed();
    this.unsaid += 1;
    const nowMs = performance.now();
    if (nowMs - this.saidAtMs < lineEveryMs) return;
    this.parts.log.warn(
      { agentId, openings: this.unsaid },
      `XMPP: an agent opens more than ${String(openingRate.perSecond)} desktops per second; they are held, and told later`,
    );
    this.saidAtMs = nowMs;
    this.unsaid = 0;
  }
}
