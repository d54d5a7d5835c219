import { type AgentKey } from '#domain/agent';
import { type AgentEvent } from '#domain/event';
import { AgentState } from '#cti-protocol/enumerations';
import { type AgentDesk } from '#cti-client/agent-desk';
import { type Mirror } from '#cti-client/mirror';
import { type Engine } from '#engine/engine';
import { type AgentStore } from '#engine/ports';
import { type Logger } from 'pino';

/** Agents whose state is followed; well above the 12 000 of the largest peripheral. */
export const agentsMax = 20_000;

/** Reports that wait to be handed in; more than this at once and the oldest knowledge is found by the gates instead. */
export const reportsMax = 5_000;

/**
 * Tells the records when agents sign in or out at the CTI server. An agent in the middle of a loss is asked for once more
 * before its sign-out is believed: the two sides' links may tell the same story with some delay between them, and a
 * late "signed out" must not settle the loss of somebody who has signed in since.
 */
export class SignInWatch {
  private readonly signedOut = new Map<string, boolean>();
  private readonly reports = new Map<string, Promise<void>>();

  constructor(
    private readonly parts: {
      mirror: Mirror;
      agentDesk: AgentDesk;
      engine: Engine;
      store: AgentStore;
      peripheralId: number;
      isActive: () => boolean;
      log: Logger;
    },
  ) {}

  start(): void {
    const { mirror } = this.parts;
    mirror.on('stateTold', (agentId, state) => {
      this.hear(agentId, state === AgentState.LOGOUT);
    });
    mirror.on('gap', () => {
      this.signedOut.clear();
    });
  }

  private hear(agentId: string, isOut: boolean): void {
    if (this.signedOut.get(agentId) === isOut || !this.parts.isActive()) return;
    if (this.signedOut.size >= agentsMax && !this.signedOut.has(agentId)) return;
    this.signedOut.set(agentId, isOut);
    const before = this.reports.get(agentId) ?? Promise.resolve();
    if (this.reports.size >= reportsMax) return;
    const report = before
      .then(() => this.report(agentId, isOut))
      .catch((error: unknown) => {
        this.signedOut.delete(agentId);
        this.parts.log.warn(
          { err: error, agentId },
          'a sign-in or sign-out could not be recorded; the gates will find it',
        );
      })
      .finally(() => {
        if (this.reports.get(agentId) === report) this.reports.delete(agentId);
      });
    this.reports.set(agentId, report);
  }

  private async report(agentId: string, isOut: boolean): Promise<void> {
    const { engine, store, peripheralId, agentDesk } = this.parts;
    const key: AgentKey = { peripheralId, agentId };
    if (isOut) {
      const { phase } = (await store.load(key)).agent;
      if (phase.name === 'grace' || phase.name === 'held') {
        const answer = await agentDesk.ask(agentId);
        if (answer.kind !== 'known' || !answer.view.signedOut) return;
      }
    }
    const evidence = `The CTI server says ${isOut ? 'LOGOUT' : 'signed in'}.`;
    const event: AgentEvent = { type: isOut ? 'signedOut' : 'signedIn', evidence };
    await engine.handle(key, event);
  }
}
