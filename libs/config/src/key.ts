import { type z } from 'zod';

/**
 * The processes that are configured from the environment. `start` is the launcher behind `npm start`, `cli` the command
 * `lastcall`, `journal` that part of it which reads the journal, and `operator` that which sends orders to the console.
 */
export const apps = ['server', 'worker', 'console', 'simulator', 'start', 'cli', 'journal', 'operator'] as const;
export type App = (typeof apps)[number];

/** What a process knows about where it runs; given by the caller so that reading stays testable. */
export interface Host {
  hostName: string;
  /** New with each process: one that was started again is another one. */
  uniqueSuffix: string;
  /** Reads a whole text file; throws when it cannot be read. */
  readText: (path: string) => string;
}

/** What happens when a key is not given. An empty value counts as not given. */
export type WhenAbsent =
  | { kind: 'required' }
  | { kind: 'optional' }
  | { kind: 'default'; text: string }
  /** Some apps have a default, the others need a value. */
  | { kind: 'defaultIn'; texts: Partial<Record<App, string>> }
  | { kind: 'derived'; description: string; from: (env: Environment, host: Host) => string };

export type Environment = Readonly<Record<string, string | undefined>>;

/** One configuration key: everything that `--help`, the check at start and the document need to know. */
export interface Key<A extends App, T, W extends WhenAbsent> {
  env: string;
  apps: readonly A[];
  schema: z.ZodType<T, string>;
  /** What a good value looks like; printed when a value is refused, in place of the value. */
  expected: string;
  whenAbsent: W;
  secret: boolean;
  /** The unit of the value as the program sees it, '' where it has none. */
  unit: string;
  sentence: string;
}

export type AnyKey = Key<App, unknown, WhenAbsent>;

/** The value of a key as the program sees it. */
export type ValueOf<K> =
  K extends Key<App, infer T, infer W> ? (W extends { kind: 'optional' } ? T | undefined : T) : never;

/** Only infers; keeps the literal types of `apps` and `whenAbsent`. */
export function key<const A extends App, T, const W extends WhenAbsent>(row: Key<A, T, W>): Key<A, T, W> {
  return row;
}

export const required = { kind: 'required' } as const;
export const optional = { kind: 'optional' } as const;

export function byDefault(text: string): { kind: 'default'; text: string } {
  return { kind: 'default', text };
}

export function byDefaultIn(texts: Partial<Record<App, string>>): {
  kind: 'defaultIn';
  texts: Partial<Record<App, string>>;
} {
  return { kind: 'defaultIn', texts };
}
