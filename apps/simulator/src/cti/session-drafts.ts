import { AgentState, Null, PGStatus, SessionType } from '#cti-protocol/enumerations';
import { type DraftOf } from '#cti-protocol/messages';
import { type Agent } from '../model/agents';
import { shownState } from './event-drafts';
import { type Session } from './session';

const msPerSecond = 1000;

export interface Welcome {
  readonly invokeId: number;
  readonly session: Session;
  /** The agent of a CLIENT_EVENTS session. */
  readonly ownAgent: Agent | undefined;
  readonly standby: boolean;
  readonly pgStatus: number;
  readonly peripheralId: number;
  readonly peripheralType: number;
  readonly nowMs: number;
}

export function openConfirmation(welcome: Welcome): DraftOf<'OPEN_CONF'> {
  const { ownAgent } = welcome;
  return {
    name: 'OPEN_CONF',
    InvokeID: welcome.invokeId,
    ServicesGranted: welcome.session.grant.services,
    MonitorID: 0,
    PGStatus: welcome.pgStatus,
    ICMCentralControllerTime: Math.floor(welcome.nowMs / msPerSecond),
    PeripheralOnline: (welcome.pgStatus & PGStatus.PERIPHERAL_OFFLINE) === 0,
    PeripheralType: welcome.peripheralType,
    AgentState: ownAgent === undefined ? AgentState.UNKNOWN : shownState(ownAgent),
    SessionType: welcome.standby ? SessionType.STANDBY : SessionType.ACTIVE,
    AgentExtension: ownAgent?.extension,
    AgentID: ownAgent?.agentId,
    AgentInstrument: ownAgent?.extension,
    NumPeripherals: 1,
    Peripherals: [{ FltPeripheralID: welcome.peripheralId, MultilineAgentControl: 0 }],
  };
}

export interface SystemNews {
  readonly eventId: number;
  readonly arg1: number;
  readonly pgStatus: number;
  readonly nowMs: number;
}

export function systemEvent(news: SystemNews): DraftOf<'SYSTEM_EVENT'> {
  return {
    name: 'SYSTEM_EVENT',
    PGStatus: news.pgStatus,
    ICMCentralControllerTime: Math.floor(news.nowMs / msPerSecond),
    SystemEventID: news.eventId,
    SystemEventArg1: news.arg1,
    SystemEventArg2: 0,
    SystemEventArg3: 0,
    EventDeviceType: Null.USHORT,
  };
}
