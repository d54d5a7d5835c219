import { type Side } from '#domain/agent';
import { type Pace } from '#domain/mass-loss';
import { type RequestLimit, spacingOf, turnInLine } from '#domain/request-line';
import { lineMsMax, placeKeptMs, triesMax } from './lua/admission.lua';

interface Window extends RequestLimit {
  readonly name: string;
  /** The highest limit that was given holds for a whole window. */
  readonly isKept?: boolean;
}

interface Limits {
  readonly issuingPerSecondMax?: number;
  readonly paceOf?: (side: Side) => Pace | undefined;
}

interface Kept {
  readonly max: number;
  readonly until: number;
}

/** The limits of requests in memory, under the same rules as admission.lua.ts. */
export class MemoryLine {
  private readonly issuedAt = new Map<string, number[]>();
  /** By line, who has which place. */
  private readonly places = new Map<string, Map<string, number>>();
  private readonly kept = new Map<string, Kept>();

  copy(): MemoryLine {
    const copy = new MemoryLine();
    for (const [name, times] of this.issuedAt) copy.issuedAt.set(name, [...times]);
    for (const [line, places] of this.places) copy.places.set(line, new Map(places));
    for (const [name, kept] of this.kept) copy.kept.set(name, kept);
    return copy;
  }

  /** Null when the request about this agent may go out now, and it is counted; else when a try is likely to pass. */
  admit(now: number, agentId: string, side: Side | null, limits: Limits): number | null {
    const windows = windowsOf(side, limits);
    const line = side ?? '';
    let freeAt = 0;
    const full: RequestLimit[] = [];
    for (const window of windows) {
      const { name, ms } = window;
      const max = this.limitOf(window, now);
      const recent = (this.issuedAt.get(name) ?? []).filter((at) => at > now - ms);
      this.issuedAt.set(name, recent);
      if (recent.length < max) continue;
      freeAt = Math.max(freeAt, (recent[0] ?? now) + ms);
      full.push({ ms, max });
    }
    if (freeAt > 0) return this.placeOf(line, now, agentId, freeAt, spacingOf(full));
    for (const { name } of windows) this.issuedAt.get(name)?.push(now);
    this.places.get(line)?.delete(agentId);
    return null;
  }

  /** The request that was admitted last was not sent. */
  giveBack(side: Side | null, limits: Limits): void {
    for (const { name } of windowsOf(side, limits)) this.issuedAt.get(name)?.pop();
  }

  private placeOf(line: string, now: number, agentId: string, freeAt: number, spacingMs: number): number {
    const kept = [...(this.places.get(line) ?? [])].filter(([, at]) => at > now - placeKeptMs);
    const places = new Map(kept);
    this.places.set(line, places);
    const own = places.get(agentId);
    if (own !== undefined && own >= freeAt) return own;
    const tries = kept.filter(([, at]) => at >= freeAt && at < freeAt + spacingMs).length;
    let place = freeAt;
    if (own === undefined || tries >= triesMax) {
      const lastAt = kept.length === 0 ? null : Math.max(...kept.map(([, at]) => at));
      place = turnInLine({ freeAt, lastAt, spacingMs });
      if (place > now + lineMsMax) return now + lineMsMax;
    }
    places.set(agentId, place);
    return place;
  }

  private limitOf({ name, ms, max, isKept }: Window, now: number): number {
    if (isKept !== true) return max;
    const kept = this.kept.get(name);
    // In the very millisecond of its end a key of Redis is still there.
    if (kept !== undefined && kept.until >= now && kept.max >= max) return kept.max;
    this.kept.set(name, { max, until: now + ms });
    return max;
  }
}

function windowsOf(side: Side | null, { issuingPerSecondMax, paceOf }: Limits): Window[] {
  const windows: Window[] = [];
  if (issuingPerSecondMax !== undefined) windows.push({ name: 'all', ms: 1_000, max: issuingPerSecondMax });
  const pace = side === null ? undefined : paceOf?.(side);
  if (side === null || pace === undefined) return windows;
  windows.push({ name: `${side}:minute`, ms: 60_000, max: pace.perMinuteMax, isKept: true });
  if (pace.perSecondMax !== null) windows.push({ name: `${side}:second`, ms: 1_000, max: pace.perSecondMax });
  return windows;
}
