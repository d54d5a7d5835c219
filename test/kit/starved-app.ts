import { type App } from './app';
import { pause } from './wait';

/** Of each turn it stands still for so long… */
const stillMs = 400;
/** …and then runs for so long: a process that gets a fifth of what it needs. */
const runsMs = 100;

/** Keeps an app short of its processor until the answer is called: it runs, and everything it does is late. */
export function starve(app: App): () => Promise<void> {
  let isStarved = true;
  const turns = async (): Promise<void> => {
    while (isStarved) {
      app.freeze();
      await pause(stillMs);
      app.thaw();
      await pause(runsMs);
    }
  };
  const done = turns();
  return async () => {
    isStarved = false;
    await done;
  };
}
