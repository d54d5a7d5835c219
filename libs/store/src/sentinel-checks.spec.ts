import { type KnownSentinel, sentinelFindings, type SentinelsSeen, type SentinelWord } from './sentinel-checks';

/** Sentinels are named by a letter: its run id and its address `10.0.0.a:26379`. */
const address = (name: string): string => `10.0.0.${name}:26379`;
const known = (name: string): KnownSentinel => ({
  address: address(name.slice(0, 1)),
  runId: name.slice(0, 1),
  isDown: name.endsWith('!'),
});
/** `!` marks one that the answering Sentinel has had no answer of. */
const word = (name: string, ...others: readonly string[]): SentinelWord => ({ runId: name, others: others.map(known) });

function seen(words: Readonly<Record<string, SentinelWord | null>>): SentinelsSeen {
  return {
    masterName: 'lastcall',
    configured: Object.entries(words).map(([name, answer]) => ({ address: address(name), word: answer })),
  };
}

describe('the Sentinels of REDIS_URL', () => {
  it('are in order when all that are counted are named and a majority answers', () => {
    expect(sentinelFindings(seen({ a: word('a', 'b', 'c'), b: word('b', 'a', 'c'), c: word('c', 'a', 'b') }))).toEqual(
      [],
    );
    expect(sentinelFindings(seen({ a: word('a', 'b', 'c!'), b: word('b', 'a', 'c!'), c: null }))).toEqual([]);
  });

  it('are too few without a majority, with those that are to be started', () => {
    const [finding, ...others] = sentinelFindings(seen({ a: word('a', 'b!', 'c!'), b: null, c: null }));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: 'sentinelsShort', level: 'blocks' });
    expect(finding?.sentence).toContain('names 3 Sentinels, of which 1 answer; 3 are counted, so 2 must name');
    expect(finding?.remedy).toBe(
      'Start these Sentinels, or see why they cannot be reached: 10.0.0.b:26379, 10.0.0.c:26379.',
    );
    expect(sentinelFindings(seen({ a: null, b: null, c: null }))).toMatchObject([{ code: 'sentinelsShort' }]);
  });

  it('are too few where one that was replaced is still counted and the new one is not named', () => {
    const [finding] = sentinelFindings(seen({ a: word('a', 'b', 'c!', 'd'), b: word('b', 'a', 'c!', 'd'), c: null }));
    expect(finding).toMatchObject({ code: 'sentinelsShort', level: 'blocks' });
    expect(finding?.sentence).toContain('still counted: 10.0.0.c:26379.');
    expect(finding?.remedy).toBe(
      'Send SENTINEL RESET lastcall to each Sentinel that runs, one after the other and 30 s apart, and name all that run in REDIS_URL: 10.0.0.a:26379, 10.0.0.b:26379, 10.0.0.d:26379.',
    );
  });

  it('are an alarm where REDIS_URL has the new addresses and the old ones are still counted', () => {
    const others = ['x!', 'y!'];
    const [finding] = sentinelFindings(
      seen({ a: word('a', 'd', 'e', ...others), d: word('d', 'a', 'e', ...others), e: word('e', 'a', 'd', ...others) }),
    );
    expect(finding).toMatchObject({ code: 'sentinelsReplaced', level: 'alarm' });
    expect(finding?.sentence).toContain('5 are counted, so 3 must name');
    expect(finding?.sentence).toContain('still counted: 10.0.0.x:26379, 10.0.0.y:26379.');
  });

  it('are an alarm where one that runs is not named', () => {
    const [finding] = sentinelFindings(
      seen({ a: word('a', 'b', 'c', 'd'), b: word('b', 'a', 'c', 'd'), c: word('c', 'a', 'b', 'd') }),
    );
    expect(finding).toMatchObject({ code: 'sentinelsReplaced' });
    expect(finding?.sentence).not.toContain('still counted');
    expect(finding?.remedy).toContain('10.0.0.d:26379.');
  });

  it('are an alarm where the old one is no longer counted and the new one is not named', () => {
    const [finding] = sentinelFindings(seen({ a: word('a', 'b', 'd'), b: word('b', 'a', 'd'), c: null }));
    expect(finding).toMatchObject({ code: 'sentinelsReplaced', level: 'alarm' });
    expect(finding?.sentence).toContain('Running, and not in REDIS_URL: 10.0.0.d:26379.');
  });

  it('are known by their run ids where REDIS_URL has names, and by their addresses where those are not told', () => {
    const byName: SentinelsSeen = {
      masterName: 'lastcall',
      configured: ['a', 'b', 'c'].map((name) => ({
        address: `sentinel-${name}:26379`,
        word: word(name, ...['a', 'b', 'c', 'd'].filter((other) => other !== name)),
      })),
    };
    const names = 'sentinel-a:26379, sentinel-b:26379, sentinel-c:26379, 10.0.0.d:26379.';
    expect(sentinelFindings(byName)[0]?.remedy).toContain(names);
    const untold = seen({ a: word('a', 'b', 'c', 'd!'), b: word('b', 'a', 'c', 'd!'), c: word('c', 'a', 'b', 'd!') });
    const withoutIds = {
      ...untold,
      configured: untold.configured.map((one) => ({ ...one, word: one.word && { ...one.word, runId: null } })),
    };
    expect(sentinelFindings(withoutIds)[0]?.remedy).toContain('10.0.0.a:26379, 10.0.0.b:26379, 10.0.0.c:26379.');
  });

  it('are running where any of them has an answer of it', () => {
    const [finding] = sentinelFindings(
      seen({ a: word('a', 'b', 'c', 'd!'), b: word('b', 'a', 'c', 'd'), c: word('c', 'a', 'b', 'd') }),
    );
    expect(finding?.remedy).toContain('10.0.0.d:26379');
    expect(finding?.sentence).not.toContain('still counted');
  });
});
