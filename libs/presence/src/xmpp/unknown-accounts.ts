import { type Logger } from 'pino';
import { type AgentIds } from '../agent-ids';

/** More than the accounts of any domain of agents; beyond it every change of the directory may concern one of them. */
const accountsMax = 20_000;

/** One line says how many there were since the one before. */
const lineEveryMs = 60_000;

export interface UnknownAccountsParts {
  readonly ids: AgentIds;
  readonly log: Pick<Logger, 'warn'>;
  readonly monotonicMs: () => number;
}

/**
 * Accounts of the domain that are online and no agent's by the directory. Nothing is done about them, except that they are
 * remembered: when the directory learns of one, its desktop has been open all the time.
 */
export class UnknownAccounts {
  private readonly accounts = new Set<string>();
  private overfull = false;
  private unsaid = 0;
  private saidAtMs = -Infinity;

  constructor(private readonly parts: UnknownAccountsParts) {}

  saw(account: string): void {
    this.unsaid += 1;
    if (this.accounts.size < accountsMax) this.accounts.add(account);
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

  /** Whether one of them may be an agent's by now. */
  get isAnyKnown(): boolean {
    return this.overfull || [...this.accounts].some((account) => this.parts.ids.canonical(account) !== undefined);
  }

  /** A new stream shows again who is there. */
  forget(): void {
    this.accounts.clear();
    this.overfull = false;
  }
}
