import { surroundingsOfPage } from './browser';
import { DesktopLife } from './desktop-life';

/** All that a page sees of this library. Times are milliseconds. */

export interface ConnectOptions {
  /** Addresses of the sides, the agent's own first, such as `https://primary.example.com`. */
  readonly servers: readonly string[];
  /** The agent's token, or whoever fetches one; asked for every connection anew, and only ever sent in a header. */
  readonly token: string | (() => string | Promise<string>);
  /** Default: one for this tab, kept through refreshes and shared with no other tab. */
  readonly desktopId?: string;
  /** Other times than the usual ones; meant for tests. */
  readonly limits?: Partial<Limits>;
}

export interface Desktop {
  /** Names this tab in the journal of the servers. */
  readonly desktopId: string;
  /**
   * `open`: acknowledged; the agent is not signed out while it lasts. `outOfService`: connected, and the server vouches for
   * nobody. `connecting`: everything before and between. `closed`: for good.
   */
  readonly state: 'connecting' | 'open' | 'outOfService' | 'closed';
  /** The server that it is connected to. */
  readonly server: string | undefined;
  /** Calls `listener` at every event of that name; the answer takes it off again. */
  on<Name extends keyof DesktopEvents>(name: Name, listener: (event: DesktopEvents[Name]) => void): () => void;
  /** The agent has finished: says so to the server and closes for good. */
  bye(): void;
  /** Closes for good without a word. The server takes that for a loss, and the same grace begins. */
  close(): void;
}

export interface SignOut {
  /** EventReasonCode of the CTI server; null where it gave none. */
  readonly reasonCode: number | null;
  /** What the code says, for people; '' for a code of the site. */
  readonly reason: string;
  /** The system gave the code, and no person chose it. */
  readonly isSystem: boolean;
}

export interface DesktopEvents {
  /** Acknowledged by that server. Comes again whenever that is said anew. */
  opened: { readonly server: string; readonly epoch: number; readonly mustSignIn: boolean };
  /**
   * The agent is signed out and must sign in again before working; `signOut` where the server knows how. Comes at any time:
   * somebody else can sign the agent out while the desktop is open. An `opened` without `mustSignIn` says that it is over.
   */
  mustSignIn: { readonly server: string; readonly epoch: number; readonly signOut: SignOut | undefined };
  /** Acknowledged by another server than the one before. */
  failover: { readonly from: string; readonly to: string };
  /** The server can vouch for nobody for now; the other side is tried. Do not let the agent work on. */
  outOfService: { readonly server: string };
  /** The connection is gone and is being made again. Do not let the agent work on before `opened`. */
  interrupted: { readonly server: string; readonly code: number; readonly reason: string };
  /** A server did not accept the token. A token that is fetched is fetched anew; a fixed one ends everything. */
  tokenRefused: { readonly server: string; readonly sentence: string };
  /**
   * Closed for good. `bye` and `closed`: the page asked for it. `fault`: going on would not help, and `sentence` says why.
   */
  closed: { readonly cause: 'bye' | 'closed' | 'fault'; readonly code: number; readonly sentence: string };
}

export interface Limits {
  /** So long after the server was last heard it is asked whether it is there… */
  readonly pingEveryMs: number;
  /** …and counts as gone when it has not answered after so long. */
  readonly pongMsMax: number;
  /** The same after sleep, or when the network is back: a connection that has died meanwhile is found soon. */
  readonly wakePongMsMax: number;
  /** A timer that is later than this says that the page stood still, and nothing of the server. */
  readonly lateMsMax: number;
  readonly connectMsMax: number;
  /** From the connection to the acknowledgement, which waits up to 20 s for the outcome of a sign-out. */
  readonly openedMsMax: number;
  /** For system-info, and for a ticket. */
  readonly requestMsMax: number;
  /** For the page's own `token()`. */
  readonly tokenMsMax: number;
  /** A connection that breaks is made again after a random part of this, so that a dead server's desktops do not come at once. */
  readonly spreadMsMax: number;
  /** Wait after a failed attempt; doubles with each further one… */
  readonly backOffMsMin: number;
  /** …up to this. */
  readonly backOffMsMax: number;
  /** Wait after the server said that this desktop does too much. */
  readonly slowMsMin: number;
}

/**
 * Opens a desktop and keeps it open: on the first server that is in service, again after every interruption, on the other
 * side when its own is gone. Listeners that are added at once miss nothing.
 *
 * @throws TypeError when `servers` is empty or holds what is no http, https, ws or wss address.
 */
export function connect(options: ConnectOptions): Desktop {
  return new DesktopLife(options, surroundingsOfPage());
}
