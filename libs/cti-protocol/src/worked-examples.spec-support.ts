import { type Draft, type ProtocolVersion } from './messages';

/** A frame whose bytes are known from outside this code base, and the message it holds. */
export interface WorkedExample {
  readonly title: string;
  readonly draft: (version: ProtocolVersion) => Draft;
  readonly frames: readonly { readonly versions: readonly ProtocolVersion[]; readonly hex: string }[];
}

const every: readonly ProtocolVersion[] = [13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25];
const narrowBefore19: readonly ProtocolVersion[] = [13, 14, 15, 16, 17, 18];
const narrow: readonly ProtocolVersion[] = [...narrowBefore19, 19];
const wide: readonly ProtocolVersion[] = [20, 21, 22, 23, 24, 25];

const NONE = 0xffff_ffff;
const NO_TYPE = 0xffff;
/** 2024-01-01 00:00:00 UTC. */
const NEW_YEAR = 0x65920080;

const agentState = {
  name: 'AGENT_STATE_EVENT',
  MonitorID: 0,
  PeripheralID: 5000,
  SessionID: 0,
  PeripheralType: 17,
  StateDuration: 0,
  SkillGroupNumber: NONE,
  SkillGroupID: NONE,
  SkillGroupPriority: 0,
  MRDID: 1,
  NumTasks: 0,
  ICMAgentID: 5015,
  AgentAvailabilityStatus: 0,
  AgentID: '1001',
  AgentExtension: '3001',
  AgentInstrument: '3001',
} as const;

const connection = {
  MonitorID: 0,
  PeripheralID: 5000,
  PeripheralType: 17,
  ConnectionDeviceIDType: 1,
  ConnectionCallID: 0x0100_0123,
  ConnectionDeviceID: '3001',
} as const;

