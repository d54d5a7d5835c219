import { type Experiment } from '../faults/experiment';
import { processFigures, type ProcessFigures } from './process-figures';

interface Reading extends ProcessFigures {
  readonly pid: number;
}

/** What a site needed at one moment. */
export interface CrowdReading {
  readonly when: string;
  /** Since the reading before. */
  readonly sinceMs: number;
  /** `cpuMs`: since the reading before. */
  readonly processes: readonly (ProcessFigures & { readonly name: string })[];
  readonly redisKeys: number;
  readonly redisUsedMb: number;
}

/** Reads what each process of a site needs at that moment, and how much processor time it took since the last reading. */
export class CrowdFigures {
  readonly readings: CrowdReading[] = [];
  private readonly last = new Map<string, Reading>();
  private lastAt = Date.now();

  constructor(
    private readonly experiment: Experiment,
    private readonly say: (line: string) => void,
  ) {}

  async read(when: string): Promise<void> {
    const now = Date.now();
    const sinceMs = now - this.lastAt;
    this.lastAt = now;
    const processes: (ProcessFigures & { name: string })[] = [];
    for (const [name, pid] of this.processes()) {
      const reading = { pid, ...(await processFigures(pid)) };
      const before = this.last.get(name);
      const cpuMs = before?.pid === pid ? reading.cpuMs - before.cpuMs : reading.cpuMs;
      processes.push({ ...reading, name, cpuMs });
      this.last.set(name, reading);
    }
    const { redisConnection: redis } = this.experiment.site;
    const memory = /^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1];
    const redisUsedMb = Number(memory) / 1024 / 1024;
    const reading = { when, sinceMs, processes, redisKeys: await redis.dbsize(), redisUsedMb };
    this.readings.push(reading);
    for (const line of linesOf(reading)) this.say(line);
  }

  private processes(): [name: string, pid: number][] {
    const { servers, workers, redis, simulator } = this.experiment.site;
    return [
      ['primary server', servers.primary.pid],
      ['secondary server', servers.secondary.pid],
      ['primary worker', workers.primary.pid],
      ['secondary worker', workers.secondary.pid],
      ['Redis', redis.pid],
      ['CTI servers', simulator.app.pid],
      ['the desktops', process.pid],
    ];
  }
}

function linesOf({ when, sinceMs, processes, redisKeys, redisUsedMb }: CrowdReading): string[] {
  const ofProcesses = processes.map(({ name, rssMb, peakMb, handles, cpuMs }) => {
    const share = ((100 * cpuMs) / Math.max(1, sinceMs)).toFixed(0);
    const cpu = `${(cpuMs / 1000).toFixed(1)} s of processor time since (${share} %)`;
    const memory = `${rssMb.toFixed(0)} MB (at most ${peakMb.toFixed(0)})`;
    return `  ${name.padEnd(18)} ${memory}, ${String(handles)} open files, ${cpu}`;
  });
  return [`${when}:`, ...ofProcesses, `  Redis holds ${String(redisKeys)} keys in ${redisUsedMb.toFixed(1)} MB`];
}
