/** Time as the store under test keeps it. */
export interface StoreClock {
  /** Epoch ms. */
  now(): Promise<number>;
  /** So much time passes, or a little more: at once in a double, really in Redis. */
  advance(ms: number): Promise<void>;
}

/** What every implementation brings beside what the contract is about. */
export interface UnderTest {
  readonly clock: StoreClock;
  stop(): Promise<void>;
}

/** A new, empty store for each test of a block. */
export function startedForEach<T extends UnderTest>(start: () => Promise<T>): () => T {
  let running: T | undefined;
  beforeEach(async () => {
    running = await start();
  });
  afterEach(async () => {
    await running?.stop();
    running = undefined;
  });
  return () => {
    if (running === undefined) throw new Error('the store was not started');
    return running;
  };
}

/** A machine that is too slow so many times in a row has another fault. */
const triesMax = 50;

/**
 * What can only be seen within so much of the store's time is looked at again where the machine was too slow for it; each time
 * `prepare` comes first and is not counted.
 */
export async function within<T>(
  {
    clock,
    ms,
    prepare,
  }: { readonly clock: StoreClock; readonly ms: number; readonly prepare?: () => Promise<unknown> },
  look: () => Promise<T>,
): Promise<T> {
  let tookMs = 0;
  for (let tries = 0; tries < triesMax; tries++) {
    await prepare?.();
    const begun = await clock.now();
    const seen = await look();
    tookMs = (await clock.now()) - begun;
    if (tookMs < ms) return seen;
  }
  throw new Error(
    `in ${String(triesMax)} tries it never took less than ${String(ms)} ms; the last one took ${String(tookMs)} ms`,
  );
}

/** Steps of time after which a condition that is waited for has failed. */
const stepsMax = 400;

/** Lets time pass in steps until `look` answers something. */
export async function waitFor<T>(
  { clock, stepMs, what }: { readonly clock: StoreClock; readonly stepMs: number; readonly what: string },
  look: () => Promise<T | undefined>,
): Promise<T> {
  for (let steps = 0; steps < stepsMax; steps++) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await clock.advance(stepMs);
  }
  throw new Error(`waited ${String(stepsMax)} times ${String(stepMs)} ms of the store's time for ${what}`);
}
