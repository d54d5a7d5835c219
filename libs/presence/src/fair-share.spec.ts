import { FairShare } from './fair-share';

function enterTimes(share: FairShare, key: string, times: number): number {
  return Array.from({ length: times }, () => share.enter(key)).filter(Boolean).length;
}

describe('places that are shared out', () => {
  it('are all for one who is alone', () => {
    const share = new FairShare(10);
    expect(enterTimes(share, 'a', 20)).toBe(10);
    share.leave('a');
    expect(enterTimes(share, 'a', 20)).toBe(1);
  });

  it('leave a share to others when one has taken all', () => {
    const share = new FairShare(10);
    enterTimes(share, 'a', 10);
    expect(enterTimes(share, 'b', 20)).toBe(5);
    expect(enterTimes(share, 'a', 20)).toBe(0);
  });

  it('are at most twice as many, however many ask', () => {
    const share = new FairShare(10);
    const entered = Array.from({ length: 1_000 }, (_, n) => share.enter(`key ${String(n)}`)).filter(Boolean).length;
    expect(entered).toBe(20);
    expect(share.size).toBe(20);
  });

  it('are given back once each', () => {
    const share = new FairShare(2);
    share.leave('a');
    expect(share.size).toBe(0);
    expect(enterTimes(share, 'a', 3)).toBe(2);
    share.leave('a');
    share.leave('a');
    share.leave('a');
    expect(share.size).toBe(0);
  });
});
