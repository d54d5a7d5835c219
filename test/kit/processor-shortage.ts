import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * Whether the machine gave the processes under test the processor when they wanted it, by what the kernel has counted.
 *
 * A bound from above ("within 2 s") says something about the product only where its processes could run. The kernel
 * knows how long each was ready to run and did not (`/proc/<pid>/schedstat`: run-queue delay), how much time the
 * hypervisor took away (`steal` in `/proc/stat`), and how much of the time anybody waited for a processor
 * (`/proc/pressure/cpu`). It does not count a process that was stopped by a signal, so a fault that a test makes is no
 * shortage.
 */
export interface Shortage {
  /** Longest time within one window that a single process waited for a processor, stolen time included, in ms. */
  readonly waitedMs: number;
  /** The process that waited so long: its name and pid. */
  readonly by: string;
  /** Longest time that a single process waited for a processor in all, stolen time included, in ms. */
  readonly waitedInAllMs: number;
  /** The window within which waiting was added up, in ms. */
  readonly windowMs: number;
  /** Longest time for which this test's own event loop stood still, for whatever reason, in ms. */
  readonly stalledMs: number;
  /** Share of the whole time in which some process of the machine waited for a processor, 0…1; null: the kernel does not say. */
  readonly pressure: number | null;
}

/** A process under test. */
export interface WatchedProcess {
  readonly name: string;
  readonly pid: number;
}

/** Where the kernel's figures come from; tests put their own in its place. */
export interface KernelFigures {
  /** Run-queue delay of the main thread so far, in ms; undefined when the process is gone or the kernel does not count. */
  waitedMs(pid: number): number | undefined;
  /** Time that the hypervisor has taken from this machine so far, in ms per processor. */
  stolenMs(): number;
  /** Time in which some process waited for a processor so far, in ms; undefined where the kernel does not count. */
  pressureMs(): number | undefined;
  /** Monotonic clock in ms. */
  nowMs(): number;
}

const sampleEveryMs = 100;
/** A shortage of more than this share of a bound voids a verdict about it. */
export const fairShareMax = 0.2;

interface Sample {
  readonly at: number;
  readonly waited: ReadonlyMap<number, number>;
  readonly stolen: number;
}

/** Samples what the kernel counts, from its construction until `end`. */
export class ShortageWatch {
  private readonly samples: Sample[] = [];
  private readonly names = new Map<number, string>();
  private readonly timer: NodeJS.Timeout;
  private readonly beganMs: number;
  private readonly pressureAtBegin: number | undefined;
  private readonly waitedAtBegin = new Map<number, number>();
  private readonly stolenAtBegin: number;
  private worst = { waitedMs: 0, by: '' };
  private waitedInAllMs = 0;
  private stalledMs = 0;

  /**
   * `windowMs`: waiting is added up within so long, which should be the bound that is judged.
   * `processes`: those that run now; asked with every sample. This process is always among them.
   */
  constructor(
    private readonly windowMs: number,
    private readonly processes: () => Iterable<WatchedProcess>,
    private readonly kernel: KernelFigures = linuxFigures,
  ) {
    this.beganMs = kernel.nowMs();
    this.pressureAtBegin = kernel.pressureMs();
    this.stolenAtBegin = kernel.stolenMs();
    this.sample();
    this.timer = setInterval(() => {
      this.sample();
    }, sampleEveryMs);
  }

  end(): Shortage {
    clearInterval(this.timer);
    this.sample();
    const { kernel, pressureAtBegin, waitedInAllMs, windowMs, stalledMs } = this;
    const pressureAtEnd = kernel.pressureMs();
    const tookMs = kernel.nowMs() - this.beganMs;
    const isCounted = pressureAtBegin !== undefined && pressureAtEnd !== undefined && tookMs > 0;
    const pressure = isCounted ? Math.min(1, (pressureAtEnd - pressureAtBegin) / tookMs) : null;
    return { ...this.worst, waitedInAllMs, windowMs, stalledMs, pressure };
  }

  private sample(): void {
    const { kernel } = this;
    const at = kernel.nowMs();
    const last = this.samples.at(-1);
    if (last !== undefined) this.stalledMs = Math.max(this.stalledMs, at - last.at - sampleEveryMs);
    const waited = new Map<number, number>();
    for (const { name, pid } of [{ name: 'this test', pid: process.pid }, ...this.processes()]) {
      const ms = kernel.waitedMs(pid);
      if (ms === undefined) continue;
      waited.set(pid, ms);
      this.names.set(pid, name);
    }
    const stolen = kernel.stolenMs();
    for (const [pid, ms] of waited) {
      // A process that began meanwhile waited from nothing.
      if (!this.waitedAtBegin.has(pid)) this.waitedAtBegin.set(pid, last === undefined ? ms : 0);
      const inAll = ms - (this.waitedAtBegin.get(pid) ?? 0) + stolen - this.stolenAtBegin;
      this.waitedInAllMs = Math.max(this.waitedInAllMs, inAll);
    }
    this.samples.push({ at, waited, stolen });
    while (this.samples[1] !== undefined && at - this.samples[1].at >= this.windowMs) this.samples.shift();
    this.judge();
  }

  /** The newest sample against the oldest one of the window; a process that began meanwhile waited from nothing. */
  private judge(): void {
    const [oldest] = this.samples;
    const newest = this.samples.at(-1);
    if (oldest === undefined || newest === undefined) return;
    const stolen = newest.stolen - oldest.stolen;
    for (const [pid, ms] of newest.waited) {
      const waitedMs = ms - (oldest.waited.get(pid) ?? 0) + stolen;
      if (waitedMs > this.worst.waitedMs) {
        this.worst = { waitedMs, by: `${this.names.get(pid) ?? 'a process'} (${String(pid)})` };
      }
    }
  }
}

/** Whether a bound of `boundMs` can be judged in spite of that shortage. */
export function isFair({ waitedMs, stalledMs }: Shortage, boundMs: number): boolean {
  return Math.max(waitedMs, stalledMs) <= fairShareMax * boundMs;
}

/** One sentence for reports. */
export function describeShortage({ waitedMs, by, windowMs, stalledMs, pressure }: Shortage): string {
  const waited = `${by === '' ? 'no process' : by} waited ${inSeconds(waitedMs)} for a processor within ${inSeconds(windowMs)}`;
  const stalled = `the test itself stood still for up to ${inSeconds(stalledMs)}`;
  const pressed = pressure === null ? 'CPU pressure unknown' : `CPU pressure ${(pressure * 100).toFixed(0)} %`;
  return `${waited}; ${stalled}; ${pressed}`;
}

function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}

const nsPerMs = 1_000_000;
const usPerMs = 1_000;
/** The unit of `/proc/stat`; fixed at 100 a second for programs on every Linux. */
const tickMs = 10;

const linuxFigures: KernelFigures = {
  waitedMs(pid) {
    const [, waitedNs] = read(`/proc/${String(pid)}/schedstat`)?.split(' ') ?? [];
    return waitedNs === undefined ? undefined : Number(waitedNs) / nsPerMs;
  },
  stolenMs() {
    const steal = read('/proc/stat')?.split('\n')[0]?.split(/\s+/)[8];
    return steal === undefined ? 0 : (Number(steal) * tickMs) / availableParallelism();
  },
  pressureMs() {
    const total = /^some .*total=(\d+)/m.exec(read('/proc/pressure/cpu') ?? '')?.[1];
    return total === undefined ? undefined : Number(total) / usPerMs;
  },
  nowMs: () => performance.now(),
};

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // The process is gone, or this kernel does not count.
    return undefined;
  }
}
