import { type Agent, type AgentKey, type Cause } from '#domain/agent';
import { type Engine } from '#engine/engine';
import { type DesktopTable, type Holding } from './desktop-table';
import { type Lanes } from './lanes';

/** How long an opening waits for the store before the desktop is told to try again. */
export const storeWaitMsMax = 5_000;

const storeAway = 'the store (Redis) cannot be reached, try again';

/** How long an opening waits for the outcome of a request (rule GATE) before the desktop is told to try again. */
export const gateWaitMsMax = 20_000;

/** How often it looks whether the outcome is there. */
export const gatePollMs = 100;

/** What became of an opening. Only `opened` may be told to the desktop as acknowledged. */
export type Opening =
  | { readonly kind: 'opened'; readonly epoch: number; readonly mustSignIn: boolean }
  | { readonly kind: 'refused'; readonly sentence: string }
  /** The desktop went while it waited. */
  | { readonly kind: 'gone' };

export interface PresenceDeskParts {
  readonly engine: Pick<Engine, 'handle'>;
  readonly table: DesktopTable;
  readonly lanes: Lanes;
  readonly peripheralId: number;
  readonly serverId: string;
  /** How long a desktop that was sent to the other side has to arrive there before its going is told. */
  readonly arriveMsMax: number;
}

/**
 * Tells the engine which desktops this server holds. The life of a holding:
 *
 * - `hold`: it is in the table; from now on a last look is answered with it, though nobody else knows of it yet.
 * - `acknowledge`: its opening is told to the store, until the record holds it and no request is being issued.
 * - `close`: its going is told, after whatever was told before; then it leaves the table.
 * - `moveAway`: it was sent to the other side; its going is told when it has had the time to arrive there, and is then
 *   no loss where it did.
 * - `abandon`: it leaves the table without a word; its record waits for the end of this server's lease.
 *
 * Opening is idempotent, so "say it again" is also how the outcome of a request is waited for, how a changed store
 * learns of what it lost, and how a doubtful commit is made certain.
 */
export class PresenceDesk {
  private readonly strays = new Set<string>();

  constructor(private readonly parts: PresenceDeskParts) {}

  hold(holding: Holding): void {
    this.parts.table.put(holding);
  }

  async acknowledge(holding: Holding): Promise<Opening> {
    const begunMs = performance.now();
    for (;;) {
      const agent = await within(this.assert(holding), storeWaitMsMax);
      if (holding.gone !== null) return { kind: 'gone' };
      if (agent === 'late' || agent === null) return this.refuse(holding, storeAway);
      if (agent.phase.name !== 'issuing' && agent.desktops[holding.desktop.connection] !== undefined) {
        return { kind: 'opened', epoch: agent.epoch, mustSignIn: agent.signedIn === 'no' };
      }
      if (performance.now() - begunMs >= gateWaitMsMax) return this.refuse(holding, 'sign-out in progress, try again');
      await pause(gatePollMs);
    }
  }

  /**
   * The same for a desktop that waits for no acknowledgement: the store has heard of it, whatever the agent's phase.
   * False when it has not in time; then the desktop is closed again.
   */
  async announce(holding: Holding): Promise<boolean> {
    const agent = await within(this.assert(holding), storeWaitMsMax);
    if (agent === 'late') this.close(holding, 'lost');
    return agent !== 'late';
  }

  /**
   * Tells the store that this desktop is open. Resolves with the record after an opening that began after this call; with
   * null when the desktop was gone by then. Waits for as long as the store is away.
   */
  assert(holding: Holding): Promise<Agent | null> {
    if (holding.assertion?.task.state === 'waiting') return holding.assertion.done;
    const { promise, resolve } = Promise.withResolvers<Agent | null>();
    const task = this.parts.lanes.put(holding.agentId, async () => {
      if (holding.gone !== null) {
        resolve(null);
        return;
      }
      holding.told = true;
      const handled = await this.parts.engine.handle(this.keyOf(holding.agentId), {
        type: 'desktopOpened',
        desktop: holding.desktop,
      });
      holding.recorded = true;
      resolve(handled.agent);
    });
    holding.assertion = { task, done: promise, settle: resolve };
    return promise;
  }

  /** The desktop is gone. Kept until the store has heard of it; a second cause changes nothing. */
  close(holding: Holding, cause: Cause): void {
    void this.closeInStore(holding, cause);
  }

