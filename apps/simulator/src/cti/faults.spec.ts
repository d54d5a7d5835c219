import { Faults, remainingOf } from './faults';

describe('faults', () => {
  it('strike as often as was ordered', () => {
    const faults = new Faults();
    faults.set('reject', 2, { failureCode: 32 });
    expect(faults.take('reject')).toMatchObject({ failureCode: 32, remaining: 2 });
    expect(faults.take('reject')).toMatchObject({ failureCode: 32, remaining: 1 });
    expect(faults.take('reject')).toBeUndefined();
    expect(faults.active).toEqual([]);
  });

  it('last until they are taken back when no count was given', () => {
    const faults = new Faults();
    faults.set('silence', null, {});
    expect(faults.take('silence')).toBeDefined();
    expect(faults.take('silence')).toBeDefined();
    faults.clear('silence');
    expect(faults.take('silence')).toBeUndefined();
  });

  it('strike once without a count, for ever with on alone', () => {
    expect(remainingOf('counted', {})).toBe(1);
    expect(remainingOf('counted', { on: true })).toBeNull();
    expect(remainingOf('counted', { on: true, count: 3 })).toBe(3);
    expect(remainingOf('switch', { count: 3 })).toBeNull();
  });
});
