import { isBurst, judgeProtection, paceOf, protectedUntil, type Protection } from './mass-loss';
import { defaultPolicy } from './policy';

const policy = defaultPolicy.massLoss;
const now = 1_700_000_000_000;
const second = 1_000;
const minute = 60 * second;
const held = (changes: Partial<Protection> = {}): Protection => ({ state: 'held', since: now, lost: 100, ...changes });
const calm = { present: 100, burst: 0, absent: 0, cleared: 0 };

describe('a burst of losses', () => {
  // M1: "≥ max(5, 15 %) of its present agents are lost within 30 s".
  it.each([
    [5, 20, true],
    [4, 4, false],
    [15, 100, false],
    [18, 100, true],
    [2_000, 0, true],
  ])('of %i with %i still present: %s', (burst, present, expected) => {
    expect(isBurst({ burst, present }, policy)).toBe(expected);
  });
});

describe('the protection of a side', () => {
  it('begins with a burst, and remembers how many were lost', () => {
    const burst = { ...calm, present: 50, burst: 100 };
    expect(judgeProtection(null, burst, now, now, policy)).toEqual(held());
    expect(judgeProtection(null, calm, now, now, policy)).toBeNull();
  });

  // M2: "held until ≥ 85 % are back … never less than 120 s, since an ordinary failover takes 50–110 s".
  it('is over when 85 % are back, but not before 120 s', () => {
    const census = { ...calm, absent: 15 };
    expect(judgeProtection(held(), census, now, now + 119 * second, policy)).toEqual(held());
    expect(judgeProtection(held(), census, now, now + 120 * second, policy)).toEqual(held({ state: 'over' }));
    const tooFew = { ...calm, absent: 16 };
    expect(judgeProtection(held(), tooFew, now, now + 120 * second, policy)).toEqual(held());
  });

  // M2: "or 15 min have passed"; M4: "after the 15 min, 1 per second".
  it('lets those that are still absent go slowly after 15 min, until none is left', () => {
    const census = { ...calm, absent: 40 };
    expect(judgeProtection(held(), census, now, now + 15 * minute - 1, policy)).toEqual(held());
    const slow = judgeProtection(held(), census, now, now + 15 * minute, policy);
    expect(slow).toEqual(held({ state: 'slow' }));
    expect(judgeProtection(slow, census, now, now + 16 * minute, policy)).toBe(slow);
    expect(judgeProtection(slow, calm, now, now + 16 * minute, policy)).toEqual(held({ state: 'over' }));
  });

  it('counts those that are lost while it is held among those who must come back', () => {
    expect(judgeProtection(held(), { ...calm, absent: 300 }, now, now + second, policy)).toEqual(held({ lost: 300 }));
  });

  it('is over at once when so many of the lost had signed out that the others are no burst', () => {
    const shiftEnd = { ...calm, present: 20, absent: 3, cleared: 97 };
    // A protection that is over would keep the next burst, some seconds later, from being one (seed 2796).
    expect(judgeProtection(held(), shiftEnd, now, now + second, policy)).toBeNull();
    const among = { ...calm, present: 20, absent: 30, cleared: 70 };
    expect(judgeProtection(held(), among, now, now + second, policy)).toEqual(held());
  });

  it('asks only those back who had not signed out', () => {
    const census = { ...calm, present: 43, absent: 7, cleared: 50 };
    expect(judgeProtection(held(), census, now, now + 120 * second, policy)).toEqual(held({ state: 'over' }));
    expect(judgeProtection(held(), { ...census, absent: 8 }, now, now + 120 * second, policy)).toEqual(held());
  });

  it('is not over early because agents who came back are present again', () => {
    const known = held({ lost: 18 });
    const census = { ...calm, present: 110, absent: 8 };
    expect(judgeProtection(known, census, now, now + second, policy)).toBe(known);
  });

  it.each(['held', 'released', 'slow', 'over'] as const)('does not begin again by its own burst (%s)', (state) => {
    const known = held({ state });
    const same = { ...calm, present: 50, burst: 100, absent: 100 };
    expect(judgeProtection(known, same, now - policy.windowMs, now + minute, policy)).toBe(known);
  });

  it.each(['released', 'slow', 'over'] as const)('begins anew by a later burst (%s)', (state) => {
    const later = now + 5 * minute;
    const burst = { ...calm, present: 50, burst: 100 };
    expect(judgeProtection(held({ state }), burst, later, later, policy)).toEqual(held({ since: later }));
  });

  it('is forgotten when its burst can not be found any more', () => {
    const over = held({ state: 'over' });
    expect(judgeProtection(over, calm, now, now + 15 * minute, policy)).toBe(over);
    expect(judgeProtection(over, calm, now, now + 17 * minute, policy)).toBeNull();
  });

  it('holds the losses of its side, and not the byes', () => {
    const protections = { primary: held(), secondary: null };
    expect(protectedUntil(protections, 'primary', policy)).toBe(now + policy.holdMsMax);
    expect(protectedUntil(protections, null, policy)).toBeNull();
    expect(protectedUntil(protections, 'secondary', policy)).toBeNull();
  });

  // M3: "All sides protected …: hold everything".
  it('of both sides holds everything', () => {
    const protections = { primary: held(), secondary: held({ since: now - minute }) };
    // Byes, until the first of the two ends; other losses, until that of their own side does.
    expect(protectedUntil(protections, null, policy)).toBe(now - minute + policy.holdMsMax);
    expect(protectedUntil(protections, 'primary', policy)).toBe(now + policy.holdMsMax);
    expect(protectedUntil({ ...protections, secondary: held({ state: 'slow' }) }, null, policy)).toBeNull();
  });
});

describe('the pace of forced logouts', () => {
  // M4: "at most 15 % of the signed-in agents per minute and side".
  it('is 15 % of the signed-in agents of the side per minute, and 5 where that would be less', () => {
    expect(paceOf(null, 2_000, policy)).toEqual({ perMinuteMax: 300, perSecondMax: null });
    expect(paceOf(null, 10, policy)).toEqual({ perMinuteMax: 5, perSecondMax: null });
  });

  it('is one per second after a protection that lasted as long as it may', () => {
    expect(paceOf(held({ state: 'slow' }), 2_000, policy)).toEqual({ perMinuteMax: 300, perSecondMax: 1 });
  });
});
