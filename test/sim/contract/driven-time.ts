import { type StoreClock } from '#store/contract/under-test.spec-support';
import { installVirtualTime } from '../virtual-globals';
import { type SimProcess, type VirtualTime } from '../virtual-time';

/** Virtual time for a test: it runs while the test waits for an answer, and stands still between two questions. */
export class DrivenTime implements StoreClock {
  private readonly restore: () => void;
  /** What makes each question that has no answer yet fail. */
  private readonly open = new Set<(fault: Error) => void>();
  private isRunning = false;

  constructor(
    private readonly time: VirtualTime,
    /** By whose clock and timers the questions go. */
    private readonly process: SimProcess,
  ) {
    this.restore = installVirtualTime(time);
  }

  now(): Promise<number> {
    return Promise.resolve(this.time.storeNow);
  }

  advance(ms: number): Promise<void> {
    return this.run(() => new Promise((resolve) => setTimeout(resolve, ms)));
  }

  /** Asks as the process, and answers what it is answered. */
  run<T>(ask: () => Promise<T>, process = this.process): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.open.add(reject);
    const close = (): void => {
      this.open.delete(reject);
    };
    promise.then(close, close);
    this.time.after(0, process, () => {
      ask().then(resolve, reject);
    });
    void this.runWhileOpen();
    return promise;
  }

  /** An object whose methods answer with promises, each asked as `run` does. */
  driven<T extends object>(asked: T, process = this.process): T {
    return new Proxy(asked, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]) => this.run(() => Reflect.apply(member, target, args) as Promise<unknown>, process);
      },
    });
  }

  stop(): void {
    this.restore();
  }

  private async runWhileOpen(): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    const isAnswered = (): boolean => this.open.size === 0;
    await this.time.runUntil(() => Number.POSITIVE_INFINITY, isAnswered);
    for (const fail of this.open) fail(new Error('nothing is left to happen, and there is no answer'));
    this.open.clear();
    this.isRunning = false;
  }
}
