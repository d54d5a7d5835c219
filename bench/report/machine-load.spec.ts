import { busyOf, isBusyWithOthers, loadBetween, ownOf, waitedOf } from './machine-load';

describe('what Linux says of the machine', () => {
  it('is read from /proc/pressure/cpu, in microseconds, and is null without that file', () => {
    const pressure = 'some avg10=3.37 avg60=8.18 avg300=15.47 total=348378454\nfull avg10=0.00 total=5\n';
    expect(waitedOf(pressure)).toBe(348_378_454);
    expect(waitedOf('')).toBeNull();
  });

  it('counts user, nice, system and stolen time as busy, and not idle, iowait and interrupts', () => {
    expect(busyOf('cpu  100 10 20 5000 700 60 80 3 9 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n')).toBe(1_330);
  });

  it('counts a process and its ended children as our own, whatever the name of the program', () => {
    expect(ownOf('42 (a (b) c) S 1 42 42 0 -1 0 0 0 0 0 11 12 13 14 20 0')).toBe(500);
  });
});

describe('the load of the machine during a measurement', () => {
  const before = { at: 1_000, waitedUs: 2_000_000, busyMs: 500, ownMs: 100 };

  it('is the share of the time in which tasks waited, and the cores that others took', () => {
    const after = { at: 11_000, waitedUs: 4_500_000, busyMs: 15_500, ownMs: 10_100 };
    const load = loadBetween(before, after);
    expect(load).toMatchObject({ pressure: 0.25, otherCores: 0.5 });
    expect(isBusyWithOthers(load)).toBe(true);
  });

  it('is not busy with others when all of the time was our own', () => {
    const load = loadBetween(before, { at: 11_000, waitedUs: null, busyMs: 15_500, ownMs: 15_000 });
    expect(load).toMatchObject({ pressure: null, otherCores: 0.01 });
    expect(isBusyWithOthers(load)).toBe(false);
  });
});
