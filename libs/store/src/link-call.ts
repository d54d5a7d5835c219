/**
 * What a server may ask of the CTI link of its side. A server has no such link: a worker holds it, and is called over
 * Redis (link-caller.ts asks, link-answerer.ts answers).
 */

/** States as desktops of Cisco Finesse and its clients know them. */
export type FinesseState =
  | 'LOGOUT'
  | 'NOT_READY'
  | 'READY'
  | 'RESERVED'
  | 'RESERVED_OUTBOUND'
  | 'RESERVED_OUTBOUND_PREVIEW'
  | 'TALKING'
  | 'HOLD'
  | 'WORK'
  | 'WORK_READY'
  | 'UNKNOWN';

export type DialogState = 'INITIATING' | 'ALERTING' | 'ACTIVE' | 'HELD' | 'DROPPED';

/** One device on a call. */
export interface DialogParticipant {
  readonly mediaAddress: string;
  readonly state: DialogState;
  /** Epoch ms, by the clock of the worker that saw it. */
  readonly stateChangedAt: number;
}

/** A call that an agent's device is on. */
export interface Dialog {
  /** The same for every party, and on both sides: the ConnectionCallID of the CTI server. */
  readonly id: string;
  /** The furthest that any party has come. */
  readonly state: DialogState;
  /** '' where the CTI server did not say. */
  readonly fromAddress: string;
  readonly toAddress: string;
  /** Epoch ms, by the clock of the worker that saw it. */
  readonly startedAt: number;
  readonly participants: readonly DialogParticipant[];
}

/** What the link's mirror says of one agent. */
export interface Standing {
  readonly agentId: string;
  readonly state: FinesseState;
  /** Valid for NOT_READY and LOGOUT; 0 otherwise, and where none was given. */
  readonly reasonCode: number;
  /** Undefined while signed out. */
  readonly extension: string | undefined;
  /** What an agent on a call becomes when the call ends, where that was asked for and the CTI server said so. */
  readonly pendingState: FinesseState | undefined;
  /** When the state was first seen (epoch ms, by the clock of the worker that saw it). */
  readonly changedAt: number;
  readonly signedOut: boolean;
  readonly onCall: boolean;
  readonly dialogs: readonly Dialog[];
}

export type LookResult =
  | { readonly kind: 'known'; readonly standing: Standing }
  | { readonly kind: 'unknownAgent' }
  | { readonly kind: 'unavailable'; readonly why: string };

export type ChangeOrder =
  | { readonly kind: 'signIn'; readonly extension: string; readonly password?: string }
  | { readonly kind: 'setState'; readonly state: 'READY' | 'NOT_READY'; readonly reasonCode: number }
  | { readonly kind: 'signOut'; readonly reasonCode: number };

export type ChangeResult =
  /** The CTI server said so; or, for an agent on a call, `standing.pendingState` is what was asked for. */
  | { readonly kind: 'done'; readonly standing: Standing }
  /**
   * The CTI server refuses. `code` is its failure code as Finesse spells it: `CF_INVALID_OBJECT_STATE`,
   * `CF_INVALID_LOGON_DEVICE_SPECIFIED` (no such extension, or somebody else is signed in there),
   * `CF_SPECIFIED_AGENT_ALREADY_SIGNED_ON` (on another extension), `CF_INVALID_AGENT_ID_SPECIFIED` (no such agent),
   * `CF_REQUEST_TIMEOUT_REJECTION` (no answer, and asked again: it did not happen) and the others of the protocol's
   * table; `E_CTI_…` for a refusal of the CTI server itself. `peripheralErrorCode` is 0 where there is none.
   */
  | {
      readonly kind: 'rejected';
      readonly code: string;
      readonly peripheralErrorCode: number;
      readonly sentence: string;
    }
  /** It was sent, and no outcome was seen: look again. */
  | { readonly kind: 'inDoubt'; readonly why: string }
  /** Nothing was sent. */
  | { readonly kind: 'unavailable'; readonly why: string };

export type LinkService = { readonly inService: true } | { readonly inService: false; readonly why: string };

export interface LinkListener {
  /** `before` is undefined where the link knew nothing of the agent (after a gap, or at its first event). */
  changed(before: Standing | undefined, after: Standing): void;
  /** Told with every change of service. After one to `inService: true` standings may have changed unheard: look again. */
  service(now: LinkService): void;
}

/** The CTI link of one side, as a server sees it. */
export abstract class AgentLink {
  /** Within 500 ms where the mirror knows the agent, within 5 s where the CTI server is asked. Never rejects. */
  abstract look(agentId: string): Promise<LookResult>;
  /** Settles within the CTI request timeout and a second. Never rejects. */
  abstract change(agentId: string, order: ChangeOrder): Promise<ChangeResult>;
  /** From the holder's sign of life every second; silent for 3 s is out of service. */
  abstract service(): LinkService;
  /** Answers how to stop. */
  abstract follow(listener: LinkListener): () => void;
}
