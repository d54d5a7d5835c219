import { type Side } from '#domain/agent';
import { type Pace } from '#domain/mass-loss';
import { lineMsMax } from './lua/admission.lua';

interface Window {
  readonly name: string;
  readonly ms: number;
  readonly max: number;
  /** The highest limit that was given holds for a whole window. */
  readonly isKept?: boolean;
}

interface Kept {
  readonly max: number;
  readonly until: number;
}

/** The limits of requests in memory, under the same rules as admission.lua.ts. */
export class MemoryLine {
  private readonly issuedAt = new Map<string, number[]>();
  private readonly ends = new Map<string, number>();
  private readonly kept = new Map<string, Kept>();

  copy(): MemoryLine {
    const copy = new MemoryLine();
    for (const [name, times] of this.issuedAt) copy.issuedAt.set(name, [...times]);
    for (const [line, end] of this.ends) copy.ends.set(line, end);
    for (const [name, kept] of this.kept) copy.kept.set(name, kept);
    return copy;
  }

  /** Null when the request may go out now, and it is counted; else when a try is likely to pass. */
  admit(
    now: number,
    side: Side | null,
    limits: { readonly issuingPerSecondMax?: number; readonly paceOf?: (side: Side) => Pace },
  ): number | null {
    const windows = windowsOf(side, limits);
    let freeAt = 0;
    let spacingMs = 0;
    for (const window of windows) {
      const { name, ms } = window;
      const max = this.limitOf(window, now);
      const recent = (this.issuedAt.get(name) ?? []).filter((at) => at > now - ms);
      this.issuedAt.set(name, recent);
      const oldest = recent[0];
      if (recent.length < max || oldest === undefined) continue;
      freeAt = Math.max(freeAt, oldest + ms);
      spacingMs = Math.max(spacingMs, ms / max);
    }
    if (freeAt === 0) {
      for (const { name } of windows) this.issuedAt.get(name)?.push(now);
      return null;
    }
    const line = side ?? '';
    const nextAt = Math.min(Math.max(freeAt, (this.ends.get(line) ?? 0) + spacingMs), now + lineMsMax);
    this.ends.set(line, nextAt);
    return Math.ceil(nextAt);
  }

  private limitOf({ name, ms, max, isKept }: Window, now: number): number {
    if (isKept !== true) return max;
    const kept = this.kept.get(name);
    if (kept !== undefined && kept.until > now && kept.max >= max) return kept.max;
    this.kept.set(name, { max, until: now + ms });
    return max;
  }
}

function windowsOf(
  side: Side | null,
  limits: { readonly issuingPerSecondMax?: number; readonly paceOf?: (side: Side) => Pace },
): Window[] {
  const all = { name: 'all', ms: 1_000, max: limits.issuingPerSecondMax ?? Number.POSITIVE_INFINITY };
  const pace = side === null ? undefined : limits.paceOf?.(side);
  if (side === null || pace === undefined) return [all];
  const perMinute = { name: `${side}:minute`, ms: 60_000, max: pace.perMinuteMax, isKept: true };
  const slow = { name: `${side}:second`, ms: 1_000, max: pace.perSecondMax ?? Number.POSITIVE_INFINITY };
  return [all, perMinute, slow];
}
