import { AgentState } from '#cti-protocol/enumerations';

/** An agent as the CTI server last told of it, on the voice media routing domain. */
export interface AgentView {
  readonly agentId: string;
  /** AgentState of GED-188. */
  readonly state: number;
  /** EventReasonCode of the last AGENT_STATE_EVENT; 0 when there is none or only a query told the state. */
  readonly reasonCode: number;
  /** AgentState that was asked for during a call and takes effect after it, where the CTI server said so. */
  readonly nextState: number | undefined;
  readonly extension: string | undefined;
  readonly instrument: string | undefined;
  /** Keys of the open calls on the agent's device: `callId/deviceIdType/deviceId`. */
  readonly calls: readonly string[];
  readonly signedOut: boolean;
  /** TALKING, HOLD, RESERVED, or any open call on the agent's device: hands off. */
  readonly onCall: boolean;
}

const STATES_ON_A_CALL: readonly number[] = [AgentState.TALKING, AgentState.HOLD, AgentState.RESERVED];

/** Reason codes mean something in these states only (GED-188). */
const STATES_WITH_A_REASON: readonly number[] = [AgentState.NOT_READY, AgentState.LOGOUT];

export const isStateOnCall = (state: number): boolean => STATES_ON_A_CALL.includes(state);

/** The reason code that is valid in this state, else 0. */
export const reasonIn = (state: number, reasonCode: number): number =>
  STATES_WITH_A_REASON.includes(state) ? reasonCode : 0;

/** What the view of an agent is made from. */
export type AgentFacts = Pick<AgentView, 'agentId' | 'state' | 'reasonCode' | 'nextState' | 'extension' | 'instrument'>;

export function makeView(facts: AgentFacts, calls: readonly string[]): AgentView {
  const signedOut = facts.state === AgentState.LOGOUT;
  const { agentId, state, reasonCode, nextState, extension, instrument } = facts;
  const open = [...calls].sort();
  return {
    agentId,
    state,
    reasonCode,
    nextState,
    extension,
    instrument,
    calls: open,
    signedOut,
    onCall: isStateOnCall(state) || open.length > 0,
  };
}

/** Whether two views tell the same; per-skill-group copies of one event must not count as changes. */
export function isSameView(one: AgentView | undefined, other: AgentView | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    one.agentId === other.agentId &&
    one.state === other.state &&
    one.reasonCode === other.reasonCode &&
    one.nextState === other.nextState &&
    one.extension === other.extension &&
    one.instrument === other.instrument &&
    one.calls.join(' ') === other.calls.join(' ')
  );
}
