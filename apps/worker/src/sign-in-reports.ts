import { type AgentKey } from '#domain/agent';
import { decide } from '#domain/decide';
import { type AgentEvent } from '#domain/event';
import { type Policy } from '#domain/policy';
import { AgentState, nameOf } from '#cti-protocol/enumerations';
import { type AgentDesk } from '#cti-client/agent-desk';
import { type Engine } from '#engine/engine';
import { type AgentStore, type Loaded } from '#engine/ports';

/** What an agent's state at the CTI server means for its record. */
export type SignIn = 'signedOut' | 'notReady' | 'ready';

export function signInOf(state: number): SignIn | undefined {
  if (state === AgentState.UNKNOWN) return undefined;
  if (state === AgentState.LOGOUT) return 'signedOut';
  return state === AgentState.NOT_READY ? 'notReady' : 'ready';
}

export interface SignInReportsParts {
  readonly agentDesk: Pick<AgentDesk, 'ask'>;
  readonly engine: Pick<Engine, 'handleAsOf'>;
  readonly store: Pick<AgentStore, 'load'>;
  readonly peripheralId: number;
  readonly policyOf: (key: AgentKey) => Policy;
}

/** Looks at a record that others change meanwhile; after that the next comparison finds what is left (sign-in-reconciler.ts). */
const triesMax = 5;

/**
 * Hands in to the records what the CTI server's stream says of an agent. The links of the two sides report one change with
 * some delay between them, so a state that was told may be out of date: "signed in" from before our own logout, or "signed
 * out" from before a new sign-in. Whatever would begin or end something is therefore asked about first, and the answer counts;
 * and what was decided on one version of a record is not written over another one.
 */
export class SignInReports {
  constructor(private readonly parts: SignInReportsParts) {}

  keyOf(agentId: string): AgentKey {
    return { peripheralId: this.parts.peripheralId, agentId };
  }

  /**
   * @param state AgentState, as the stream told it
   * @param loaded the agent's record, when it has just been read
   * @returns whether the record did not know it. Rejects with a StoreError.
   */
  async handIn(agentId: string, state: number, loaded?: Loaded): Promise<boolean> {
    const event = eventOf(state);
    if (event === undefined) return false;
    for (let tries = 0; tries < triesMax; tries++) {
      const found: Loaded =
        tries === 0 && loaded !== undefined ? loaded : await this.parts.store.load(this.keyOf(agentId));
      const isCorrected = await this.correct(found, event);
      if (isCorrected !== undefined) return isCorrected;
    }
    return false;
  }

  /** Undefined when the record has changed since it was loaded: the event, or the answer, may be older than the change. */
  private async correct({ agent, version, now }: Loaded, event: AgentEvent): Promise<boolean | undefined> {
    const { engine, agentDesk, policyOf } = this.parts;
    const { key } = agent;
    const { agent: after, commands } = decide(agent, event, now, policyOf(key));
    if (after === agent) return false;
    if (commands.length === 0) return (await engine.handleAsOf(key, event, version))?.changed;
    const answer = await agentDesk.ask(key.agentId);
    const asked = answer.kind === 'known' ? eventOf(answer.view.state) : undefined;
    return asked === undefined ? false : (await engine.handleAsOf(key, asked, version))?.changed;
  }
}

function eventOf(state: number): AgentEvent | undefined {
  const signIn = signInOf(state);
  const evidence = `The CTI server says ${nameOf(AgentState, state)}.`;
  if (signIn === undefined) return undefined;
  if (signIn === 'signedOut') return { type: 'signedOut', evidence };
  return { type: 'signedIn', isReady: signIn === 'ready', evidence };
}
