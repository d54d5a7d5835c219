/**
 * What one watch of an XMPP server has seen, and what is to be told of it. Pure: no stream, no clock.
 *
 * A watch lives in streams. A stream begins with its snapshot: all desktops that are there, closed by a ping; only then is
 * it compared with what was known, and only what differs is told. From there on every presence is told as it comes. When
 * the stream ends nothing is told: its end says that we cannot see, not that anybody is gone. What the server reported
 * as gone in the last seconds of a stream is in doubt: a server that is stopped reports everybody as gone and closes.
 */

/** One full JID, from its first sight to its loss; `opening` counts them, so that no two are ever the same. */
export interface Sighting {
  readonly jid: string;
  readonly agentId: string;
  readonly opening: number;
}

export type Order =
  | { readonly type: 'open'; readonly sighting: Sighting }
  /** Told as gone, or known and not in a new stream's snapshot: then its XMPP server was lost, and it needs time to find back. */
  | { readonly type: 'lose'; readonly sighting: Sighting; readonly cause: 'lost' | 'serverLost' }
  /** Reported as gone just before a stream ended, and not there in the next one. */
  | { readonly type: 'sourceReturned'; readonly sighting: Sighting };

/** `blind`: no stream; `collecting`: its snapshot is coming in; `seeing`: what is known is what is there. */
export type Sight = 'blind' | 'collecting' | 'seeing';

export interface SightingLimits {
  readonly desktopsMax: number;
  readonly desktopsPerAgentMax: number;
  /** Losses so short a time before a stream's end are in doubt. */
  readonly doubtMs: number;
  /** So many of them are remembered. */
  readonly doubtsMax: number;
}

/**
 * 15 000 and 32 as for WebSockets; five seconds is a thousand times what Prosody took between the unavailable presences of
 * its stop and the end of the stream (4 to 11 ms).
 */
export const sightingLimits: SightingLimits = {
  desktopsMax: 15_000,
  desktopsPerAgentMax: 32,
  doubtMs: 5_000,
  doubtsMax: 15_000,
};

interface Doubt {
  readonly sighting: Sighting;
  readonly lostAtMs: number;
}

export class Sightings {
  private phase: Sight = 'blind';
  private openings = 0;
  private readonly known = new Map<string, Sighting>();
  /** The snapshot that is coming in: agent by JID. */
  private snapshot = new Map<string, string>();
  /** Of those that are known, or in the snapshot while it comes in. */
  private readonly perAgent = new Map<string, number>();
  /** Told as lost in this stream, oldest first. */
  private readonly recent = new Map<string, Doubt>();
  private readonly doubts = new Map<string, Sighting>();
  private readonly crowded = new Set<string>();
  private overfull = false;

  constructor(private readonly limits: SightingLimits = sightingLimits) {}

  get sight(): Sight {
    return this.phase;
  }

  /** Desktops that are known. */
  get size(): number {
    return this.known.size;
  }

  get doubtful(): number {
    return this.doubts.size;
  }

  /** Desktops in the snapshot so far: whether it still grows. */
  get collected(): number {
    return this.snapshot.size;
  }

  /** Why it cannot be said that this agent has no desktop; null when it can. */
  blindSpot(agentId: string): string | null {
    if (this.phase !== 'seeing') return 'the XMPP server is out of sight';
    if (this.overfull) return `more than ${String(this.limits.desktopsMax)} desktops are there`;
    return this.crowded.has(agentId) ? 'the agent has more desktops than are followed' : null;
  }

  streamBegan(): void {
    this.phase = 'collecting';
    this.snapshot = new Map();
    this.perAgent.clear();
    this.crowded.clear();
    this.overfull = false;
  }

  available(jid: string, agentId: string): Order[] {
    switch (this.phase) {
      case 'blind':
        return [];
      case 'collecting':
        if (!this.snapshot.has(jid) && this.hasRoom(agentId, this.snapshot.size)) {
          this.snapshot.set(jid, agentId);
          this.count(agentId, 1);
        }
        return [];
      case 'seeing':
        if (this.known.has(jid) || !this.hasRoom(agentId, this.known.size)) return [];
        this.count(agentId, 1);
        return [this.open(jid, agentId)];
    }
  }

  /** Of a JID that is not known it changes nothing: it may be late, or not one of ours. */
  unavailable(jid: string, nowMs: number): Order[] {
    switch (this.phase) {
      case 'blind':
        return [];
      case 'collecting': {
        const agentId = this.snapshot.get(jid);
        if (agentId === undefined) return [];
        this.snapshot.delete(jid);
        this.count(agentId, -1);
        return [];
      }
      case 'seeing': {
        const sighting = this.known.get(jid);
        if (sighting === undefined) return [];
        this.count(sighting.agentId, -1);
        return [this.lose(sighting, 'lost', nowMs)];
      }
    }
  }

  /** Compares what is there with what was known: known but absent is lost now, whenever it went. */
  snapshotCompleted(nowMs: number): Order[] {
    if (this.phase !== 'collecting') return [];
    this.phase = 'seeing';
    const orders: Order[] = [];
    for (const [jid, agentId] of this.snapshot) if (!this.known.has(jid)) orders.push(this.open(jid, agentId));
    for (const sighting of [...this.known.values()]) {
      if (!this.snapshot.has(sighting.jid)) orders.push(this.lose(sighting, 'serverLost', nowMs));
    }
    for (const sighting of this.doubts.values()) orders.push({ type: 'sourceReturned', sighting });
    this.doubts.clear();
    this.snapshot = new Map();
    return orders;
  }

  /** Everybody stays known. */
  streamEnded(nowMs: number): void {
    this.phase = 'blind';
    for (const [jid, { sighting, lostAtMs }] of this.recent) {
      if (nowMs - lostAtMs > this.limits.doubtMs) continue;
      if (this.doubts.size >= this.limits.doubtsMax) break;
      this.doubts.set(jid, sighting);
    }
    this.recent.clear();
  }

  private open(jid: string, agentId: string): Order {
    const sighting = { jid, agentId, opening: ++this.openings };
    this.known.set(jid, sighting);
    this.recent.delete(jid);
    this.doubts.delete(jid);
    return { type: 'open', sighting };
  }

  private lose(sighting: Sighting, cause: 'lost' | 'serverLost', nowMs: number): Order {
    this.known.delete(sighting.jid);
    this.recent.delete(sighting.jid);
    this.recent.set(sighting.jid, { sighting, lostAtMs: nowMs });
    for (const [jid, { lostAtMs }] of this.recent) {
      if (this.recent.size <= this.limits.doubtsMax && nowMs - lostAtMs <= this.limits.doubtMs) break;
      this.recent.delete(jid);
    }
    return { type: 'lose', sighting, cause };
  }

  /** What has no room is not followed, and then it cannot be said that such an agent, or anybody, has no desktop. */
  private hasRoom(agentId: string, size: number): boolean {
    if (size >= this.limits.desktopsMax) {
      this.overfull = true;
      return false;
    }
    if ((this.perAgent.get(agentId) ?? 0) < this.limits.desktopsPerAgentMax) return true;
    this.crowded.add(agentId);
    return false;
  }

  private count(agentId: string, change: 1 | -1): void {
    const count = (this.perAgent.get(agentId) ?? 0) + change;
    if (count > 0) this.perAgent.set(agentId, count);
    else this.perAgent.delete(agentId);
  }
}
