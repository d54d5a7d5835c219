import { playFairly, watched } from '../faults/fair-play';
import { describeWindows, type RacedWindow, racedWindows } from '../raced-window/raced-windows';
import { say } from './say';

/** A request that its worker could not send within it is not sent any more (docs/reliability.md, "A sign-in made past us"). */
const sendMsMax = 2_000;
const logouts = 500;

describe('the raced window, from the commit to the CTI server', () => {
  it(`is at most ${String(sendMsMax)} ms, ${String(logouts)} logouts one after the other and ${String(logouts)} at once`, async () => {
    const late = ({ receivedMs }: RacedWindow): boolean => receivedMs > sendMsMax;
    const { result, notJudged } = await playFairly({
      boundMs: sendMsMax,
      play: () => watched(sendMsMax, () => racedWindows(logouts)),
      isRed: ({ calm, busy }) => [...calm, ...busy].some(late),
    });
    say(`  one after the other: ${describeWindows(result.calm)}`);
    say(`  all at once: ${describeWindows(result.busy)}`);
    expect([result.calm.length, result.busy.length]).toEqual([logouts, logouts]);
    expect({ notJudged, late: [...result.calm, ...result.busy].filter(late) }).toEqual({ notJudged: null, late: [] });
  });
});
