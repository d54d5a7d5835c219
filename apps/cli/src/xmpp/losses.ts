import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { type StreamSettings } from '#presence/xmpp/stream';
import { type Death, type StreamManagement, TestUser } from './test-user';
import { type Watching } from './watching';

/** How long it took until a loss showed, or why there is no such time. */
export type Showing =
  | { readonly kind: 'shown'; readonly afterMs: number }
  | { readonly kind: 'notShown'; readonly waitedMs: number }
  /** The desktop itself was never seen. */
  | { readonly kind: 'neverSeen' }
  /** The server has no stream management. */
  | { readonly kind: 'notOffered' };

export interface Loss {
  readonly death: Death;
  readonly management: StreamManagement;
  /** For how long the server said that it keeps the desktop after its connection is gone. */
  readonly keptMs: number | null;
  readonly showing: Showing;
}

const deaths: readonly Death[] = ['killed', 'halfOpen'];

const appearMsMax = 10_000;

/** A server that still waits for an answer of the new client gives it up sooner than one that has to ask first. */
const settleMs = 1_500;

export interface LossOrder {
  readonly test: StreamSettings;
  readonly managements: readonly StreamManagement[];
  readonly waitMs: number;
}

/**
 * Signs the test user in once for each loss, with a resource of its own, lets each die in its own way, all at once, and
 * waits for each loss to show.
 * @throws StreamFault when the test user cannot sign in
 */
export async function measureLosses(watching: Watching, order: LossOrder, stopped: AbortSignal): Promise<Loss[]> {
  const failed = new AbortController();
  const anyStop = AbortSignal.any([stopped, failed.signal]);
  const kinds = deaths.flatMap((death) => order.managements.map((management) => ({ death, management })));
  try {
    return await Promise.all(kinds.map((kind) => measure(watching, order, kind, anyStop)));
  } catch (fault) {
    failed.abort();
    throw fault;
  }
}

async function measure(
  watching: Watching,
  { test, waitMs }: LossOrder,
  { death, management }: { death: Death; management: StreamManagement },
  stopped: AbortSignal,
): Promise<Loss> {
  const resource = `check-${death}-${management}-${randomBytes(3).toString('hex')}`;
  const user = await TestUser.signIn({ ...test, resource }, management);
  const loss = (showing: Showing): Loss => ({ death, management, keptMs: user.keptMs, showing });
  try {
    if (management === 'used' && !user.isManaged) return loss({ kind: 'notOffered' });
    const appears = watching.hears(user.jid, 'available', appearMsMax, stopped);
    user.appear();
    if ((await appears) === null) return loss({ kind: 'neverSeen' });
    await settle(stopped);
    const goes = watching.hears(user.jid, 'unavailable', waitMs, stopped);
    const diedMs = performance.now();
    user.die(death);
    const goneMs = await goes;
    return loss(goneMs === null ? { kind: 'notShown', waitedMs: waitMs } : { kind: 'shown', afterMs: goneMs - diedMs });
  } finally {
    user.end();
  }
}

function settle(stopped: AbortSignal): Promise<void> {
  // An interruption ends the wait that follows, too.
  return pause(settleMs, undefined, { signal: stopped }).catch(() => undefined);
}
