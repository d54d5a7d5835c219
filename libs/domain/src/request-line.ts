import { type Pace } from './mass-loss';

/**
 * When a request that a limit refuses has its turn. One function says it for the next one in the line, which is told "its turn is
 * expected in …", and for the last one of a crowd; the store, the console and docs/reliability.md all use it.
 */

/** At most `max` requests within any `ms`. */
export interface RequestLimit {
  readonly ms: number;
  readonly max: number;
}

/** The line of those whom a limit refused. */
export interface RequestLine {
  /** When the limits let another request out, if nobody waits (epoch ms). */
  readonly freeAt: number;
  /** The turn of the last one who has a place in the line (epoch ms); null: nobody waits. */
  readonly lastAt: number | null;
  /** From one turn to the next. */
  readonly spacingMs: number;
}

/** From one turn to the next; the slowest limit decides. */
export function spacingOf(limits: readonly RequestLimit[]): number {
  return Math.max(0, ...limits.map(({ ms, max }) => Math.ceil(ms / Math.max(max, 1))));
}

/** The turn of the nth one who comes to the end of the line, counted from 1 (epoch ms). */
export function turnInLine({ freeAt, lastAt, spacingMs }: RequestLine, nth = 1): number {
  const first = lastAt === null ? freeAt : Math.max(freeAt, lastAt + spacingMs);
  return first + (nth - 1) * spacingMs;
}

/** How long after the first request the last one goes out, of so many that are due together while nobody waits. */
export function crowdMs(count: number, limits: readonly RequestLimit[]): number {
  const waits = limits.map((limit) =>
    count <= limit.max
      ? 0
      : turnInLine({ freeAt: limit.ms, lastAt: null, spacingMs: spacingOf([limit]) }, count - limit.max),
  );
  return Math.max(0, ...waits);
}

/** The limits of a side's requests: its own pace, if it has one, and that of the CTI server. */
export function limitsOf(pace: Pace | null, perSecondMax: number): readonly RequestLimit[] {
  const all = { ms: 1_000, max: perSecondMax };
  if (pace === null) return [all];
  const perMinute = { ms: 60_000, max: pace.perMinuteMax };
  return pace.perSecondMax === null ? [all, perMinute] : [all, perMinute, { ms: 1_000, max: pace.perSecondMax }];
}
