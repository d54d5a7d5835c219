import { RedisQueueBackend } from 'bullmq';

type Call = (this: unknown, ...args: unknown[]) => Promise<unknown>;

/** The first call that any worker makes of it gets no answer: no result, no error. */
export function loseFirst(method: 'moveToActive' | 'waitForJob'): {
  readonly lost: Promise<void>;
  readonly restore: () => void;
} {
  const calls = RedisQueueBackend.prototype as unknown as Record<string, Call>;
  const call = calls[method]!;
  const lost = new Promise<void>((resolve) => {
    let isFirst = true;
    calls[method] = function (...args) {
      if (!isFirst) return call.apply(this, args);
      isFirst = false;
      resolve();
      return new Promise<never>(() => undefined);
    };
  });
  return { lost, restore: () => (calls[method] = call) };
}
