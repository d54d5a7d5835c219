import { type Side } from '#domain/agent';
import { type PolicyTimes } from './oracle-policies';

/**
 * What the oracle reads: lines that the desktops and the CTI server wrote themselves, on one clock (ms). A simulation
 * writes them as they happen; a test with real processes makes them from the desktops' own log and the CTI simulator's
 * log of requests.
 *
 * Of a desktop (one connection; a desktop that connects again is another one):
 * - `tried`: it begins to connect.
 * - `acknowledged`: it was told `opened`, and that the agent need not sign in again or has since.
 * - `ended`: by its own view it is not open and acknowledged any more. `bye`: it said goodbye. `gone`: it is no more, or
 *   its cable is pulled, and knows nothing of it. `closed`: its connection was ended by somebody else. `outOfService`: it
 *   was told that its server can vouch for nobody. `silent`: it heard nothing for the time of detection. `heardAt`: when
 *   it last heard of its server.
 *
 * Of a source that reports desktops to our servers:
 * - `toldGone`: it tells these servers, one or the other, that its desktop is gone; the desktop has ended before.
 *
 * Of the CTI server:
 * - `requested`: a forced change arrived. `took`: it changed the agent's state.
 * - `signedIn`, `signedOut`: by hand, or as the agent was found at the beginning.
 * - `becameReady`, `becameNotReady`: by hand.
 * - `callBegan`, `callEnded`.
 *
 * Of whoever makes the faults:
 * - `serverDied`: that process is no more, or frozen for longer than its lease.
 * - `workerDied`: the same of a worker.
 * - `policy`: what that process acts by from then on; without any, policies are as the rules say.
 * - `sourceAway`: the server at which desktops sign in, and by which our servers learn of them, was away from then on, `until`
 *   our servers had its whole picture again.
 * - `writesLost`: the store forgot what was written from then on, `until`; its journal as well.
 * - `storeClockStepped`: the clock of the store's host was set; the times of the journal are true ones all the same.
 * - `disturbed`: a fault that may delay a forced logout, until whatever it broke is whole again.
 */
export type Observation = { readonly at: number } & (
  | { readonly what: 'tried'; readonly agentId: string; readonly desktop: string; readonly side: Side }
  | {
      readonly what: 'acknowledged';
      readonly agentId: string;
      readonly desktop: string;
      readonly side: Side;
      readonly serverId: string;
    }
  | {
      readonly what: 'ended';
      readonly agentId: string;
      readonly desktop: string;
      readonly how: EndedHow;
      readonly heardAt: number;
    }
  | { readonly what: 'toldGone'; readonly agentId: string; readonly serverIds: readonly string[] }
  | { readonly what: 'requested'; readonly request: number; readonly agentId: string; readonly asked: Asked }
  | {
      readonly what: 'took';
      readonly request: number;
      readonly agentId: string;
      readonly became: 'loggedOut' | 'notReady';
    }
  | { readonly what: 'signedIn' | 'signedOut' | 'becameReady' | 'becameNotReady'; readonly agentId: string }
  | { readonly what: 'callBegan' | 'callEnded'; readonly agentId: string; readonly callId: number }
  | { readonly what: 'serverDied'; readonly serverId: string }
  | { readonly what: 'policy'; readonly process: string; readonly isWorker: boolean; readonly policy: PolicyTimes }
  | { readonly what: 'workerDied'; readonly process: string }
  | { readonly what: 'sourceAway'; readonly serverId: string; readonly until: number }
  | { readonly what: 'writesLost'; readonly until: number }
  | { readonly what: 'storeClockStepped'; readonly byMs: number }
  | { readonly what: 'disturbed'; readonly kind: string; readonly until: number }
);

export type EndedHow = 'bye' | 'gone' | 'closed' | 'outOfService' | 'silent';
export type Asked = 'logout' | 'notReady';
