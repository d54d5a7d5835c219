import { type After } from './surroundings';

/** What is used of a Worker. */
export interface ClockWorker {
  onmessage: ((event: { readonly data: number }) => void) | null;
  onerror: (() => void) | null;
  postMessage(alarm: readonly [id: number, ms: number]): void;
  terminate(): void;
}

/** The whole program of the worker: an alarm clock. */
export const clockProgram = 'onmessage=({data:[i,t]})=>setTimeout(postMessage,t,i)';

export interface Clock {
  readonly after: After;
  stop(): void;
}

interface Alarm {
  readonly ms: number;
  readonly act: () => void;
  /** Takes back the page's own timer, if it is one. */
  silence: () => void;
}

/**
 * Timers that go on while the tab is hidden. Browsers slow a hidden page's own down to one a minute, but not a worker's.
 * Where a worker cannot be had (a Content-Security-Policy without `worker-src blob:`) the page's own must do: later, and
 * still right, since nothing here takes a late timer for a silent server.
 *
 * @param startWorker may throw; the worker may also fail later by `onerror`.
 * @param pageAfter the page's own timer.
 */
export function workerClock(startWorker: () => ClockWorker, pageAfter: After): Clock {
  const alarms = new Map<number, Alarm>();
  let worker: ClockWorker | undefined;
  let ids = 0;
  const ring = (id: number): void => {
    const alarm = alarms.get(id);
    alarms.delete(id);
    alarm?.act();
  };
  const setByPage = (id: number, alarm: Alarm): void => {
    alarm.silence = pageAfter(alarm.ms, () => {
      ring(id);
    });
  };
  const takeBack = (id: number): void => {
    alarms.get(id)?.silence();
    alarms.delete(id);
  };
  const doWithout = (): void => {
    if (worker === undefined) return;
    worker = undefined;
    for (const [id, alarm] of alarms) setByPage(id, alarm);
  };
  try {
    worker = startWorker();
    worker.onmessage = ({ data }) => {
      ring(data);
    };
    worker.onerror = doWithout;
  } catch {
    worker = undefined;
  }
  return {
    after(ms, act) {
      const id = ++ids;
      const alarm: Alarm = { ms, act, silence: () => undefined };
      alarms.set(id, alarm);
      if (worker === undefined) setByPage(id, alarm);
      else worker.postMessage([id, ms]);
      return () => {
        takeBack(id);
      };
    },
    stop() {
      for (const id of alarms.keys()) takeBack(id);
      worker?.terminate();
      worker = undefined;
    },
  };
}
