import fc from 'fast-check';
import { ClockedProcess, SteppingStore } from './clocks.spec-support';
import { correctionMsMax, driftMax, stepToleranceMs } from './step-detection';

/**
 * Processes that are suspended, start and end, and a host whose clock steps: store time comes back to true time, and is ahead of it for no
 * longer than until the next look.
 */

const watchfulMs = 2 * correctionMsMax;

type Happening =
  | { readonly does: 'step'; readonly ms: number }
  | { readonly does: 'suspend'; readonly who: number; readonly ms: number }
  | { readonly does: 'replace'; readonly who: number }
  | { readonly does: 'pass'; readonly order: readonly number[] };

const processesMax = 3;
const stepsOf = fc.constantFrom(700, 5_000, 60_000, 660_000);
const pauses = fc.constantFrom(700, 5_000, 60_000);

/** Process 0 is never suspended and never replaced: one that saw all the time pass. */
const happenings = fc.array(
  fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({
        does: fc.constant('step' as const),
        ms: fc.oneof(
          stepsOf,
          stepsOf.map((ms) => -ms),
        ),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        does: fc.constant('suspend' as const),
        who: fc.integer({ min: 1, max: processesMax - 1 }),
        ms: pauses,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        does: fc.constant('replace' as const),
        who: fc.integer({ min: 1, max: processesMax - 1 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        does: fc.constant('pass' as const),
        order: fc.shuffledSubarray([0, 1, 2], { minLength: 1, maxLength: processesMax }),
      }),
    },
  ),
  { maxLength: 25 },
);

/** What is no step, and what has become of offsets meanwhile, which return to 0. */
function slackMs({ trueMs }: SteppingStore): number {
  return 2 * stepToleranceMs + driftMax * trueMs;
}

async function settle(store: SteppingStore, processes: readonly ClockedProcess[]): Promise<void> {
  for (let n = 0; n < 3; n++) {
    store.trueMs += 1_000;
    for (const each of processes) await each.clock.look();
  }
}

/** Between two steps every process looks: of two within a second the sum may be seen, and not each for itself. */
async function apart(store: SteppingStore, processes: readonly ClockedProcess[], { does }: Happening): Promise<void> {
  if (does === 'step') await settle(store, processes);
}

/** Long enough for each to overrule a process that stood still. */
async function watch(store: SteppingStore, processes: readonly ClockedProcess[]): Promise<void> {
  for (let passedMs = 0; passedMs <= watchfulMs; passedMs += 1_000) await settle(store, processes);
}

/** The others go on looking meanwhile. */
async function suspend(
  processes: readonly ClockedProcess[],
  { who, ms }: { readonly who: number; readonly ms: number },
): Promise<void> {
  const others = processes.filter((_, place) => place !== who);
  for (let passedMs = 0; passedMs < ms; passedMs += 1_000) {
    processes[who]?.suspend(Math.min(1_000, ms - passedMs));
    for (const each of others) await each.clock.look();
  }
}

async function play(store: SteppingStore, processes: ClockedProcess[], happening: Happening): Promise<void> {
  switch (happening.does) {
    case 'step':
      store.steppedMs += happening.ms;
      return;
    case 'suspend':
      await suspend(processes, happening);
      return;
    case 'replace':
      processes[happening.who] = new ClockedProcess(store, `later ${String(happening.who)}`);
      return;
    case 'pass':
      store.trueMs += 1_000;
      for (const who of happening.order) await processes[who]?.clock.look();
  }
}

describe('the clocks of several processes', () => {
  async function start(): Promise<{ store: SteppingStore; processes: ClockedProcess[] }> {
    const store = new SteppingStore();
    const processes = Array.from({ length: processesMax }, (_, n) => new ClockedProcess(store, `process ${String(n)}`));
    await watch(store, processes);
    return { store, processes };
  }

  it('agree on true time in the end, whatever stepped, was suspended or was started meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(happenings, async (history) => {
        const { store, processes } = await start();
        for (const happening of history) {
          await apart(store, processes, happening);
          // One that stands still is overruled by others, who must have looked for a while since they last trusted anybody.
          if (happening.does === 'suspend') await watch(store, processes);
          await play(store, processes, happening);
        }
        await settle(store, processes);
        const written = store.sentences.length;
        expect(Math.abs(store.errorMs)).toBeLessThan(slackMs(store));
        await settle(store, processes);
        expect(store.sentences).toHaveLength(written);
      }),
    );
  });

  it('leave store time at most behind, by as long as processes stood still, where corrections follow each other closely', async () => {
    await fc.assert(
      fc.asyncProperty(happenings, async (history) => {
        const { store, processes } = await start();
        let stoodStillMs = 0;
        for (const happening of history) {
          await apart(store, processes, happening);
          await play(store, processes, happening);
          if (happening.does === 'suspend') stoodStillMs += happening.ms;
        }
        await settle(store, processes);
        expect(store.errorMs).toBeLessThan(slackMs(store));
        expect(store.errorMs).toBeGreaterThan(-slackMs(store) - stoodStillMs);
      }),
    );
  });

  it('never put store time ahead of true time because a machine was suspended', async () => {
    const quiet = happenings.map((history) => history.filter(({ does }) => does !== 'step'));
    await fc.assert(
      fc.asyncProperty(quiet, async (history) => {
        const { store, processes } = await start();
        for (const happening of history) {
          await play(store, processes, happening);
          expect(store.errorMs).toBeLessThan(slackMs(store));
        }
      }),
    );
  });
});
