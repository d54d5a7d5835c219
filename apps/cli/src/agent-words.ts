import { AgentState, meaningOfReason, nameOf } from '#cti-protocol/enumerations';
import { type AgentView } from '#cti-client/agent-view';

/** An agent for people: `1001  NOT_READY 50002 (a CTI component or the desktop failed)  extension 3001  no call`. */
export function agentWords(view: AgentView): string {
  const { agentId, extension, instrument, signedOut } = view;
  const device = extension ?? instrument;
  const parts = [agentId, stateWords(view.state, view.reasonCode)];
  if (!signedOut && device !== undefined) parts.push(`extension ${device}`);
  if (instrument !== undefined && extension !== undefined && instrument !== extension && !signedOut)
    parts.push(`instrument ${instrument}`);
  if (!signedOut) parts.push(callWords(view));
  return parts.join('  ');
}

/** `NOT_READY 50002 (a CTI component or the desktop failed)`; a code of the site has no words, and 0 is no reason. */
export function stateWords(state: number, reasonCode: number): string {
  const name = nameOf(AgentState, state);
  if (reasonCode === 0) return name;
  const meaning = meaningOfReason(reasonCode)?.meaning;
  return meaning === undefined ? `${name} ${reasonCode}` : `${name} ${reasonCode} (${meaning})`;
}

function callWords({ calls, onCall }: AgentView): string {
  if (calls.length > 0) return `${calls.length === 1 ? 'call' : 'calls'} ${calls.join(' ')}`;
  return onCall ? 'on a call by its state' : 'no call';
}

/** The same for programs. */
export function agentFields(view: AgentView) {
  const { agentId, state, reasonCode, extension, instrument, calls, onCall, signedOut } = view;
  return {
    agentId,
    state,
    stateName: nameOf(AgentState, state),
    reasonCode,
    reason: reasonCode === 0 ? null : (meaningOfReason(reasonCode)?.meaning ?? null),
    extension: extension ?? null,
    instrument: instrument ?? null,
    calls,
    onCall,
    signedOut,
  };
}
