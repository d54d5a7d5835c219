import { configKeys, enabledServices, SKILL_GROUPS_MAX } from './shared-fields';
import {
  bool,
  FRAME_BYTES_MAX,
  group,
  groupOrArrays,
  since,
  string,
  uint,
  UINT,
  USHORT,
  ushort,
  type GroupMembers,
  type MessageRow,
} from './field-types';

/** No limit is published: the frame is the limit. */
const RECORDS_MAX = FRAME_BYTES_MAX;

/** A record begins with its RecordType (0 add, 1 change, 2 delete). */
function records<const M extends GroupMembers>(members: M) {
  return { Records: group('NumRecords', RECORDS_MAX, { RecordType: ushort(183), ...members }) };
}

const fixedOfRecords = { NumRecords: USHORT } as const;

/** The configuration upload. None of these has an InvokeID. */
export const configMessages = {
  CONFIG_REQUEST_KEY_EVENT: { number: 230, fixed: { PeripheralID: UINT }, floating: { CustomerID: uint(131) } },
  CONFIG_KEY_EVENT: { number: 231, fixed: { ConfigKeyStatus: UINT }, floating: { ...configKeys } },
  CONFIG_REQUEST_EVENT: {
    number: 232,
    fixed: { ConfigInformation: UINT, ConfigMsgMask: since(24, UINT), PeripheralID: UINT },
    floating: { CustomerID: uint(131) },
  },
  CONFIG_BEGIN_EVENT: {
    number: 233,
    fixed: { ConfigType: USHORT, ConfigInformation: UINT },
    floating: { ...configKeys },
  },
  CONFIG_END_EVENT: { number: 234, fixed: { ConfigEndStatus: UINT }, floating: { Text: string(7, 255) } },
  CONFIG_SERVICE_EVENT: {
    number: 235,
    fixed: fixedOfRecords,
    floating: records({
      FltPeripheralID: uint(208),
      PeripheralNumber: uint(184),
      OldPeripheralNumber: uint(213),
      MaxQueued: uint(129),
      Extension: string(173, 16),
      ServiceSkillTargetID: uint(132),
      PeripheralName: string(133, 64),
      Description: string(134, 128),
      ServiceLevelThreshold: uint(174),
      ServiceLevelType: uint(175),
      ConfigParam: string(176, 255),
      FltMRDomainID: uint(216),
      NumServiceMembers: ushort(186),
      ServiceMembers: groupOrArrays('NumServiceMembers', SKILL_GROUPS_MAX, {
        ServiceMember: uint(187),
        ServicePriority: ushort(188),
      }),
    }),
  },
  CONFIG_SKILL_GROUP_EVENT: {
    number: 236,
    fixed: fixedOfRecords,
    // In the order in which a server of protocol 15 sent them.
    floating: records({
      FltPeripheralID: uint(208),
      PeripheralNumber: uint(184),
      OldPeripheralNumber: uint(213),
      FltSkillGroupPriority: ushort(64),
      SkillGroupSkillTargetID: uint(192),
      // The tag table calls 185 AGENT_SKILL_TARGET_ID; on the wire it is this flag.
      AutoWork: bool(185),
      Extension: string(173, 16),
      PeripheralName: string(133, 64),
      Description: string(134, 128),
      FltMRDomainID: uint(216),
      FltPrecisionQueueID: uint(264),
      FltPrecisionQueueName: string(265, 32),
      ConfigParam: string(176, 255),
    }),
  },
  CONFIG_AGENT_EVENT: {
    number: 237,
    fixed: fixedOfRecords,
    // In the order in which a server of protocol 15 sent them. LoginID is the AgentID used elsewhere,
    // AgentSkillTargetID the ICMAgentID.
    floating: records({
      FltPeripheralID: uint(208),
      ActiveTerminal: string(303, 64),
      AgentType: ushort(189),
      AgentDeskSettingsID: uint(267),
      LoginID: string(190, 64),
      OldLoginID: string(214, 64),
      LoginName: string(207, 255),
      LastName: string(138, 32),
      FirstName: string(137, 32),
      Extension: string(173, 16),
      Description: string(134, 128),
      AgentSkillTargetID: uint(141),
      NumSkills: ushort(191),
      Skills: groupOrArrays('NumSkills', SKILL_GROUPS_MAX, {
        FltSkillGroupNumber: uint(62),
        FltSkillGroupPriority: ushort(64),
      }),
      SSOEnabled: ushort(257),
      NumMRDs: ushort(261),
      MRDs: groupOrArrays('NumMRDs', SKILL_GROUPS_MAX, { FltAgentMRDID: uint(262), FltAgentMRDState: ushort(263) }),
    }),
  },
  CONFIG_DEVICE_EVENT: {
    number: 238,
    fixed: fixedOfRecords,
    floating: records({
      FltPeripheralID: uint(208),
      PeripheralNumber: uint(184),
      DeviceType: ushort(195),
      MaxQueued: uint(129),
      FltServiceID: uint(193),
      DialedNumber: string(11, 40),
      DNIS: string(10, 32),
      Extension: string(173, 16),
      Description: string(134, 128),
    }),
  },
  // The guides print the table of media routing domains under 245 too; hence its fields here.
  CONFIG_CALL_TYPE_EVENT: {
    number: 245,
    fixed: fixedOfRecords,
    floating: records({
      FltCallTypeID: uint(210),
      CustomerDefinitionID: uint(211),
      EnterpriseName: string(212, 32),
      Description: string(134, 128),
      ServiceLevelThreshold: uint(174),
      ServiceLevelType: uint(175),
      FltMRDomainID: uint(216),
      FltMaxTaskDuration: uint(250),
      FltInterruptible: bool(251),
    }),
  },
  CONFIG_MRD_EVENT: {
    number: 254,
    fixed: fixedOfRecords,
    floating: records({
      FltMRDomainID: uint(216),
      FltEnterpriseName: string(212, 32),
      FltDescription: string(134, 128),
      FltMaxTaskDuration: uint(250),
      FltInterruptible: bool(251),
    }),
  },
  CONFIG_PERIPHERAL_EVENT: {
    number: 260,
    fixed: fixedOfRecords,
    floating: records({ ConfigPeripheralID: uint(271), DefaultAgentDeskSettingsID: uint(272) }),
  },
  CONFIG_AGENT_DESK_SETTINGS_EVENT: {
    number: 261,
    fixed: fixedOfRecords,
    floating: records({
      AgentDeskSettingsID: uint(267),
      FltDeskSettingsMask: uint(273),
      FltWrapUpDataIncomingMode: uint(274),
      FltWrapUpDataOutgoingMode: uint(275),
      FltLogoutNonActivityTime: uint(276),
      FltQualityRecordingRate: uint(277),
      FltRingNoAnswerTime: uint(278),
      FltSilentMonitorWarningMessage: uint(279),
      FltSilentMonitorAudibleIndication: uint(280),
      FltSupervisorAssistCallMethod: uint(281),
      FltEmergencyCallMethod: uint(282),
      FltAutoRecordOnEmergency: uint(283),
      FltRecordingMode: uint(284),
      FltWorkModeTimer: uint(285),
      FltRingNoAnswerDnId: uint(286),
      FltDefaultDevicePortAddress: string(287, 4),
      PlayZipTone: uint(307),
      ACDSharedLineUsage: uint(306),
    }),
  },
  // The list of instruments has no published tag and is skipped.
  CONFIG_TERMINAL_EVENT: {
    number: 276,
    fixed: fixedOfRecords,
    floating: records({
      TerminalType: ushort(302),
      TerminalDeviceName: string(303, 64),
      TerminalTypeName: string(304, 100),
      NumInstruments: ushort(305),
    }),
  },
  CONFIG_AGENT_SERVICE_EVENT: {
    number: 282,
    fixed: fixedOfRecords,
    floating: records({
      AgentSkillTargetID: uint(141),
      NumOfEnabledServices: ushort(310),
      EnabledServices: enabledServices,
    }),
  },
} as const satisfies Record<string, MessageRow>;
