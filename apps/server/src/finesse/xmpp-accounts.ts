import { type AgentDirectory } from '#config/agent-directory';
import { foldAgentId } from '#domain/agent-id';
import { type AgentIds } from '#presence/agent-ids';
import { accountNamed } from '#presence/xmpp/desktop-jid';

/** Nothing in it that an address gives a meaning to; the CTI server may know agents that no XMPP account can be named after. */
const accountPattern = /^[A-Za-z0-9_.-]+$/;

/**
 * By which accounts of the XMPP server agents are reached: that of the id always, and that of the login name once it has
 * been seen. Every agent of a Unified CCE has a login name, and a message to an account that does not exist comes back.
 */
export class XmppAccounts implements AgentIds {
  private readonly byLoginName = new Set<string>();

  /** @param isSeen false where no presence is watched: then either account may be online */
  constructor(
    private readonly directory: Pick<AgentDirectory, 'canonical' | 'loginNameOf'>,
    private readonly isSeen: boolean,
  ) {}

  canonical(account: string): string | undefined {
    const agentId = this.directory.canonical(account);
    if (agentId !== undefined) this.note(agentId, account);
    return agentId;
  }

  /** This account, which is that agent's, is online. */
  note(agentId: string, account: string): void {
    if (foldAgentId(agentId) !== foldAgentId(account)) this.byLoginName.add(agentId);
  }

  /** What stands before the `@`. */
  of(agentId: string): readonly string[] {
    const loginName = this.directory.loginNameOf(agentId);
    const isCalledSo = loginName !== undefined && (!this.isSeen || this.byLoginName.has(agentId));
    const byId = accountPattern.test(agentId) ? [agentId] : [];
    return isCalledSo ? [...new Set([...byId, accountNamed(loginName)])] : byId;
  }
}
