import { inspect } from 'node:util';

/**
 * The one hang limit of all tests. A wait that succeeds ends as soon as what it waits for is there, so the limit costs nothing;
 * it only has to be longer than a machine whose cores others keep busy may take. jest's own limit for a test
 * (jest.config.mjs) is well above it, so that the message of the wait is what you read.
 */
export const hangMsMax = 120_000;

/**
 * Looks come quickly at first and then at this distance: what is nearly there is seen at once, and a long wait costs little. Each
 * look costs a request to a process under test; every 20 ms they were a third of what the tests need of a processor.
 */
const pollMsMax = 100;
/** The same where what is awaited may soon be over again. */
const pollBriefMsMax = 20;
/** `seen` may ask a process that hangs, too. */
const seenMsMax = 5_000;
const seenCharsMax = 4_000;

export interface WaitOptions {
  /** What there is to see when the wait has failed; goes into its message. Default: what the last look threw. */
  readonly seen?: () => unknown;
  /** What is awaited may soon be over again, so looks keep coming quickly. */
  readonly isBrief?: boolean;
}

/** Thrown by a look when what is awaited cannot come any more: the wait fails at once with this message. */
export class CannotComeError extends Error {}

/** Polls until `look` returns something other than undefined and false. A look that throws counts as "not yet". */
export async function waitFor<T>(
  what: string,
  look: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<Exclude<T, undefined | false>> {
  const startedAt = performance.now();
  const everyMsMax = options.isBrief === true ? pollBriefMsMax : pollMsMax;
  let fault: unknown;
  for (let everyMs = 1; ; everyMs = Math.min(2 * everyMs, everyMsMax)) {
    const leftMs = startedAt + hangMsMax - performance.now();
    const found = leftMs > 0 ? await within(leftMs, tried(look)) : late;
    if (found === late) throw await hangError(what, options.seen ?? (() => fault), fault);
    if ('value' in found && isThere(found.value)) return found.value;
    fault = 'fault' in found ? found.fault : undefined;
    await pause(everyMs);
  }
}

/** The same for an event: waits for the promise, which settles by itself when the event comes. */
export async function waitForEvent<T>(what: string, event: Promise<T>, options: WaitOptions = {}): Promise<T> {
  const outcome = await within(hangMsMax, event);
  if (outcome === late) throw await hangError(what, options.seen, undefined);
  return outcome;
}

/** Lets time pass in which something must *not* happen. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const late = Symbol('late');

async function within<T>(ms: number, promise: Promise<T>): Promise<T | typeof late> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<typeof late>((resolve) => {
    timer = setTimeout(resolve, ms, late);
  });
  try {
    return await Promise.race([promise, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}

async function tried<T>(look: () => T | Promise<T>): Promise<{ value: T } | { fault: unknown }> {
  try {
    return { value: await look() };
  } catch (fault) {
    // For a wait around this one it is a fault like others: what this attempt cannot bring, the next one may.
    if (fault instanceof CannotComeError) throw new Error(fault.message, { cause: fault });
    return { fault };
  }
}

function isThere<T>(value: T): value is Exclude<T, undefined | false> {
  return value !== undefined && value !== false;
}

async function hangError(what: string, seen: (() => unknown) | undefined, cause: unknown): Promise<Error> {
  const last = await lastSeen(seen);
  const waited = `waited ${String(hangMsMax / 1_000)} s in vain for ${what}`;
  return new Error(last === undefined ? waited : `${waited}; seen last: ${compact(last)}`, { cause });
}

async function lastSeen(seen: (() => unknown) | undefined): Promise<unknown> {
  try {
    const last = await within(seenMsMax, Promise.resolve(seen?.()));
    return last === late ? 'nothing, since asking for it hangs too' : last;
  } catch (fault) {
    return fault;
  }
}

function compact(seen: unknown): string {
  const text = typeof seen === 'string' ? seen : isError(seen) ? seen.message : inspect(seen, inspection);
  return text.length <= seenCharsMax ? text : `${text.slice(0, seenCharsMax)} …`;
}

/** Not asked by its class: jest's errors and Node's are of different ones. */
function isError(seen: unknown): seen is Error {
  return typeof seen === 'object' && seen !== null && 'message' in seen && 'stack' in seen;
}

const inspection = { depth: 6, breakLength: Infinity, maxArrayLength: 50, maxStringLength: 500 };
