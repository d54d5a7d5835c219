import { judgeSilence, silenceRule, stallOf } from './silence';

const rule = silenceRule(25_000);

describe('the rule of silence', () => {
  it('pings every 0.4 of the time of detection', () => {
    expect(rule.pingEveryMs).toBe(10_000);
    expect(judgeSilence({ heardAt: 0, pingedAt: 0 }, rule, 9_999)).toBe('well');
    expect(judgeSilence({ heardAt: 0, pingedAt: 0 }, rule, 10_000)).toBe('pingDue');
    expect(judgeSilence({ heardAt: 0, pingedAt: 10_000 }, rule, 19_999)).toBe('well');
  });

  it('declares a desktop dead after the time of detection, and not a millisecond sooner', () => {
    expect(judgeSilence({ heardAt: 0, pingedAt: 20_000 }, rule, 24_999)).toBe('well');
    expect(judgeSilence({ heardAt: 0, pingedAt: 20_000 }, rule, 25_000)).toBe('dead');
  });

  it('begins anew with whatever is heard', () => {
    expect(judgeSilence({ heardAt: 24_000, pingedAt: 20_000 }, rule, 25_000)).toBe('well');
  });
});

describe('a stall of the event loop', () => {
  it('is a tick that comes more than a second late', () => {
    expect(stallOf(0, rule.tickMs + 1_000, rule)).toBe(0);
    expect(stallOf(0, rule.tickMs + 1_001, rule)).toBe(1_001);
  });

  it('is shorter where the time of detection is short', () => {
    const hasty = silenceRule(1_000);
    expect(stallOf(0, hasty.tickMs + 500, hasty)).toBe(0);
    expect(stallOf(0, hasty.tickMs + 501, hasty)).toBe(501);
  });
});
