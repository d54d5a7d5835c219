import { slotOf } from './slot-of';

describe('the slot of a hash tag', () => {
  it('is the one that the specification and Redis give', () => {
    // The specification's own check value, and CLUSTER KEYSLOT of a real Redis.
    expect(slotOf('123456789')).toBe(0x31c3);
    expect(slotOf('5000')).toBe(9_935);
    expect(slotOf('')).toBe(0);
  });
});
