import { isSystemReason, meaningOfReason } from '#cti-protocol/enumerations';
import { type DesktopTable } from '#presence/desktop-table';
import { type SignIns, type SignInState } from '#presence/sign-ins';
import { type AgentLink, type LookResult, type Standing } from '#store/link-call';

/** Agents whose state is kept; well above the 12 000 of the largest peripheral. */
const agentsMax = 20_000;

/** Agents who are looked at at once after something was missed. */
const looksAtOnce = 8;

export interface SignInNewsParts {
  readonly link: Pick<AgentLink, 'look' | 'follow'>;
  /** Desktops that are open here. */
  readonly table: Pick<DesktopTable, 'agentIds'>;
  /** An agent has signed in or was signed out, or may have. */
  readonly onChange: (agentId: string, signIn: SignInState) => void;
}

/**
 * Who is signed in, by the CTI link of this side: told to the desktops that are open here, since an agent can be signed out
 * by somebody else while a desktop is open. After an interruption of the link everybody with a desktop is looked at anew.
 */
export class SignInNews implements SignIns {
  private readonly known = new Map<string, SignInState>();
  private stopFollowing: () => void = () => undefined;
  /** Counts the rounds in which all are looked at: a new one ends the one before. */
  private round = 0;

  constructor(private readonly parts: SignInNewsParts) {}

  start(): void {
    this.stopFollowing = this.parts.link.follow({
      changed: (before, after) => {
        this.changed(before, after);
      },
      service: ({ inService }) => {
        this.known.clear();
        this.round += 1;
        if (inService) void this.lookAtAll(this.round);
      },
    });
  }

  stop(): void {
    this.round += 1;
    this.stopFollowing();
  }

  of(agentId: string): SignInState | undefined {
    return this.known.get(agentId);
  }

  private changed(before: Standing | undefined, after: Standing): void {
    if (after.state === 'UNKNOWN') return;
    this.keep(after.agentId, stateOf(after));
    if (before?.signedOut !== after.signedOut) this.parts.onChange(after.agentId, stateOf(after));
  }

  private keep(agentId: string, signIn: SignInState): void {
    if (this.known.has(agentId) || this.known.size < agentsMax) this.known.set(agentId, signIn);
  }

  private async lookAtAll(round: number): Promise<void> {
    const waiting = this.parts.table.agentIds();
    const lookAtNext = async (): Promise<void> => {
      for (let agentId = waiting.shift(); agentId !== undefined; agentId = waiting.shift()) {
        const signIn = stateIn(await this.parts.link.look(agentId));
        if (round !== this.round) return;
        if (signIn === undefined) continue;
        // News that came meanwhile are newer.
        if (!this.known.has(agentId)) this.keep(agentId, signIn);
        this.parts.onChange(agentId, this.known.get(agentId) ?? signIn);
      }
    };
    await Promise.all(Array.from({ length: looksAtOnce }, lookAtNext));
  }
}

function stateIn(answer: LookResult): SignInState | undefined {
  return answer.kind === 'known' && answer.standing.state !== 'UNKNOWN' ? stateOf(answer.standing) : undefined;
}

function stateOf({ signedOut, reasonCode }: Standing): SignInState {
  if (!signedOut) return 'signedIn';
  if (reasonCode === 0) return { reasonCode: null, reason: '', isSystem: false };
  const reason = meaningOfReason(reasonCode, 'LOGOUT')?.meaning ?? '';
  return { reasonCode, reason, isSystem: isSystemReason(reasonCode) };
}
