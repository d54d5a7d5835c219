import { type Logger } from 'pino';
import { type AgentIds } from '../agent-ids';

/** More than the connections of any domain of agents. Whoever is beyond it can only be seen by a new stream. */
export const desktopsMax = 20_000;

/** One line says how many there were since the one before. */
const lineEveryMs = 60_000;

export interface UnknownAccountsParts {
  readonly ids: AgentIds;
  readonly log: Pick<Logger, 'warn'>;
  readonly monotonicMs: () => number;
}

/** A connection of an account that is an agent's by now. */
export interface KnownDesktop {
  readonly jid: string;
  readonly agentId: string;
}

/**
 * Connections of accounts that are online and no agent's by the directory, neither by id nor by login name. Nothing is done about them, except that they are
 * remembered: when the directory learns of one, its desktop has been open all the time.
 */
export class UnknownAccounts {
  /** Account by full JID. */
  private readonly online = new Map<string, string>();
  private overfull = false;
  private unsaid = 0;
  private saidAtMs = -Infinity;

  constructor(private readonly parts: UnknownAccountsParts) {}

  available(jid: string, account: string): void {
    this.unsaid += 1;
    if (this.online.size < desktopsMax) this.online.set(jid, account);
    else this.overfull = true;
    const nowMs = this.parts.monotonicMs();
    if (nowMs - this.saidAtMs < lineEveryMs) return;
    this.parts.log.warn(
      { account, presences: this.unsaid },
      'XMPP: an account is no agent by AGENTS_FILE and the CTI configuration; its presence is ignored',
    );
    this.saidAtMs = nowMs;
    this.unsaid = 0;
  }

  unavailable(jid: string): void {
    this.online.delete(jid);
  }

  /** Those that the directory knows by now; they are not unknown any more. */
  takeKnown(): KnownDesktop[] {
    return [...this.online].flatMap(([jid, account]) => {
      const agentId = this.parts.ids.canonical(account);
      if (agentId === undefined) return [];
      this.online.delete(jid);
      return [{ jid, agentId }];
    });
  }

  /** There were more than are remembered: one of them may be an agent's by now. */
  get isOverfull(): boolean {
    return this.overfull;
  }

  /** A new stream shows again who is there. */
  forget(): void {
    this.online.clear();
    this.overfull = false;
  }
}
