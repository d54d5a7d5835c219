import { ReplyError } from 'ioredis';
import { readRefusal } from './redis-refusal';

/** What can go wrong with the store, by code: what it means, whether trying again can help, and what a person can do. */
export const storeFaults = {
  STORE_UNREACHABLE: {
    sentence: 'Redis cannot be reached or did not answer in time.',
    retriable: true,
    remedy: 'See whether Redis runs and whether REDIS_URL names it; nobody is signed out until it is back.',
  },
  STORE_REFUSED: {
    sentence: 'Redis answered with an error.',
    retriable: true,
    remedy:
      'Read the cause: memory (maxmemory with noeviction), rights (ACL), a read-only replica, or a cluster without that slot.',
  },
  MASTER_UNCONFIRMED: {
    sentence: 'No majority of the Sentinels confirms that this Redis is still the master.',
    retriable: true,
    remedy:
      'See whether REDIS_URL names all Sentinels and most of them can be reached from here; a side that is cut off from them waits. Sentinels that were replaced are counted until SENTINEL RESET with the name of the master was sent to each of the others.',
  },
  RECORD_UNREADABLE: {
    sentence: 'The record of an agent cannot be read, so nothing is done about that agent.',
    retriable: false,
    remedy: 'Look at the key with redis-cli GET. Deleting it is safe: servers say again which desktops they hold.',
  },
} as const satisfies Record<string, { sentence: string; retriable: boolean; remedy: string }>;

export type StoreFault = keyof typeof storeFaults;

/** An operational error of the store. Branch on `code`. */
export class StoreError extends Error {
  readonly retriable: boolean;
  readonly remedy: string;
  /** For a person: what is wrong and what to do, without the operation that met it. */
  readonly why: string;

  constructor(
    readonly code: StoreFault,
    /** The key or operation that it is about. */
    readonly subject: string,
    cause?: unknown,
    /** The script that was called, if one was. */
    lua?: string,
  ) {
    const { sentence, retriable, remedy } = faultOf(code, cause, lua);
    super(`${sentence} (${subject}) ${remedy}`, cause === undefined ? undefined : { cause });
    this.name = 'StoreError';
    this.retriable = retriable;
    this.remedy = remedy;
    this.why = `${sentence} ${remedy}`;
  }
}

/** An error of the client as a StoreError: an answer that is an error was refused, anything else is no answer. */
export function asStoreError(subject: string, cause: unknown, lua?: string): StoreError {
  if (cause instanceof StoreError) return cause;
  return new StoreError(cause instanceof ReplyError ? 'STORE_REFUSED' : 'STORE_UNREACHABLE', subject, cause, lua);
}

/** Why the store does not do its work, for a person. */
export function whyStoreFails(error: unknown): string {
  return error instanceof StoreError ? error.why : asStoreError('', error).why;
}

function faultOf(
  code: StoreFault,
  cause: unknown,
  lua: string | undefined,
): { sentence: string; retriable: boolean; remedy: string } {
  const fault = storeFaults[code];
  return code === 'STORE_REFUSED' && cause instanceof Error ? { ...fault, ...readRefusal(cause.message, lua) } : fault;
}
