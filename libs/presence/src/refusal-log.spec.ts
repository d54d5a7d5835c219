import { type Refused, refusalLogMs, RefusalLog } from './refusal-log';

const wrongSignature: Refused = {
  surface: 'ticket',
  reason: 'UNAUTHORIZED',
  sentence: 'the signature of the token is wrong',
  from: '192.0.2.7',
};

describe('the log of refusals', () => {
  const lines: string[] = [];
  let counted = 0;
  let refusals: RefusalLog;
  beforeEach(() => {
    jest.useFakeTimers();
    lines.length = 0;
    counted = 0;
    const line = (level: string) => (fields: object, text: string) =>
      void lines.push(`${level} ${JSON.stringify(fields)} ${text}`);
    refusals = new RefusalLog({
      log: { warn: line('warn'), info: line('info') } as never,
      count: () => {
        counted += 1;
      },
    });
    refusals.start();
  });
  afterEach(() => {
    refusals.stop();
    jest.useRealTimers();
  });

  it('says once that something is refused, then how often each minute, and when it is over', () => {
    for (let n = 0; n < 1_000; n += 1) refusals.note(wrongSignature);
    expect(lines).toEqual([
      'warn {"surface":"ticket","reason":"UNAUTHORIZED","from":"192.0.2.7"} refused: the signature of the token is wrong',
    ]);
    jest.advanceTimersByTime(refusalLogMs);
    refusals.note(wrongSignature);
    jest.advanceTimersByTime(2 * refusalLogMs);
    expect(lines.slice(1)).toEqual([
      'warn {"surface":"ticket","reason":"UNAUTHORIZED","perMinute":999} refused as before: the signature of the token is wrong',
      'warn {"surface":"ticket","reason":"UNAUTHORIZED","perMinute":1} refused as before: the signature of the token is wrong',
      'info {"surface":"ticket","reason":"UNAUTHORIZED"} refused no more for a minute: the signature of the token is wrong',
    ]);
    expect(counted).toBe(1_001);
    refusals.note(wrongSignature);
    expect(lines).toHaveLength(5);
  });

  it('keeps kinds apart, counts all, and logs a bounded number of them', () => {
    refusals.note(wrongSignature);
    refusals.note({ ...wrongSignature, surface: 'desktop' });
    expect(lines).toHaveLength(2);
    for (let n = 0; n < 1_000; n += 1) refusals.note({ ...wrongSignature, sentence: `sentence ${String(n)}` });
    expect(lines).toHaveLength(200);
    expect(counted).toBe(1_002);
  });
});
