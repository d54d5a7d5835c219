import { agentExtension, agentId, agentInstrument } from './shared-fields';
import {
  BOOL,
  group,
  INT,
  int,
  since,
  string,
  TIME,
  uint,
  UINT,
  unspec,
  USHORT,
  ushort,
  type MessageRow,
} from './field-types';

/** Opening, keeping and closing a session. */
export const sessionMessages = {
  // The guides of protocol 24 and 25 print this message with the body of CONTROL_FAILURE_CONF (10 bytes); every
  // implementation has 8. We write 8 and read both: the short code then stands in Status.
  FAILURE_CONF: {
    number: 1,
    fixed: { InvokeID: UINT, Status: UINT },
    floating: {},
    alsoRead: { InvokeID: UINT, Status: USHORT, PeripheralErrorCode: UINT },
  },
  FAILURE_EVENT: { number: 2, fixed: { Status: UINT }, floating: {} },
  // UniqueInstanceID (version 24) has no published tag and is therefore neither written nor read.
  OPEN_REQ: {
    number: 3,
    fixed: {
      InvokeID: UINT,
      VersionNumber: UINT,
      IdleTimeout: UINT,
      PeripheralID: UINT,
      ServicesRequested: UINT,
      CallMsgMask: UINT,
      AgentStateMask: UINT,
      ConfigMsgMask: UINT,
      Reserved1: UINT,
      Reserved2: UINT,
      Reserved3: UINT,
    },
    floating: {
      ClientID: string(1, 64),
      ClientPassword: unspec(2, 64),
      ClientSignature: string(3, 64),
      AgentExtension: agentExtension,
      AgentID: agentId,
      AgentInstrument: agentInstrument,
      ApplicationPathID: int(97),
    },
  },
  OPEN_CONF: {
    number: 4,
    fixed: {
      InvokeID: UINT,
      ServicesGranted: UINT,
      MonitorID: UINT,
      PGStatus: UINT,
      ICMCentralControllerTime: TIME,
      PeripheralOnline: BOOL,
      PeripheralType: USHORT,
      AgentState: USHORT,
      DepartmentID: since(19, INT),
      SessionType: since(24, USHORT),
    },
    floating: {
      AgentExtension: agentExtension,
      AgentID: agentId,
      AgentInstrument: agentInstrument,
      NumPeripherals: ushort(228),
      Peripherals: group('NumPeripherals', 64, { FltPeripheralID: uint(208), MultilineAgentControl: ushort(224) }),
    },
  },
  HEARTBEAT_REQ: { number: 5, fixed: { InvokeID: UINT }, floating: {} },
  HEARTBEAT_CONF: { number: 6, fixed: { InvokeID: UINT }, floating: {} },
  CLOSE_REQ: { number: 7, fixed: { InvokeID: UINT, Status: UINT }, floating: {} },
  CLOSE_CONF: { number: 8, fixed: { InvokeID: UINT }, floating: {} },
  // 277, 278 and 280 come from the server; 279 and 281 are the client's, within 5 s of 278 and of 280.
  STANDBY_ACTIVE_EVENT_MSG: { number: 277, fixed: {}, floating: {} },
  ACTIVE_MAINTENANCE_REQ_MSG: { number: 278, fixed: { InvokeID: UINT }, floating: {} },
  ACTIVE_MAINTENANCE_RESP_MSG: { number: 279, fixed: { InvokeID: UINT, MaintenanceModeAccepted: BOOL }, floating: {} },
  ACTIVE_MAINTENANCE_EVENT_MSG: { number: 280, fixed: { MaintenanceModeStatus: BOOL }, floating: {} },
  STOPPING_REQUESTS_TO_THIS_SIDE_IND: { number: 281, fixed: {}, floating: {} },
} as const satisfies Record<string, MessageRow>;
