import { type Cause, type Desktop } from './agent';
import { type Action } from './policy';

/** What a worker found out before it may ask for a forced logout: the gates' facts, in the order of the gates. */
export type Facts =
  | { readonly link: 'outOfService'; readonly why: string }
  | {
      readonly link: 'inService';
      /** What the CTI server says of the agent now; one that it does not know is neither signed out nor on a call. */
      readonly isKnown: boolean;
      readonly signedOut: boolean;
      readonly onCall: boolean;
      readonly isReady: boolean;
      /** Reason code of an agent who is Not Ready; null in every other state. */
      readonly notReadyReason: number | null;
      /** The agent's state in words, for the journal. */
      readonly state: string;
      /** The side that lost the desktop is out of service until then at the latest (epoch ms, store time); null: it is not. */
      readonly sideOutageUntil: number | null;
      readonly heldByOperator: boolean;
      /** The loss is held by a mass loss until then at the longest (epoch ms, store time); null: it is not. */
      readonly massLossUntil: number | null;
      /** The store's clock jumped and has not been corrected yet; null: it is steady. */
      readonly clock: string | null;
    };

/** What all live servers answered when asked whether they hold a desktop of the agent. */
export type LastLook =
  | { readonly answer: 'none'; readonly asked: readonly string[] }
  | { readonly answer: 'holds'; readonly desktop: Desktop }
  | { readonly answer: 'silent'; readonly serverId: string }
  /** That server answered that it cannot tell: what it watches is itself out of sight. */
  | { readonly answer: 'unknown'; readonly serverId: string; readonly why: string };

/**
 * What became of a request. `notReadyCode`: reason code of the Not Ready that took effect before the sign-out was asked for;
 * null: none did, or it is not known.
 */
export type RequestResult =
  | {
      readonly kind: 'confirmed';
      readonly became: 'loggedOut' | 'notReady';
      readonly evidence: string;
      readonly othersActed: boolean;
      /** Of the event that proved it. */
      readonly reasonCode: number;
    }
  /** The agent is on a call, and the CTI server keeps this state, or may keep it, until the call ends. */
  | {
      readonly kind: 'pending';
      readonly state: Action;
      readonly notReadyCode: number | null;
      readonly evidence: string;
    }
  /** What was pending has been replaced: nothing of ours is pending any more. */
  | { readonly kind: 'withdrawn'; readonly evidence: string }
  | { readonly kind: 'alreadySignedOut'; readonly evidence: string }
  /** The CTI server does not know the agent now. It may just have come back, so this proves no sign-out. */
  | { readonly kind: 'unknownAgent'; readonly evidence: string }
  | {
      readonly kind: 'rejected';
      readonly evidence: string;
      readonly onCall: boolean;
      readonly notReadyCode: number | null;
    }
  | { readonly kind: 'inDoubt'; readonly notReadyCode: number | null; readonly evidence: string }
  | { readonly kind: 'notSent'; readonly evidence: string };

/** All that can happen to an agent. Names are past tense; times come with `decide`. */
export type AgentEvent =
  | { readonly type: 'desktopOpened'; readonly desktop: Desktop }
  | { readonly type: 'desktopClosed'; readonly connection: string; readonly cause: Cause; readonly seenBy: string }
  | { readonly type: 'serverLost'; readonly serverId: string }
  | { readonly type: 'wokenUp'; readonly epoch: number }
  | { readonly type: 'factsFound'; readonly epoch: number; readonly facts: Facts }
  | { readonly type: 'lastLookAnswered'; readonly epoch: number; readonly facts: Facts; readonly look: LastLook }
  | {
      readonly type: 'issuingRefused';
      readonly epoch: number;
      readonly reason: 'generation' | 'rate' | 'replicas';
      /** When a try is likely to pass (epoch ms, store time); null: soon. */
      readonly nextAt: number | null;
      /** Whether the loss has a turn, at `nextAt`, in the line of those that a limit refused. False: it tries again then. */
      readonly isTurn: boolean;
      readonly evidence: string;
    }
  | { readonly type: 'outcomeSeen'; readonly epoch: number; readonly attempts: number; readonly result: RequestResult }
  /** `isOver` false: it could not be tried now. */
  | { readonly type: 'restored'; readonly epoch: number; readonly isOver: boolean; readonly evidence: string }
  | { readonly type: 'signedOut'; readonly evidence: string }
  /** The CTI server shows the agent signed in; `isReady`: calls can be routed to it. */
  | { readonly type: 'signedIn'; readonly isReady: boolean; readonly evidence: string }
  /** Somebody who proved to be the agent asks to be signed in through us; committed before the request leaves. */
  | { readonly type: 'signInAsked'; readonly evidence: string }
  /** Whoever reported that connection as gone was going away itself; it is back, and still does not see it. */
  | { readonly type: 'sourceReturned'; readonly connection: string; readonly seenBy: string }
  | { readonly type: 'operatorCancelled'; readonly by: string }
  | { readonly type: 'operatorReleased'; readonly by: string }
  | { readonly type: 'operatorOrderedLogout'; readonly by: string };
