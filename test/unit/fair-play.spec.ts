import { type FairPlay, type Played, playFairly } from '../faults/fair-play';
import { type Shortage } from '../kit/processor-shortage';

const boundMs = 1_000;

function shortage(waitedMs: number): Shortage {
  return { waitedMs, by: 'a worker (7)', waitedInAllMs: waitedMs, windowMs: boundMs, stalledMs: 0, pressure: 0.5 };
}

const green = { result: 'green', shortage: shortage(900) };
const unfair = { result: 'red', shortage: shortage(201) };
const fair = { result: 'red', shortage: shortage(200) };

/** Plays those runs one after the other. */
function playing(...runs: readonly Played<string>[]): FairPlay<string> & { readonly voids: string[] } {
  const waiting = [...runs];
  const voids: string[] = [];
  return {
    boundMs,
    play: () => {
      const next = waiting.shift();
      return next === undefined ? Promise.reject(new Error('more runs than there are')) : Promise.resolve(next);
    },
    isRed: (result) => result === 'red',
    onVoid: (_, why) => voids.push(why),
    voids,
  };
}

describe('a run that is judged', () => {
  it('is green however long its processes waited', async () => {
    expect(await playFairly(playing(green))).toEqual({ result: 'green', voided: 0, notJudged: null });
  });

  it('is red when they waited for a fifth of the bound at most', async () => {
    expect(await playFairly(playing(fair))).toEqual({ result: 'red', voided: 0, notJudged: null });
  });

  it('is red when no such shortage explains it', async () => {
    const isBeyond = (_: string, { waitedInAllMs }: Shortage): boolean => waitedInAllMs < 202;
    expect(await playFairly({ ...playing(unfair), isBeyond })).toEqual({ result: 'red', voided: 0, notJudged: null });
    const longer = { result: 'red', shortage: shortage(203) };
    expect(await playFairly({ ...playing(longer, fair), isBeyond })).toMatchObject({ result: 'red', voided: 1 });
  });

  it('is void when it is red and they waited longer, and is played again', async () => {
    const runs = playing(unfair, unfair, green);
    expect(await playFairly(runs)).toEqual({ result: 'green', voided: 2, notJudged: null });
    expect(runs.voids).toEqual([expect.stringContaining('a worker (7) waited 0.20 s'), expect.any(String)]);
  });

  it('is red after void ones as well', async () => {
    expect(await playFairly(playing(unfair, fair))).toEqual({ result: 'red', voided: 1, notJudged: null });
  });

  it('has no verdict when no fair run could be had in four', async () => {
    const verdict = await playFairly(playing(unfair, unfair, unfair, unfair));
    expect(verdict).toMatchObject({ result: 'red', voided: 3 });
    expect(verdict.notJudged).toContain('waited 0.20 s for a processor within 1.00 s');
  });

  it('is red when it ended before any process ran', async () => {
    const verdict = await playFairly(playing({ result: 'red', shortage: null }));
    expect(verdict).toEqual({ result: 'red', voided: 0, notJudged: null });
  });
});
