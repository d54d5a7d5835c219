/**
 * When a desktop counts as lost: nothing was heard of it for `detectionMs`. The server pings by WebSocket frames, which a
 * browser answers without JavaScript, so a throttled tab is safe. All times are monotonic ms.
 */
export interface SilenceRule {
  readonly detectionMs: number;
  readonly pingEveryMs: number;
  /** How often the rule is applied; a verdict is late by no more than this. */
  readonly tickMs: number;
  /**
   * A server whose event loop stood still for longer than this may have slept through answers that wait in its sockets:
   * its verdicts of that time are void, and every desktop's silence begins anew.
   */
  readonly stallMsMax: number;
}

/** Two pings fit into the time of detection, with a fifth of it left for the answer to the second. */
const pingShare = 0.4;
const ticksPerDetection = 25;

/** A second is worth mentioning in any case; with a short detection, less could already make a verdict wrong. */
const stallMsMax = 1_000;
const stallShare = 0.5;

export function silenceRule(detectionMs: number): SilenceRule {
  return {
    detectionMs,
    pingEveryMs: detectionMs * pingShare,
    tickMs: detectionMs / ticksPerDetection,
    stallMsMax: Math.min(stallMsMax, detectionMs * stallShare),
  };
}

export interface Silence {
  readonly heardAt: number;
  readonly pingedAt: number;
}

export type SilenceVerdict = 'well' | 'pingDue' | 'dead';

export function judgeSilence({ heardAt, pingedAt }: Silence, rule: SilenceRule, nowMs: number): SilenceVerdict {
  if (nowMs - heardAt >= rule.detectionMs) return 'dead';
  return nowMs - pingedAt >= rule.pingEveryMs ? 'pingDue' : 'well';
}

/** How long the event loop stood still between two ticks; 0 when that is nothing to speak of. */
export function stallOf(lastTickMs: number, nowMs: number, rule: SilenceRule): number {
  const lateMs = nowMs - lastTickMs - rule.tickMs;
  return lateMs > rule.stallMsMax ? lateMs : 0;
}
