import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** What the whole machine did up to one moment. */
export interface MachineReading {
  /** Monotonic, ms. */
  readonly at: number;
  /** Time in which some task waited for a core, µs; null where the kernel does not say (`/proc/pressure/cpu`). */
  readonly waitedUs: number | null;
  /** Processor time of all processes, and what the hypervisor took away, ms. */
  readonly busyMs: number;
  /** Processor time of this process and of all its descendants that have ended, ms. */
  readonly ownMs: number;
}

/** What the machine did while something was measured. */
export interface MachineLoad {
  /** The share of the time in which some task waited for a core, 0…1; null where the kernel does not say. */
  readonly pressure: number | null;
  /** Cores that others took: processes that are no part of the measurement, and the hypervisor. */
  readonly otherCores: number;
  readonly cores: number;
}

/** Linux counts processor time in hundredths of a second. */
const tickMs = 10;
/** With more than this the figures say something of others, too. An idle machine has some hundredths. */
const otherCoresMax = 0.1;

/** Read it before a child is started and after it has ended: then the child's processor time is our own. */
export function readMachine(): MachineReading {
  return {
    at: performance.now(),
    waitedUs: waitedOf(textOf('/proc/pressure/cpu')),
    busyMs: busyOf(textOf('/proc/stat')),
    ownMs: ownOf(textOf('/proc/self/stat')),
  };
}

export function loadBetween(before: MachineReading, after: MachineReading): MachineLoad {
  const elapsedMs = after.at - before.at;
  const waitedUs = before.waitedUs === null || after.waitedUs === null ? null : after.waitedUs - before.waitedUs;
  const othersMs = after.busyMs - before.busyMs - (after.ownMs - before.ownMs);
  return {
    pressure: waitedUs === null ? null : Math.min(1, waitedUs / 1_000 / elapsedMs),
    otherCores: Math.max(0, othersMs / elapsedMs),
    cores: availableParallelism(),
  };
}

export function isBusyWithOthers({ otherCores }: MachineLoad): boolean {
  return otherCores > otherCoresMax;
}

/** `some avg10=… total=<µs>` */
export function waitedOf(pressure: string): number | null {
  const total = /^some .*\btotal=(\d+)/m.exec(pressure)?.[1];
  return total === undefined ? null : Number(total);
}

/** `cpu user nice system idle iowait irq softirq steal …`; interrupts are nobody's, and left out. */
export function busyOf(stat: string): number {
  const [, user = 0, nice = 0, system = 0, , , , , steal = 0] = (/^cpu .*/m.exec(stat)?.[0] ?? '')
    .split(/ +/)
    .map(Number);
  return (user + nice + system + steal) * tickMs;
}

/** utime, stime, cutime and cstime are the 12th to 15th field after the name, which stands in brackets. */
export function ownOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) * tickMs;
}

/** '' where the kernel has no such file. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
