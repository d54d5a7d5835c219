import { runInNewContext } from 'node:vm';
import { type ClockWorker, clockProgram, workerClock } from './worker-clock';

class FakeWorker implements ClockWorker {
  onmessage: ClockWorker['onmessage'] = null;
  onerror: ClockWorker['onerror'] = null;
  readonly alarms: (readonly [number, number])[] = [];
  isTerminated = false;
  postMessage(alarm: readonly [number, number]): void {
    this.alarms.push(alarm);
  }
  terminate(): void {
    this.isTerminated = true;
  }
  ring(index: number): void {
    this.onmessage?.({ data: this.alarms[index]![0] });
  }
}

describe('the clock in a worker', () => {
  const pageTimers: { ms: number; act: () => void }[] = [];
  const pageAfter = (ms: number, act: () => void): (() => void) => {
    const timer = { ms, act };
    pageTimers.push(timer);
    return () => pageTimers.splice(pageTimers.indexOf(timer), 1);
  };
  let rung: string[];
  beforeEach(() => {
    rung = [];
    pageTimers.length = 0;
  });
  const note = (what: string) => () => rung.push(what);

  it('rings each alarm once, unless it was taken back', () => {
    const worker = new FakeWorker();
    const clock = workerClock(() => worker, pageAfter);
    clock.after(10, note('one'));
    const takeBack = clock.after(20, note('two'));
    takeBack();
    worker.ring(1);
    worker.ring(0);
    worker.ring(0);
    expect([rung, pageTimers]).toEqual([['one'], []]);
    expect(worker.alarms.map(([, ms]) => ms)).toEqual([10, 20]);
  });

  it('is the clock of the page where there is no worker', () => {
    const clock = workerClock(() => {
      throw new Error('Refused by the Content-Security-Policy');
    }, pageAfter);
    clock.after(10, note('one'));
    const takeBack = clock.after(20, note('two'));
    takeBack();
    expect(pageTimers.map(({ ms }) => ms)).toEqual([10]);
    pageTimers[0]!.act();
    expect(rung).toEqual(['one']);
  });

  it('hands its alarms to the page when the worker fails later', () => {
    const worker = new FakeWorker();
    const clock = workerClock(() => worker, pageAfter);
    clock.after(10, note('one'));
    worker.onerror?.();
    clock.after(20, note('two'));
    expect(pageTimers.map(({ ms }) => ms)).toEqual([10, 20]);
    for (const { act } of pageTimers) act();
    expect(rung).toEqual(['one', 'two']);
  });

  it('that is stopped rings no more', () => {
    const worker = new FakeWorker();
    const clock = workerClock(() => worker, pageAfter);
    clock.after(10, note('one'));
    clock.stop();
    worker.ring(0);
    expect([rung, worker.isTerminated]).toEqual([[], true]);
  });

  it('runs a program that hands each alarm back when its time has come', () => {
    const posted: number[] = [];
    const timers: Timer[] = [];
    const scope: Scope = {
      setTimeout: (...timer) => timers.push(timer),
      postMessage: (id) => posted.push(id),
    };
    runInNewContext(clockProgram, scope);
    scope.onmessage?.({ data: [7, 250] });
    const [ring, ms, id] = timers[0]!;
    ring(id);
    expect([ms, posted]).toEqual([250, [7]]);
  });
});

type Timer = [act: (id: number) => void, ms: number, id: number];

/** The global scope of a worker, as far as the program needs it. */
interface Scope {
  onmessage?: (event: { data: [number, number] }) => void;
  setTimeout: (...timer: Timer) => void;
  postMessage: (id: number) => void;
}
