import { type WebSocket } from 'ws';

/** How fast one connection may send: a bucket of `burst` messages that fills by `perSecond`. */
export interface RateRule {
  readonly burst: number;
  readonly perSecond: number;
}

/** A desktop sends an open, a bye and a ping every few seconds; these figures leave room for odd ones, not for floods. */
export const messageRate: RateRule = { burst: 20, perSecond: 10 };

export interface Bucket {
  readonly tokens: number;
  /** Monotonic ms. */
  readonly at: number;
}

export function fullBucket(rule: RateRule, nowMs: number): Bucket {
  return { tokens: rule.burst, at: nowMs };
}

/** The bucket after one message, or null when that message is one too many. */
export function take(bucket: Bucket, rule: RateRule, nowMs: number): Bucket | null {
  const tokens = Math.min(rule.burst, bucket.tokens + ((nowMs - bucket.at) / 1000) * rule.perSecond);
  return tokens < 1 ? null : { tokens: tokens - 1, at: nowMs };
}

/** Calls `act` for each frame that a peer may send at its own will; fragments are limited by ws. */
export function onEachFrame(socket: Pick<WebSocket, 'on'>, act: () => void): void {
  socket.on('message', act);
  socket.on('ping', act);
  socket.on('pong', act);
}
