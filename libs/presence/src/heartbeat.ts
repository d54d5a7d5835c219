import { type SilenceRule, stallOf } from './silence';

/** What the heartbeat needs of a connection. */
export interface Pulse {
  tick(nowMs: number): void;
  restartSilence(nowMs: number): void;
}

export interface HeartbeatParts {
  readonly rule: SilenceRule;
  readonly pulses: () => Iterable<Pulse>;
  readonly onStall: (ms: number) => void;
}

/**
 * One timer for all desktops of this server. That it is one matters: a tick that comes late says that the server stood
 * still, before any verdict of that tick is spoken, and then every silence begins anew.
 */
export class Heartbeat {
  private timer: NodeJS.Timeout | undefined;
  private tickedMs = 0;

  constructor(private readonly parts: HeartbeatParts) {}

  start(): void {
    this.tickedMs = performance.now();
    this.timer = setInterval(() => {
      this.tick();
    }, this.parts.rule.tickMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private tick(): void {
    const { rule, pulses, onStall } = this.parts;
    const nowMs = performance.now();
    const stalledMs = stallOf(this.tickedMs, nowMs, rule);
    this.tickedMs = nowMs;
    if (stalledMs > 0) {
      for (const pulse of pulses()) pulse.restartSilence(nowMs);
      onStall(stalledMs);
    }
    for (const pulse of pulses()) pulse.tick(nowMs);
  }
}
