import { type Bucket, fullBucket, messageRate, take } from './message-rate';

function send(count: number, bucket: Bucket, nowMs: number): Bucket | null {
  let left: Bucket | null = bucket;
  for (let sent = 0; sent < count && left !== null; sent += 1) left = take(left, messageRate, nowMs);
  return left;
}

describe('the rate of messages', () => {
  it('lets a burst of twenty pass and refuses the twenty-first', () => {
    const full = fullBucket(messageRate, 0);
    expect(send(20, full, 0)).not.toBeNull();
    expect(send(21, full, 0)).toBeNull();
  });

  it('lets ten more pass after each second', () => {
    const empty = send(20, fullBucket(messageRate, 0), 0)!;
    expect(send(10, empty, 1000)).not.toBeNull();
    expect(send(11, empty, 1000)).toBeNull();
  });

  it('saves up no more than one burst, however long the silence', () => {
    const rested = fullBucket(messageRate, 0);
    expect(send(20, rested, 3_600_000)).not.toBeNull();
    expect(send(21, rested, 3_600_000)).toBeNull();
  });
});
