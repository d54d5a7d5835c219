/**
 * What is to be told to the engine, in order per agent. A lane is one agent's queue: its tasks run one after the other, a
 * task that fails stays at the head and is tried again after `resume`, and nothing overtakes it. So a loss that could not
 * be committed while the store was away is handed in later, after the opening that it ends.
 *
 * A lane that failed does not try again by itself: thousands of lanes would ask a dead store thousands of times. Whoever
 * finds out that the store answers again calls `resume`.
 */

export interface Task {
  readonly lane: string;
  /** `waiting` tasks have not begun, or have failed and wait for `resume`. */
  state: 'waiting' | 'running' | 'done' | 'withdrawn';
}

interface OwnTask extends Task {
  readonly run: () => Promise<void>;
}

interface Lane {
  readonly tasks: OwnTask[];
  /** `queued`: it has a turn coming; `blocked`: its head failed. */
  state: 'idle' | 'queued' | 'running' | 'blocked';
}

export interface LanesOptions {
  /** Tasks of different lanes that may run at once. */
  readonly inFlightMax: number;
  /** Told of every failure; the task is kept. */
  readonly onFailure: (lane: string, error: unknown) => void;
}

export class Lanes {
  private readonly lanes = new Map<string, Lane>();
  private readonly turns: string[] = [];
  private inFlight = 0;

  constructor(private readonly options: LanesOptions) {}

  /** Tasks that are not done yet. */
  get pending(): number {
    let count = 0;
    for (const { tasks } of this.lanes.values()) count += tasks.length;
    return count;
  }

  put(name: string, run: () => Promise<void>): Task {
    const task: OwnTask = { lane: name, run, state: 'waiting' };
    const lane = this.lanes.get(name) ?? { tasks: [], state: 'idle' as const };
    this.lanes.set(name, lane);
    lane.tasks.push(task);
    if (lane.state === 'idle') this.queue(name, lane);
    this.pump();
    return task;
  }

  /** Takes a waiting task out of its lane. False when it runs or is done: then it cannot be taken back. */
  withdraw(task: Task): boolean {
    if (task.state !== 'waiting') return false;
    const lane = this.lanes.get(task.lane);
    const index = lane?.tasks.findIndex((other) => other === task) ?? -1;
    if (lane === undefined || index === -1) return false;
    lane.tasks.splice(index, 1);
    task.state = 'withdrawn';
    if (lane.tasks.length === 0 && lane.state === 'blocked') this.lanes.delete(task.lane);
    return true;
  }

  /** The store answers again: every lane that failed has a turn. */
  resume(): void {
    for (const [name, lane] of this.lanes) if (lane.state === 'blocked') this.queue(name, lane);
    this.pump();
  }

  private queue(name: string, lane: Lane): void {
    lane.state = 'queued';
    this.turns.push(name);
  }

  private pump(): void {
    while (this.inFlight < this.options.inFlightMax) {
      const name = this.turns.shift();
      if (name === undefined) return;
      const lane = this.lanes.get(name);
      if (lane === undefined) continue;
      const [head] = lane.tasks;
      if (head === undefined) this.lanes.delete(name);
      else void this.runHead(name, lane, head);
    }
  }

  private async runHead(name: string, lane: Lane, head: OwnTask): Promise<void> {
    lane.state = 'running';
    head.state = 'running';
    this.inFlight += 1;
    try {
      await head.run();
      head.state = 'done';
      lane.tasks.shift();
      if (lane.tasks.length === 0) this.lanes.delete(name);
      else this.queue(name, lane);
    } catch (error) {
      head.state = 'waiting';
      lane.state = 'blocked';
      this.options.onFailure(name, error);
    } finally {
      this.inFlight -= 1;
      this.pump();
    }
  }
}
