import { Random } from '../kit/random';
import { type Observation } from './oracle-log';
import { type SimProcess, VirtualTime } from './virtual-time';
import { calm, type FaultKind, type Weather } from './weather';

/** What all parts of one simulation share: time, chance, the weather, and what is written down. */
export class Stage {
  readonly time = new VirtualTime();
  readonly weather: Weather = { ...calm };
  readonly observations: Observation[] = [];
  readonly lines: string[] = [];
  readonly injected = new Map<FaultKind, number>();
  private readonly random: Random;

  constructor(
    readonly seed: number,
    private readonly isVerbose: boolean,
  ) {
    this.random = new Random(seed);
  }

  stream(n: number): Random {
    return this.random.fork(n);
  }

  /** A line of the log; built only when somebody will read it. */
  say(who: string, what: () => string): void {
    if (this.isVerbose)
      this.lines.push(`${(this.time.now / 1000).toFixed(4).padStart(10)} ${who.padEnd(14)} ${what()}`);
  }

  see(observation: Observation): void {
    this.observations.push(observation);
    this.say('  observation', () => JSON.stringify(observation));
  }

  inject(kind: FaultKind, where: string): void {
    this.injected.set(kind, (this.injected.get(kind) ?? 0) + 1);
    this.say('! fault', () => `${kind}: ${where}`);
  }

  /** Runs something as a part of that process, now or when it goes on. */
  as(process: SimProcess, run: () => void): void {
    this.time.after(0, process, run);
  }
}
