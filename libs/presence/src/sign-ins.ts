/** How an agent was signed out, as far as the CTI server says. */
export interface SignOut {
  /** EventReasonCode, 0…65535; null where none was given. */
  readonly reasonCode: number | null;
  /** What the code says, for people; '' for a code of the site. */
  readonly reason: string;
  /** The system gave the code, and no person chose it. */
  readonly isSystem: boolean;
}

/** Signed in, signed out, or signed out in a way that is known. */
export type SignInState = 'signedIn' | 'signedOut' | SignOut;

/** What the CTI link of this side says of who is signed in. */
export interface SignIns {
  /** As it was told last; undefined where nothing was told, or something was missed since. */
  of(agentId: string): SignInState | undefined;
}

export function isSameSignIn(one: SignInState | undefined, other: SignInState | undefined): boolean {
  if (typeof one !== 'object' || typeof other !== 'object') return one === other;
  return one.reasonCode === other.reasonCode;
}
