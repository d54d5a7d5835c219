/**
 * Time that a seed decides. One list of happenings, in order; each belongs to a process, and after it every promise it
 * settled has its turn before the next one. So whatever runs between two happenings belongs to the process of the first:
 * `setTimeout`, `setImmediate`, `performance.now` and `Date.now` answer for that process.
 *
 * What belongs to the world settles no promise by itself: it only makes things happen, to processes too.
 *
 * A process that stands still (`freeze`) has its happenings when it goes on, in their order, while time passes. One that
 * is dead has none any more.
 */
export class SimProcess {
  isAlive = true;
  frozenUntil = 0;

  constructor(
    readonly name: string,
    /** How far its wall clock is ahead of the store's. */
    public skewMs: number,
  ) {}
}

/** The store's clock at the beginning of every simulation (epoch ms). */
export const epochMs = 1_800_000_000_000;

interface Happening {
  at: number;
  order: number;
  readonly of: SimProcess;
  readonly run: () => void;
  /** Settles no promise, so none needs its turn after it. */
  readonly isPlain: boolean;
  cancelled: boolean;
}

/** A power of two. */
const ticksPerMs = 1_024;

/** Happenings of one simulation; more than this means that something goes round in circles. */
const happeningsMax = 3_000_000;

const nextTick = process.nextTick.bind(process);

export class VirtualTime {
  now = 0;
  happened = 0;
  readonly world = new SimProcess('world', 0);
  current: SimProcess = this.world;
  private order = 0;
  private isPlain = false;
  private readonly heap: Happening[] = [];

  /** How far the clock of the store's host has stepped in all. */
  private storeSteppedMs = 0;

  stepStore(byMs: number): void {
    this.storeSteppedMs += byMs;
  }

  /** The clock of the store's host, epoch ms. */
  get storeNow(): number {
    return epochMs + Math.floor(this.now) + this.storeSteppedMs;
  }

  after(delayMs: number, of: SimProcess, run: () => void): Happening {
    const at = this.tickAfter(delayMs);
    return this.push({
      at,
      order: ++this.order,
      of,
      run,
      isPlain: this.isPlain || of === this.world,
      cancelled: false,
    });
  }

  /** Lets what has just happened happen once more. */
  again(happening: Happening, delayMs: number): void {
    happening.at = this.tickAfter(delayMs);
    happening.order = ++this.order;
    this.push(happening);
  }

  /** Timers that are set meanwhile settle no promise: giving every promise its turn after them would cost more than they do. */
  plainly(set: () => void): void {
    this.isPlain = true;
    set();
    this.isPlain = false;
  }

  freeze(process: SimProcess, ms: number): void {
    process.frozenUntil = Math.max(process.frozenUntil, this.now + ms);
  }

  isFrozen(process: SimProcess): boolean {
    return process.frozenUntil > this.now;
  }

  /** Runs until nothing is left to happen before `endMs`, or until `isOver`. */
  runUntil(endMs: () => number, isOver: () => boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const step = (): void => {
      try {
        for (;;) {
          const next = isOver() ? undefined : this.take(endMs());
          if (next === undefined) {
            resolve(undefined);
            return;
          }
          this.current = next.of;
          next.run();
          if (!next.isPlain) break;
        }
      } catch (error) {
        reject(error);
        return;
      }
      // A tick that is asked for by a promise's turn comes when every promise has had its turn.
      queueMicrotask(askForTick);
    };
    const askForTick = (): void => {
      nextTick(step);
    };
    nextTick(step);
    return promise;
  }

  /** Times are whole ticks, so that adding and subtracting them is exact. */
  private tickAfter(delayMs: number): number {
    return Math.ceil((this.now + Math.max(0, delayMs)) * ticksPerMs) / ticksPerMs;
  }

  private take(endMs: number): Happening | undefined {
    for (let next = this.heap[0]; next !== undefined && next.at <= endMs; next = this.heap[0]) {
      this.pop();
      if (next.cancelled || !next.of.isAlive) continue;
      if (next.of.frozenUntil > next.at) {
        next.at = next.of.frozenUntil;
        next.order = ++this.order;
        this.push(next);
        continue;
      }
      this.now = Math.max(this.now, next.at);
      if (++this.happened > happeningsMax)
        throw new Error(`this simulation does not come to an end: ${next.of.name} at ${String(this.now)}`);
      return next;
    }
    return undefined;
  }

  private push(happening: Happening): Happening {
    const { heap } = this;
    let place = heap.push(happening) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(happening, heap[parent] as Happening)) break;
      heap[place] = heap[parent] as Happening;
      place = parent;
    }
    heap[place] = happening;
    return happening;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop() as Happening;
    if (heap.length === 0) return;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Happening, heap[child] as Happening)) child += 1;
      if (!isBefore(heap[child] as Happening, last)) break;
      heap[place] = heap[child] as Happening;
      place = child;
    }
    heap[place] = last;
  }
}

function isBefore(one: Happening, other: Happening): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
