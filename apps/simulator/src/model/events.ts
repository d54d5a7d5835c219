import { type Agent } from './agents';
import { type Call, type DataUpdate, type Leg } from './calls';
import { type Standing, type StateName } from './standing';

/** What happened to a request that changes an agent's state. */
export type RequestOutcome =
  | { readonly kind: 'became'; readonly standing: Standing; readonly effective: boolean }
  | { readonly kind: 'pending'; readonly standing: Standing }
  | { readonly kind: 'rejected'; readonly failureCode: number; readonly peripheralErrorCode: number }
  | { readonly kind: 'failed'; readonly status: number }
  | { readonly kind: 'replaced' }
  | { readonly kind: 'silenced' };

/** The steps of a call as the CTI server tells them, one per leg unless said otherwise. */
export type CallStep =
  | 'preCall'
  | 'begun'
  | 'dataUpdated'
  | 'serviceInitiated'
  | 'originated'
  | 'delivered'
  | 'established'
  | 'held'
  | 'retrieved'
  | 'conferenced'
  | 'transferred'
  | 'connectionCleared'
  | 'cleared'
  | 'ended';

/** Everything the model tells; the CTI servers and the page turn it into messages. */
export type ModelEvent =
  | {
      readonly kind: 'agentState';
      readonly agent: Agent;
      readonly standing: Standing;
      readonly previousState: StateName;
      /** What a pending request will make of the agent after the call. */
      readonly nextState: StateName | undefined;
      /** true: nothing changed since the last event of this agent. */
      readonly duplicate: boolean;
      /** The request that caused the change, when one did. */
      readonly requestId: number | undefined;
    }
  | {
      readonly kind: 'call';
      readonly step: CallStep;
      readonly call: Call;
      readonly leg: Leg;
      /** The leg that joined (conference) or took over (transfer). */
      readonly otherLeg: Leg | undefined;
      /** What changed about the call, in a `dataUpdated`. */
      readonly update: DataUpdate | undefined;
    }
  | { readonly kind: 'requestSettled'; readonly requestId: number; readonly outcome: RequestOutcome }
  | { readonly kind: 'agentsAdded'; readonly agents: readonly Agent[] };

export type EmitModelEvent = (event: ModelEvent) => void;
