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

/**
 * Timers that go on while the tab is hidden. Browsers slow a hidden page's own down to one a minute, but not a worker's.
 * Where a worker cannot be had (a Content-Security-Policy without `worker-src blob:`) the page's own must do: later, and
 * still right, since nothing here takes a late timer for a silent server.
 *
 * @param startWorker may throw; the worker may also fail later by `onerror`.
 * @param pageAfter the page's own timer.
 */
export function workerClock(startWorker: () => ClockWorker, pageAfter: (ms: number, act: () => void) => void): Clock {
  const alarms = new Map<number, { readonly ms: number; readonly act: () => void }>();
  let worker: ClockWorker | undefined;
  let ids = 0;
  const ring = (id: number): void => {
    const alarm = alarms.get(id);
    alarms.delete(id);
    alarm?.act();
  };
  const doWithout = (): void => {
    if (worker === undefined) return;
    worker = undefined;
    for (const [id, { ms }] of alarms)
      pageAfter(ms, () => {
        ring(id);
      });
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
      alarms.set(id, { ms, act });
      if (worker === undefined)
        pageAfter(ms, () => {
          ring(id);
        });
      else worker.postMessage([id, ms]);
      return () => {
        alarms.delete(id);
      };
    },
    stop() {
      alarms.clear();
      worker?.terminate();
      worker = undefined;
    },
  };
}
