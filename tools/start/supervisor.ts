import { type Launch, LaunchedProcess } from './launched-process';
import { type Shown } from './log-lines';

/**
 * Holds what the launcher has started. `run` adds a process; the first one that ends without being asked to resolves
 * `failed`; `stopAll` ends them group by group, what was started last first, so that workers are gone before the
 * servers, and Redis goes last.
 */
export interface Failure {
  process: LaunchedProcess;
  how: string;
}

export class Supervisor {
  readonly failed: Promise<Failure>;
  readonly #groups: LaunchedProcess[][] = [];
  readonly #show: (name: string, shown: Shown) => void;
  readonly #stopMsMax: number;
  #fail!: (failure: Failure) => void;
  #isStopping = false;

  constructor(show: (name: string, shown: Shown) => void, stopMsMax: number) {
    this.#show = show;
    this.#stopMsMax = stopMsMax;
    this.failed = new Promise((resolve) => {
      this.#fail = resolve;
    });
  }

  /** Starts processes that belong together: they are stopped at the same time. Nothing is started once stopping. */
  run(launches: readonly Launch[]): void {
    if (this.#isStopping) return;
    const group = launches.map((launch) => new LaunchedProcess(launch, this.#show));
    this.#groups.push(group);
    for (const process of group) {
      void process.ended.then(({ how }) => {
        if (!this.#isStopping) this.#fail({ process, how });
      });
    }
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  get processes(): readonly LaunchedProcess[] {
    return this.#groups.flat();
  }

  /** Names of those that had to be killed. */
  async stopAll(): Promise<string[]> {
    this.#isStopping = true;
    const killed: string[] = [];
    for (const group of this.#groups.toReversed()) {
      const endedByItself = await Promise.all(group.map((process) => process.stop(this.#stopMsMax)));
      killed.push(...group.filter((_, index) => endedByItself[index] === false).map(({ name }) => name));
    }
    return killed;
  }

  /** At once and all together: for the second Ctrl-C. */
  killAll(): void {
    this.#isStopping = true;
    for (const process of this.processes) process.kill();
  }
}
