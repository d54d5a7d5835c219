import { Heartbeat, type Pulse } from './heartbeat';
import { judgeSilence, silenceRule } from './silence';

const rule = silenceRule(25_000);

/** A desktop that answers nothing, and what the heartbeat does to it. */
class SilentDesktop implements Pulse {
  readonly pings: number[] = [];
  diedAt: number | undefined;
  private heardAt = performance.now();
  private pingedAt = performance.now();

  tick(nowMs: number): void {
    const verdict = judgeSilence({ heardAt: this.heardAt, pingedAt: this.pingedAt }, rule, nowMs);
    if (verdict === 'dead') this.diedAt ??= nowMs;
    if (verdict !== 'pingDue') return;
    this.pingedAt = nowMs;
    this.pings.push(nowMs);
  }

  restartSilence(nowMs: number): void {
    this.heardAt = nowMs;
  }
}

describe('the heartbeat', () => {
  beforeEach(() => {
    jest.useFakeTimers({ now: 0 });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  function start(): { desktop: SilentDesktop; stalls: number[]; heartbeat: Heartbeat; begunMs: number } {
    const desktop = new SilentDesktop();
    const stalls: number[] = [];
    const heartbeat = new Heartbeat({ rule, pulses: () => [desktop], onStall: (ms) => stalls.push(ms) });
    heartbeat.start();
    return { desktop, stalls, heartbeat, begunMs: performance.now() };
  }

  it('finds a silent desktop dead within a tick of the time of detection, after two pings', () => {
    const { desktop, heartbeat, begunMs } = start();
    jest.advanceTimersByTime(24_999);
    expect(desktop.diedAt).toBeUndefined();
    jest.advanceTimersByTime(rule.tickMs);
    expect(desktop.diedAt! - begunMs).toBe(25_000);
    expect(desktop.pings.map((ms) => ms - begunMs)).toEqual([10_000, 20_000]);
    heartbeat.stop();
  });

  it('holds no silence against a desktop through which the server itself stood still', () => {
    const { desktop, stalls, heartbeat, begunMs } = start();
    jest.advanceTimersByTime(10_000);
    // Time goes on and no timer has a turn: a process that was stopped, or a loop that was blocked.
    jest.setSystemTime(30_000);
    const stoodStill = jest.spyOn(performance, 'now').mockImplementation(() => begunMs + Date.now());
    jest.advanceTimersByTime(rule.tickMs);
    expect(stalls).toHaveLength(1);
    expect(desktop.diedAt).toBeUndefined();
    jest.advanceTimersByTime(24_000);
    expect(desktop.diedAt).toBeUndefined();
    jest.advanceTimersByTime(2_000);
    expect(desktop.diedAt).toBeDefined();
    stoodStill.mockRestore();
    heartbeat.stop();
  });

  it('ends when it is stopped', () => {
    const { desktop, heartbeat } = start();
    heartbeat.stop();
    jest.advanceTimersByTime(60_000);
    expect(desktop.diedAt).toBeUndefined();
  });
});
