import { isSystemReason, meaningOfReason } from '#cti-protocol/enumerations';
import { type DesktopTable } from '#presence/desktop-table';
import { isSameSignIn, type SignIns, type SignInState } from '#presence/sign-ins';
import { type AgentLink, type Standing } from '#store/link-call';

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
      changed: (_before, after) => {
        this.changed(after);
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

  /** What this one knew before counts, and not what the link says: in between the CTI server may not have known the state. */
  private changed(after: Standing): void {
    const signIn = stateOf(after);
    if (signIn === undefined || isSameSignIn(this.known.get(after.agentId), signIn)) return;
    this.keep(after.agentId, signIn);
    this.parts.onChange(after.agentId, signIn);
  }

  private keep(agentId: string, signIn: SignInState): void {
    if (this.known.has(agentId) || this.known.size < agentsMax) this.known.set(agentId, signIn);
  }

  private async lookAtAll(round: number): Promise<void> {
    const waiting = this.parts.table.agentIds();
    const lookAtNext = async (): Promise<void> => {
      for (let agentId = waiting.shift(); agentId !== undefined; agentId = waiting.shift()) {
        const answer = await this.parts.link.look(agentId);
        if (round !== this.round) return;
        // News that came meanwhile are newer, and were told.
        if (answer.kind === 'known' && !this.known.has(agentId)) this.changed(answer.standing);
      }
    };
    await Promise.all(Array.from({ length: looksAtOnce }, lookAtNext));
  }
}

/** Undefined where the CTI server does not know the state. */
function stateOf({ state, signedOut, reasonCode }: Standing): SignInState | undefined {
  if (state === 'UNKNOWN') return undefined;
  if (!signedOut) return 'signedIn';
  if (reasonCode === 0) return { reasonCode: null, reason: '', isSystem: false };
  const reason = meaningOfReason(reasonCode, 'LOGOUT')?.meaning ?? '';
  return { reasonCode, reason, isSystem: isSystemReason(reasonCode) };
}
