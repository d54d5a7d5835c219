import { epochMs, type VirtualTime } from './virtual-time';

/** Timers of Node fire after one millisecond at the earliest. */
const timerMsMin = 1;

/** What `clearTimeout` takes and what code does with a timer besides. */
class VirtualTimer {
  cancel: () => void = () => undefined;
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
}

type Act = (...args: unknown[]) => void;

/** Puts virtual time in the place of the clocks and timers that code reaches for by name; the answer puts the real ones back. */
export function installVirtualTime(time: VirtualTime): () => void {
  const clear = (timer: VirtualTimer | undefined): void => {
    timer?.cancel();
  };
  const once = (act: Act, ms: number, args: unknown[]): VirtualTimer => {
    const timer = new VirtualTimer();
    const happening = time.after(ms, time.current, () => {
      act(...args);
    });
    timer.cancel = () => {
      happening.cancelled = true;
    };
    return timer;
  };
  const replacements: Record<string, unknown> = {
    setTimeout: (act: Act, ms = 0, ...args: unknown[]) => once(act, Math.max(timerMsMin, ms), args),
    setImmediate: (act: Act, ...args: unknown[]) => once(act, 0, args),
    setInterval: (act: Act, ms = 0, ...args: unknown[]) => repeated(time, act, Math.max(timerMsMin, ms), args),
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
  };
  const restore = Object.entries(replacements).map(([name, value]) => replace(globalThis, name, value));
  restore.push(replace(performance, 'now', () => time.now));
  restore.push(replace(Date, 'now', () => epochMs + Math.floor(time.now) + time.current.skewMs));
  return () => {
    for (const putBack of restore) putBack();
  };
}

function repeated(time: VirtualTime, act: Act, ms: number, args: unknown[]): VirtualTimer {
  const timer = new VirtualTimer();
  const happening = time.after(ms, time.current, () => {
    time.again(happening, ms);
    act(...args);
  });
  timer.cancel = () => {
    happening.cancelled = true;
  };
  return timer;
}

function replace(target: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(target, name);
  Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: true });
  return () => {
    if (before === undefined) Reflect.deleteProperty(target, name);
    else Object.defineProperty(target, name, before);
  };
}
