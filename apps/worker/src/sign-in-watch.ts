import { type AgentKey, lossOf } from '#domain/agent';
import { type AgentEvent } from '#domain/event';
import { AgentState, nameOf } from '#cti-protocol/enumerations';
import { type AgentDesk } from '#cti-client/agent-desk';
import { type Mirror } from '#cti-client/mirror';
import { type Engine } from '#engine/engine';
import { type AgentStore } from '#engine/ports';
import { type Logger } from 'pino';

/** Agents whose state is followed; well above the 12 000 of the largest peripheral. */
export const agentsMax = 20_000;

/** Reports that wait to be handed in; those beyond are found by the reconciler (sign-in-reconciler.ts). */
export const reportsMax = 5_000;

/** What an agent's state at the CTI server means for its record. */
export type SignIn = 'signedOut' | 'notReady' | 'ready';

export function signInOf(state: number): SignIn | undefined {
  if (state === AgentState.UNKNOWN) return undefined;
  if (state === AgentState.LOGOUT) return 'signedOut';
  return state === AgentState.NOT_READY ? 'notReady' : 'ready';
}

export function signInEvent(signIn: SignIn, state: number): AgentEvent {
  const evidence = `The CTI server says ${nameOf(AgentState, state)}.`;
  if (signIn === 'signedOut') return { type: 'signedOut', evidence };
  return { type: 'signedIn', isReady: signIn === 'ready', evidence };
}

/**
 * Reports to the records when agents sign in or out at the CTI server, and when one that is Not Ready becomes Ready. An
 * agent in the middle of a loss is asked about once more before its sign-out is believed: the two sides' links may report
 * the same change with some delay between them, and a late "signed out" must not settle the loss of somebody who has
 * signed in since.
 */
export class SignInWatch {
  private readonly reported = new Map<string, SignIn>();
  private readonly reports = new Map<string, Promise<void>>();

  constructor(
    private readonly parts: {
      mirror: Mirror;
      agentDesk: Pick<AgentDesk, 'ask'>;
      engine: Pick<Engine, 'handle'>;
      store: Pick<AgentStore, 'load'>;
      peripheralId: number;
      isActive: () => boolean;
      log: Logger;
    },
  ) {}

  start(): void {
    const { mirror } = this.parts;
    mirror.on('stateTold', (agentId, state) => {
      this.take(agentId, state);
    });
    mirror.on('gap', () => {
      this.reported.clear();
    });
  }

  private take(agentId: string, state: number): void {
    const signIn = signInOf(state);
    if (signIn === undefined || this.reported.get(agentId) === signIn || !this.parts.isActive()) return;
    if (this.reported.size >= agentsMax && !this.reported.has(agentId)) return;
    this.reported.set(agentId, signIn);
    const before = this.reports.get(agentId) ?? Promise.resolve();
    if (this.reports.size >= reportsMax) return;
    const report = before
      .then(() => this.report(agentId, signIn, state))
      .catch((error: unknown) => {
        this.reported.delete(agentId);
        this.parts.log.warn({ err: error, agentId }, 'a sign-in or sign-out could not be recorded; it will be found');
      })
      .finally(() => {
        if (this.reports.get(agentId) === report) this.reports.delete(agentId);
      });
    this.reports.set(agentId, report);
  }

  private async report(agentId: string, signIn: SignIn, state: number): Promise<void> {
    const { engine, store, peripheralId, agentDesk } = this.parts;
    const key: AgentKey = { peripheralId, agentId };
    if (signIn === 'signedOut') {
      const { phase } = (await store.load(key)).agent;
      if (lossOf(phase) !== undefined) {
        const answer = await agentDesk.ask(agentId);
        if (answer.kind !== 'known' || !answer.view.signedOut) return;
      }
    }
    await engine.handle(key, signInEvent(signIn, state));
  }
}
