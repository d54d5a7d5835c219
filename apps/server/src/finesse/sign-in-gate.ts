import { type Agent } from '#domain/agent';
import { type Engine } from '#engine/engine';

/** How long a sign-in waits for the outcome of a logout that is on its way; as long as a desktop does. */
export const gateWaitMsMax = 20_000;
const gatePollMs = 100;

/** How long it waits for the store before the client is sent to the other side. */
export const storeWaitMsMax = 5_000;

/** `open`: nothing is being issued, and nothing that was prepared before can be. `issuing`: wait. */
export type Gate = 'open' | 'issuing' | 'storeAway';

export interface SignInGateParts {
  readonly engine: Pick<Engine, 'handle'>;
  readonly peripheralId: number;
  readonly pause?: (ms: number) => Promise<void>;
  readonly monotonicMs?: () => number;
}

/**
 * Rule GATE for sign-ins. The CTI protocol has no compare-and-set: a LOGIN that meets a LOGOUT which is already on its way
 * would be undone by it. So the sign-in is committed to the record first. In grace that begins a new epoch, and whatever
 * was being prepared for the old one is stale. While a logout is being issued nothing changes, and the sign-in waits for
 * the outcome: then the LOGIN comes after the LOGOUT, and counts.
 */
export class SignInGate {
  constructor(private readonly parts: SignInGateParts) {}

  /** Commits that the agent asks to be signed in. Asking again is harmless. */
  async ask(agentId: string, evidence: string): Promise<Gate> {
    const { engine, peripheralId } = this.parts;
    const key = { peripheralId, agentId };
    const asked = engine.handle(key, { type: 'signInAsked', evidence }).then(({ agent }) => gateOf(agent));
    const { promise: late, resolve } = Promise.withResolvers<Gate>();
    const timer = setTimeout(resolve, storeWaitMsMax, 'storeAway');
    try {
      return await Promise.race([asked.catch((): Gate => 'storeAway'), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks until the gate is open; `issuing` when it still is not after all that time. */
  async pass(agentId: string, evidence: string): Promise<Gate> {
    const { pause = wait, monotonicMs = () => performance.now() } = this.parts;
    const begunMs = monotonicMs();
    for (;;) {
      const gate = await this.ask(agentId, evidence);
      if (gate !== 'issuing' || monotonicMs() - begunMs >= gateWaitMsMax) return gate;
      await pause(gatePollMs);
    }
  }
}

function gateOf({ phase }: Agent): Gate {
  return phase.name === 'issuing' ? 'issuing' : 'open';
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