export const workedExamples: readonly WorkedExample[] = [
  {
    title: 'E1 OPEN_REQ for all events and client control',
    draft: (version) => ({
      name: 'OPEN_REQ',
      InvokeID: 1,
      VersionNumber: version,
      IdleTimeout: 120,
      PeripheralID: NONE,
      ServicesRequested: 0x14,
      CallMsgMask: 0x80ffff,
      AgentStateMask: 0x3fff,
      ConfigMsgMask: 0,
      Reserved1: 0,
      Reserved2: 0,
      Reserved3: 0,
      ClientID: 'ctimon',
      ClientPassword: Buffer.from('secret\0'),
    }),
    frames: [
      {
        versions: [15],
        hex: '0000003e00000003000000010000000f00000078ffffffff000000140080ffff00003fff0000000000000000000000000000000001076374696d6f6e00020773656372657400',
      },
      {
        versions: [19],
        hex: '0000003e00000003000000010000001300000078ffffffff000000140080ffff00003fff0000000000000000000000000000000001076374696d6f6e00020773656372657400',
      },
      {
        versions: [20],
        hex: '0000004200000003000000010000001400000078ffffffff000000140080ffff00003fff00000000000000000000000000000000000100076374696d6f6e000002000773656372657400',
      },
      {
        versions: [24],
        hex: '0000004200000003000000010000001800000078ffffffff000000140080ffff00003fff00000000000000000000000000000000000100076374696d6f6e000002000773656372657400',
      },
    ],
  },
  {
    title: 'E2 OPEN_CONF with one peripheral',
    draft: () => ({
      name: 'OPEN_CONF',
      InvokeID: 1,
      ServicesGranted: 0x14,
      MonitorID: 0,
      PGStatus: 0,
      ICMCentralControllerTime: NEW_YEAR,
      PeripheralOnline: true,
      PeripheralType: 17,
      AgentState: 9,
      DepartmentID: 0,
      SessionType: 1,
      NumPeripherals: 1,
      Peripherals: [{ FltPeripheralID: 5000, MultilineAgentControl: 0 }],
    }),
    frames: [
      {
        versions: narrowBefore19,
        hex: '00000028000000040000000100000014000000000000000065920080000100110009e4020001d00400001388e0020000',
      },
      {
        versions: [19],
        hex: '0000002c00000004000000010000001400000000000000006592008000010011000900000000e4020001d00400001388e0020000',
      },
      {
        versions: [20, 21, 22, 23],
        hex: '000000320000000400000001000000140000000000000000659200800001001100090000000000e40002000100d000040000138800e000020000',
      },
      {
        versions: [24, 25],
        hex: '0000003400000004000000010000001400000000000000006592008000010011000900000000000100e40002000100d000040000138800e000020000',
      },
    ],
  },
  {
    title: 'E3 HEARTBEAT_REQ',
    draft: () => ({ name: 'HEARTBEAT_REQ', InvokeID: 2 }),
    frames: [{ versions: every, hex: '000000040000000500000002' }],
  },
  {
    title: 'E4 HEARTBEAT_CONF',
    draft: () => ({ name: 'HEARTBEAT_CONF', InvokeID: 2 }),
    frames: [{ versions: every, hex: '000000040000000600000002' }],
  },
  {
    title: 'E5 SYSTEM_EVENT, peripheral 5000 off line',
    draft: () => ({
      name: 'SYSTEM_EVENT',
      PGStatus: 4,
      ICMCentralControllerTime: NEW_YEAR,
      SystemEventID: 4,
      SystemEventArg1: 5000,
      SystemEventArg2: 0,
      SystemEventArg3: 0,
      EventDeviceType: NO_TYPE,
    }),
    frames: [{ versions: every, hex: '0000001a0000001f000000046592008000000004000013880000000000000000ffff' }],
  },
  {
    title: 'E6 AGENT_STATE_EVENT, not ready with reason 50002',
    draft: () => ({
      ...agentState,
      SkillGroupState: 2,
      AgentState: 2,
      EventReasonCode: 50002,
      AgentMode: 1,
      MaxTaskLimit: 1,
    }),
    frames: [
      {
        versions: narrowBefore19,
        hex: '0000004f0000001e0000000000001388000000000011000200000000ffffffffffffffff00000002c352000000010000000000010000000100001397000000000000050531303031000405333030310006053330303100',
      },
      {
        versions: [19],
        hex: '000000530000001e0000000000001388000000000011000200000000ffffffffffffffff00000002c35200000001000000000001000000010000139700000000000000000000050531303031000405333030310006053330303100',
      },
      {
        versions: wide,
        hex: '000000590000001e0000000000001388000000000011000200000000ffffffffffffffff00000002c35200000001000000000001000000010000139700000000000000000000000500053130303100000400053330303100000600053330303100',
      },
    ],
  },
  {
    title: 'E7 AGENT_STATE_EVENT, logged out with reason 999',
    draft: () => ({
      ...agentState,
      SkillGroupState: 1,
      AgentState: 1,
      EventReasonCode: 999,
      AgentMode: 0,
      MaxTaskLimit: 0,
    }),
    frames: [
      {
        versions: narrowBefore19,
        hex: '0000004f0000001e0000000000001388000000000011000100000000ffffffffffffffff0000000103e7000000010000000000000000000000001397000000000000050531303031000405333030310006053330303100',
      },
      {
        versions: wide,
        hex: '000000590000001e0000000000001388000000000011000100000000ffffffffffffffff0000000103e700000001000000000000000000000000139700000000000000000000000500053130303100000400053330303100000600053330303100',
      },
    ],
  },
  {
    title: 'E9 QUERY_AGENT_STATE_REQ',
    draft: () => ({
      name: 'QUERY_AGENT_STATE_REQ',
      InvokeID: 3,
      PeripheralID: 5000,
      MRDID: 1,
      ICMAgentID: 0,
      AgentID: '1001',
    }),
    frames: [
      { versions: narrow, hex: '00000017000000240000000300001388000000010000000005053130303100' },
      { versions: wide, hex: '000000190000002400000003000013880000000100000000000500053130303100' },
    ],
  },
  {
    title: 'E11 SET_AGENT_STATE_REQ, forced logout with reason 999',
    draft: () => ({
      name: 'SET_AGENT_STATE_REQ',
      InvokeID: 4,
      PeripheralID: 5000,
      AgentState: 1,
      AgentWorkMode: 0,
      NumSkillGroups: 0,
      EventReasonCode: 999,
      ForcedFlag: 1,
      AgentServiceReq: 0,
      AgentInstrument: '3001',
      AgentID: '1001',
    }),
    frames: [
      {
        versions: narrow,
        hex: '0000002300000026000000040000138800010000000003e701000000000605333030310005053130303100',
      },
      {
        versions: wide,
        hex: '0000002700000026000000040000138800010000000003e70100000000000600053330303100000500053130303100',
      },
    ],
  },
  {
    title: 'E13 SET_AGENT_STATE_CONF',
    draft: () => ({ name: 'SET_AGENT_STATE_CONF', InvokeID: 4 }),
    frames: [{ versions: every, hex: '000000040000002700000004' }],
  },
  {
    title: 'E14 CONTROL_FAILURE_CONF, cannot log out from this state',
    draft: () => ({ name: 'CONTROL_FAILURE_CONF', InvokeID: 4, FailureCode: 22, PeripheralErrorCode: 10112 }),
    frames: [{ versions: every, hex: '0000000a0000002300000004001600002780' }],
  },
  {
    title: 'E15 FAILURE_CONF, invalid password',
    draft: () => ({ name: 'FAILURE_CONF', InvokeID: 1, Status: 36 }),
    frames: [{ versions: every, hex: '00000008000000010000000100000024' }],
  },
  {
    title: 'E17 BEGIN_CALL_EVENT',
    draft: () => ({
      name: 'BEGIN_CALL_EVENT',
      ...connection,
      NumCTIClients: 0,
      NumNamedVariables: 0,
      NumNamedArrays: 0,
      CallType: 2,
      ConnectionDeviceIDType: 0,
      CalledPartyDisposition: 0,
      ANI: '5551234',
      DNIS: '8005',
      DialedNumber: '8005',
      RouterCallKeyDay: 153_000,
      RouterCallKeyCallID: 77,
      RouterCallKeySequenceNumber: 0,
      CallVariable1: 'vip',
    }),
    frames: [
      {
        versions: narrow,
        hex: '0000005100000017000000000000138800110000000000000002000001000123000019053330303100080835353531323334000a0538303035000b0538303035004804000255a849040000004d6e04000000000d0476697000',
      },
      {
        versions: wide,
        hex: '00000061000000170000000000001388001100000000000000020000010001230000001900053330303100000800083535353132333400000a00053830303500000b0005383030350000480004000255a8004900040000004d006e000400000000000d000476697000',
      },
    ],
  },
  {
    title: 'E18 CALL_DELIVERED_EVENT',
    draft: () => ({
      name: 'CALL_DELIVERED_EVENT',
      ...connection,
      LineHandle: 0,
      LineType: 0,
      ServiceNumber: NONE,
      ServiceID: NONE,
      SkillGroupNumber: 20,
      SkillGroupID: 5020,
      SkillGroupPriority: 0,
      AlertingDeviceType: 0,
      CallingDeviceType: 75,
      CalledDeviceType: 0,
      LastRedirectDeviceType: NO_TYPE,
      LocalConnectionState: 2,
      EventCause: 22,
      NumNamedVariables: 0,
      NumNamedArrays: 0,
      AlertingDeviceID: '3001',
      CallingDeviceID: '5551234',
      CalledDeviceID: '3001',
    }),
    frames: [
      {
        versions: narrow,
        hex: '00000055000000090000000000001388001100010100012300000000ffffffffffffffff000000140000139c00000000004b0000ffff0002001600000000190533303031001a0533303031001b0835353531323334001c053330303100',
      },
      {
        versions: wide,
        hex: '0000005d000000090000000000001388001100010100012300000000ffffffffffffffff000000140000139c00000000004b0000ffff0002001600000000001900053330303100001a00053330303100001b00083535353132333400001c00053330303100',
      },
    ],
  },
  {
    title: 'E22 CALL_CONNECTION_CLEARED_EVENT',
    draft: () => ({
      name: 'CALL_CONNECTION_CLEARED_EVENT',
      ...connection,
      ReleasingDeviceType: 0,
      LocalConnectionState: 0,
      EventCause: NO_TYPE,
      ReleasingDeviceID: '3001',
    }),
    frames: [
      {
        versions: narrow,
        hex: '000000240000000e0000000000001388001100010100012300000000ffff1905333030310021053330303100',
      },
      {
        versions: wide,
        hex: '000000280000000e0000000000001388001100010100012300000000ffff001900053330303100002100053330303100',
      },
    ],
  },
  {
    title: 'E23 END_CALL_EVENT',
    draft: () => ({ name: 'END_CALL_EVENT', ...connection }),
    frames: [
      { versions: narrow, hex: '00000017000000180000000000001388001100010100012319053330303100' },
      { versions: wide, hex: '000000190000001800000000000013880011000101000123001900053330303100' },
    ],
  },
];
