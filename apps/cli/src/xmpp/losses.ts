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

/** So long that a machine that is short of processor time is not taken for a server that shows nobody. */
const appearMsMax = 60_000;

/** For what the server has to say to a new desktop, and for the answer to it. */
const settleMs = 1_500;

export interface LossOrder {
  readonly test: StreamSettings;
  readonly managements: readonly StreamManagement[];
  readonly waitMs: number;
}

/**
 * Signs the test user in once for each loss, with a resource of its own, lets it die and waits for the loss to show. First
 * those whose connection is closed, at once, then those that fall silent: a server that has something to tell to a silent
 * desktop, such as the end of another one of the same user, gives it up sooner than one that has to ask first.
 * @throws StreamFault when the test user cannot sign in
 */
export async function measureLosses(watching: Watching, order: LossOrder, stopped: AbortSignal): Promise<Loss[]> {
  const failed = new AbortController();
  const anyStop = AbortSignal.any([stopped, failed.signal]);
  const losses: Loss[] = [];
  try {
    for (const death of deaths) {
      const kinds = order.managements.map((management) => ({ death, management }));
      losses.push(...(await Promise.all(kinds.map((kind) => measure(watching, order, kind, anyStop)))));
    }
    return losses;
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
  const settings = { ...test, resource };
  const user = await TestUser.signIn(settings, management);
  const loss = (showing: Showing): Loss => ({ death, management, keptMs: user.keptMs, showing });
  if (management === 'used' && !user.isManaged) {
    await user.leave();
    return loss({ kind: 'notOffered' });
  }
  const appears = watching.hears(user.jid, 'available', appearMsMax, stopped);
  user.appear();
  if ((await appears) === null) {
    await user.leave();
    return loss({ kind: 'neverSeen' });
  }
  await settle(stopped);
  const goes = watching.hears(user.jid, 'unavailable', waitMs, stopped);
  const diedMs = performance.now();
  user.die(death);
  const goneMs = await goes;
  user.end();
  if (goneMs !== null) return loss({ kind: 'shown', afterMs: goneMs - diedMs });
  await sweepUp(settings);
  return loss({ kind: 'notShown', waitedMs: waitMs });
}

/** A session that the server still keeps is replaced by one of the same name, which takes its leave. */
async function sweepUp(settings: StreamSettings): Promise<void> {
  try {
    await (await TestUser.signIn(settings, 'unused')).leave();
  } catch {
    // The server ends it in its own time; nothing depends on it.
  }
}

function settle(stopped: AbortSignal): Promise<void> {
  // An interruption ends the wait that follows, too.
  return pause(settleMs, undefined, { signal: stopped }).catch(() => undefined);
}
