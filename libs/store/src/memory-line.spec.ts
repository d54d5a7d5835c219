import { lineMsMax } from './lua/admission.lua';
import { MemoryLine } from './memory-line';

const limits = { issuingPerSecondMax: 10, paceOf: () => ({ perMinuteMax: 1_000, perSecondMax: 1 }) };

/** So many agents are due at once; each tries again `lateMs` after the time that it was told. Answers when each passed. */
function drain(agents: number, lateMs: (tries: number) => number, wokenEveryMs = Number.POSITIVE_INFINITY): number[] {
  const line = new MemoryLine();
  const waiting = Array.from({ length: agents }, (_, n) => ({ agentId: String(n), at: 0, wokenAt: 0 }));
  const passedAt: number[] = [];
  for (let tries = 0; waiting.length > 0; tries++) {
    waiting.sort((one, other) => one.at - other.at);
    const next = waiting[0];
    if (next === undefined || tries > 100 * agents) throw new Error('the line does not move');
    const now = next.at;
    const nextAt = line.admit(now, next.agentId, 'primary', limits);
    if (nextAt === null) {
      passedAt.push(now);
      waiting.shift();
      continue;
    }
    next.wokenAt = now + wokenEveryMs;
    next.at = Math.min(nextAt + lateMs(tries), next.wokenAt);
  }
  return passedAt;
}

describe('a line of those who wait for the limit of requests', () => {
  it.each([
    ['in time', () => 0],
    ['a little late', (tries: number) => (tries * 7) % 40],
    ['late now and then', (tries: number) => (tries % 9 === 0 ? 700 : 3)],
  ])('moves at the pace of the limit when they come %s', (_, lateMs) => {
    const passedAt = drain(200, lateMs);
    expect(passedAt.at(-1)).toBeLessThan(230_000);
    // And never faster.
    const gaps = passedAt.slice(1).map((at, n) => at - (passedAt[n] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
  });

  it('does so too when something wakes them all the time before their turn', () => {
    expect(drain(200, () => 5, 45_000).at(-1)).toBeLessThan(230_000);
  });

  it('sends nobody further back than its limit, and is nobody’s place for long who does not come', () => {
    const line = new MemoryLine();
    const told = Array.from({ length: 1_000 }, (_, n) => line.admit(0, String(n), 'primary', limits));
    expect(Math.max(...told.map((nextAt) => nextAt ?? 0))).toBe(lineMsMax);
    const later = 2 * lineMsMax;
    expect(line.admit(later, 'x', 'primary', limits)).toBeNull();
    expect(line.admit(later, '1', 'primary', limits)).toBe(later + 1_000);
  });
});
