import { AgentState } from '#cti-protocol/enumerations';
import { type FinesseState } from '#store/link-call';

/**
 * How desktops call the states of GED-188. LOGIN is on its way to Not Ready; BUSY_OTHER and the states of other
 * media routing domains have no name there.
 */
const names: ReadonlyMap<number, FinesseState> = new Map([
  [AgentState.LOGIN, 'NOT_READY'],
  [AgentState.LOGOUT, 'LOGOUT'],
  [AgentState.NOT_READY, 'NOT_READY'],
  [AgentState.AVAILABLE, 'READY'],
  [AgentState.TALKING, 'TALKING'],
  [AgentState.WORK_NOT_READY, 'WORK'],
  [AgentState.WORK_READY, 'WORK_READY'],
  [AgentState.RESERVED, 'RESERVED'],
  [AgentState.HOLD, 'HOLD'],
]);

export const finesseState = (state: number): FinesseState => names.get(state) ?? 'UNKNOWN';
