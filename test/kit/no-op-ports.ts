import { isAgentId } from '#domain/agent-id';
import { defaultPolicy } from '#domain/policy';
import { Engine } from '#engine/engine';
import { NoDesk, NoWitnesses } from '#engine/no-desk';
import { type AgentStore, Observer, WakeUps } from '#engine/ports';
import { type SignIns } from '#presence/sign-ins';
import { XmppTally } from '#presence/xmpp/xmpp-tally';

/**
 * Ports that do nothing, for tests and benches in which nobody listens and nothing is armed. Witnesses and desks that do
 * nothing are part of the engine (no-desk.ts): servers and consoles have no others.
 */

export class NoOpObserver extends Observer {
  override committed(): void {
    return;
  }
  override raised(): void {
    return;
  }
  override conflicted(): void {
    return;
  }
  override requested(): void {
    return;
  }
}

/** Of connections and keepers in a process whose log nobody reads. */
export const noOutage = {
  lost: (): void => undefined,
  back: (): void => undefined,
  failed: (): void => undefined,
  answered: (): void => undefined,
  isTold: false,
};

export const noOpSignIns: SignIns = { of: () => undefined };

export class NoOpWakeUps extends WakeUps {
  override arm(): Promise<void> {
    return Promise.resolve();
  }
  override disarm(): Promise<void> {
    return Promise.resolve();
  }
  override wakeNow(): Promise<void> {
    return Promise.resolve();
  }
}

/** The engine over a store, as a server has it, by the default policy; nothing is armed, and nobody is told. */
export function engineOver(store: AgentStore): Engine {
  return new Engine({
    store,
    wakeUps: new NoOpWakeUps(),
    witnesses: new NoWitnesses(),
    desk: new NoDesk(),
    observer: new NoOpObserver(),
    policyOf: () => defaultPolicy,
    monotonicMs: () => performance.now(),
  });
}

export class NoOpXmppTally extends XmppTally {
  override presence(): void {
    return;
  }
  override postponed(): void {
    return;
  }
  override ignored(): void {
    return;
  }
  override streamEnded(): void {
    return;
  }
  override barrier(): void {
    return;
  }
}

/** Of a test in which every id is spelled in one way, and nobody has a login name. */
export const idsAsTheyCome = {
  canonical: (name: string): string | undefined => (isAgentId(name) ? name : undefined),
  named: (node: string): string => node,
};
