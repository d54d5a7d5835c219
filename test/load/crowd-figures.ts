import { type Experiment } from '../faults/experiment';
import { processFigures, type ProcessFigures } from './process-figures';

interface Reading extends ProcessFigures {
  readonly pid: number;
}

/** Tells what each process of a site needs at that moment, and how much processor time it took since the last telling. */
export class CrowdFigures {
  private readonly last = new Map<string, Reading>();
  private lastAt = Date.now();

  constructor(
    private readonly experiment: Experiment,
    private readonly say: (line: string) => void,
  ) {}

  async tell(when: string): Promise<void> {
    const now = Date.now();
    const sinceMs = now - this.lastAt;
    this.lastAt = now;
    this.say(`${when}:`);
    for (const [name, pid] of this.processes()) {
      const reading = { pid, ...(await processFigures(pid)) };
      this.say(`  ${name.padEnd(18)} ${this.told(name, reading, sinceMs)}`);
      this.last.set(name, reading);
    }
    const { redisConnection: redis } = this.experiment.site;
    const memory = /^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1];
    const usedMb = (Number(memory) / 1024 / 1024).toFixed(1);
    this.say(`  Redis holds ${String(await redis.dbsize())} keys in ${usedMb} MB`);
  }

  private told(name: string, { pid, rssMb, peakMb, handles, cpuMs }: Reading, sinceMs: number): string {
    const before = this.last.get(name);
    const usedMs = before?.pid === pid ? cpuMs - before.cpuMs : cpuMs;
    const share = ((100 * usedMs) / Math.max(1, sinceMs)).toFixed(0);
    const cpu = `${(usedMs / 1000).toFixed(1)} s of processor time since (${share} %)`;
    return `${rssMb.toFixed(0)} MB (at most ${peakMb.toFixed(0)}), ${String(handles)} open files, ${cpu}`;
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