  /** The same. Resolves when the store has heard of it: never, where it waits for the store when the process ends. */
  closeInStore(holding: Holding, cause: Cause): Promise<void> {
    if (holding.gone !== null) return Promise.resolve();
    holding.gone = cause;
    this.withdrawAssertion(holding);
    if (!holding.told) {
      this.parts.table.remove(holding);
      return Promise.resolve();
    }
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.parts.lanes.put(holding.agentId, async () => {
      await this.tellClosed(holding.agentId, holding.desktop.connection, cause);
      this.parts.table.remove(holding);
      resolve(undefined);
    });
    return promise;
  }

  /** Another server holds it now, or its going was told elsewhere: this one forgets it, and tells nobody. */
  giveUp(holding: Holding): void {
    if (holding.gone !== null) return;
    holding.gone = 'movedAway';
    this.withdrawAssertion(holding);
    this.parts.table.remove(holding);
  }

  /** Closes a desktop that this server does not hold itself. Resolves with false when the store did not hear it in time. */
  async closeUnheld(agentId: string, connection: string, cause: Cause): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<true>();
    const task = this.parts.lanes.put(agentId, async () => {
      await this.tellClosed(agentId, connection, cause);
      resolve(true);
    });
    const told = (await within(promise, storeWaitMsMax)) === true;
    return told || !this.parts.lanes.withdraw(task);
  }

  /**
   * What reported this connection as gone was going away itself; it is back, and does not see it. Resolves when the store
   * has heard it, after all that was to be told of this agent before.
   */
  sourceReturned(agentId: string, connection: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.parts.lanes.put(agentId, async () => {
      const seenBy = this.parts.serverId;
      await this.parts.engine.handle(this.keyOf(agentId), { type: 'sourceReturned', connection, seenBy });
      resolve(undefined);
    });
    return promise;
  }

  /** A second cause changes nothing. Until its going is told, the table and the record agree. */
  moveAway(holding: Holding): void {
    if (holding.gone !== null) return;
    holding.gone = 'movedAway';
    this.withdrawAssertion(holding);
    if (!holding.told) {
      this.parts.table.remove(holding);
      return;
    }
    const tell = (): void => {
      this.parts.lanes.put(holding.agentId, async () => {
        await this.tellClosed(holding.agentId, holding.desktop.connection, 'movedAway');
        this.parts.table.remove(holding);
      });
    };
    setTimeout(tell, this.parts.arriveMsMax).unref();
  }

  abandon(holding: Holding): void {
    if (holding.gone !== null) return;
    holding.gone = 'serverLost';
    this.withdrawAssertion(holding);
    this.parts.table.remove(holding);
  }

  /**
   * A record names a desktop of this server, and this server holds none of that agent: the trace of a commit that came
   * late, or of a last look that crossed a loss. Looked at again in the agent's lane, where no opening can be overtaken.
   */
  dropStrays(agentId: string): void {
    if (this.strays.has(agentId)) return;
    this.strays.add(agentId);
    this.parts.lanes.put(agentId, async () => {
      if (this.parts.table.of(agentId).length === 0) {
        const { serverId } = this.parts;
        await this.parts.engine.handle(this.keyOf(agentId), { type: 'serverLost', serverId });
      }
      this.strays.delete(agentId);
    });
  }

  /** Whoever waits for it is told: a round of assertions must not wait for ever for a desktop that went meanwhile. */
  private withdrawAssertion({ assertion }: Holding): void {
    if (assertion !== null && this.parts.lanes.withdraw(assertion.task)) assertion.settle(null);
  }

  private async tellClosed(agentId: string, connection: string, cause: Cause): Promise<void> {
    const seenBy = this.parts.serverId;
    await this.parts.engine.handle(this.keyOf(agentId), { type: 'desktopClosed', connection, cause, seenBy });
  }

  private refuse(holding: Holding, sentence: string): Opening {
    this.close(holding, 'lost');
    return { kind: 'refused', sentence };
  }

  private keyOf(agentId: string): AgentKey {
    return { peripheralId: this.parts.peripheralId, agentId };
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The promise's value, or `late` when it has none after that time. It goes on all the same. */
export async function within<T>(promise: Promise<T>, msMax: number): Promise<T | 'late'> {
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(resolve, msMax, 'late');
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
