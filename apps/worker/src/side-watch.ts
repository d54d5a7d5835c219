import { type Loss, type Side } from '#domain/agent';
import {
  beginsProtection,
  judgeProtection,
  type Pace,
  paceOf,
  protectedUntil,
  type Protection,
} from '#domain/mass-loss';
import { type MassLossPolicy } from '#domain/policy';
import { type Journal } from '#store/journal';
import { type Sides } from '#store/sides';
import { type Logger } from 'pino';
import { Recent } from './recent';

/** A side is judged at most this often: a burst of looks shares one judgement. */
export const judgementMsMax = 500;

const sides = ['primary', 'secondary'] as const;

export interface SideWatchParts {
  readonly sides: Pick<
    Sides,
    'protections' | 'protect' | 'presentCount' | 'absentCount' | 'lossCount' | 'absentSince' | 'clearedSince'
  >;
  readonly journal: Pick<Journal, 'note'>;
  readonly policy: MassLossPolicy;
  readonly monotonicMs: () => number;
  readonly log: Logger;
}

type Protections = Readonly<Record<Side, Protection | null>>;

/**
 * Watches both sides for mass losses: counts, lets `judgeProtection` judge, and keeps the verdict in Redis, where every
 * worker finds the same one. A judgement that somebody else has overtaken is thrown away. Each turn of a protection is
 * in the journal once, by the worker that made it. The log of every worker says when losses begin to be held, as an alarm,
 * and when requests resume, whoever judged so.
 */
export class SideWatch {
  private readonly protections: Recent<Protections>;
  private readonly present: Readonly<Record<Side, Recent<number>>>;
  private readonly absent: Readonly<Record<Side, Recent<number>>>;
  /** When the protection began that the log has and of whose end it has nothing yet. */
  private readonly logged: Record<Side, number | null> = { primary: null, secondary: null };
  private ended: (side: Side) => void = () => undefined;

  constructor(private readonly parts: SideWatchParts) {
    const { sides: store, monotonicMs } = parts;
    const recent = <T>(ask: () => Promise<T>): Recent<T> => new Recent(judgementMsMax, monotonicMs, ask);
    this.protections = recent(() => store.protections());
    this.present = {
      primary: recent(() => store.presentCount('primary')),
      secondary: recent(() => store.presentCount('secondary')),
    };
    this.absent = {
      primary: recent(() => store.absentCount('primary')),
      secondary: recent(() => store.absentCount('secondary')),
    };
  }

  /** Called when a side's losses are not held for a mass loss any more, by the worker that judged so. */
  onEnd(ended: (side: Side) => void): void {
    this.ended = ended;
  }

  /** Judges both sides by what was lost of late; called with every sweep. `now`: Redis time. */
  async judge(now: number): Promise<void> {
    const { windowMs } = this.parts.policy;
    const known = await this.protections.read();
    for (const side of sides) await this.judgeSide(side, known[side], now - windowMs, now);
    const judged = await this.protections.read();
    for (const side of sides) this.log(side, judged[side], await this.present[side].read());
  }

  /**
   * Until when this loss is held by a mass loss at the longest (epoch ms); null: it is not. A worker that was away may find
   * a burst long after it: what counts is how many were lost together with this one. When a protection ends is for `judge` to say.
   */
  async protectedUntil(loss: Loss, side: Side, now: number): Promise<number | null> {
    const { policy } = this.parts;
    const { windowMs, holdMsMax } = policy;
    const limitedSide = loss.cause === 'bye' ? null : side;
    const known = await this.protections.read();
    const until = protectedUntil(known, limitedSide, policy);
    if (until !== null || limitedSide === null || now - loss.lostAt > holdMsMax) return until;
    for (const fromMs of [loss.lostAt - windowMs, loss.lostAt]) {
      if (await this.isBurst(side, known[side], fromMs)) await this.judgeSide(side, known[side], fromMs, now);
    }
    return protectedUntil(await this.protections.read(), limitedSide, policy);
  }

  /** Rule M4, for the store's commit. */
  async paceOf(side: Side): Promise<Pace> {
    const { policy } = this.parts;
    const [known, present, absent] = await Promise.all([
      this.protections.read(),
      this.present[side].read(),
      this.absent[side].read(),
    ]);
    return paceOf(known[side], present + absent, policy);
  }

  private async isBurst(side: Side, known: Protection | null, fromMs: number): Promise<boolean> {
    const { sides: store, policy } = this.parts;
    const [present, burst] = await Promise.all([
      this.present[side].read(),
      store.lossCount(side, fromMs, fromMs + policy.windowMs),
    ]);
    return beginsProtection(known, { present, burst }, fromMs, policy);
  }

  /** Judges one side by the losses of the window that begins at `fromMs`. */
  private async judgeSide(side: Side, known: Protection | null, fromMs: number, now: number): Promise<void> {
    const { sides: store, policy } = this.parts;
    const since = known === null || known.state === 'over' ? null : known.since - policy.windowMs;
    const [present, burst, absent, cleared] = await Promise.all([
      this.present[side].read(),
      store.lossCount(side, fromMs, fromMs + policy.windowMs),
      since === null ? 0 : store.absentSince(side, since),
      since === null ? 0 : store.clearedSince(side, since),
    ]);
    const judged = judgeProtection(known, { present, burst, absent, cleared }, fromMs, now, policy);
    if (judged === known) return;
    const isOurs = await store.protect(side, known, judged);
    this.protections.forget();
    if (!isOurs || judged?.state === known?.state) return;
    this.log(side, judged, present);
    await this.tell(side, judged ?? (known?.state === 'held' ? { ...known, state: 'over' } : null), present);
    if (known?.state === 'held') this.ended(side);
  }

  private async tell(side: Side, protection: Protection | null, present: number): Promise<void> {
    if (protection === null) return;
    const sentence = sentenceOf(side, protection, present, this.parts.policy);
    await this.parts.journal.note({ what: 'sideProtected', loss: null, side, state: protection.state, sentence });
  }

  private log(side: Side, protection: Protection | null, present: number): void {
    const { log, policy } = this.parts;
    const heldSince = protection?.state === 'held' ? protection.since : null;
    if (heldSince === this.logged[side]) return;
    this.logged[side] = heldSince;
    const line = { lostSide: side, ...protection };
    if (protection?.state === 'held')
      log.warn({ alarm: true, ...line, present }, sentenceOf(side, protection, present, policy));
    else log.info(line, endOf(side, protection, present, policy));
  }
}

function endOf(side: Side, protection: Protection | null, present: number, policy: MassLossPolicy): string {
  const sentence = sentenceOf(side, protection ?? { state: 'over', since: 0, lost: 0 }, present, policy);
  return `${sentence} Requests for its agents resume.`;
}

function sentenceOf(
  side: Side,
  { state, since, lost }: Protection,
  present: number,
  { holdMsMax }: Pick<MassLossPolicy, 'holdMsMax'>,
): string {
  switch (state) {
    case 'held': {
      const until = new Date(since + holdMsMax).toISOString();
      return `The ${side} side lost the desktops of ${String(lost)} of ${String(lost + present)} agents at once: its losses are held until most are back, ${until} at the latest.`;
    }
    case 'released':
      return `The losses of the ${side} side are let go by an operator.`;
    case 'slow':
      return `The ${side} side has been protected for as long as it may be: those still absent are signed out slowly.`;
    case 'over':
      return `The ${side} side is not protected any more.`;
  }
}
