import { group, string, time, uint, unspec, ushort, type NamedValues } from './field-types';

/** Floating fields that several rows share. */

/** UCCX servers send an agent's id as AGENT_ID_LONG (194). Written as tag 5. */
export const agentId = string(5, 12, 194);
export const agentExtension = string(4, 16);
export const agentInstrument = string(6, 64);
export const connectionDeviceId = string(25, 64);

/** 99 = the largest NumFltSkillGroups. */
export const SKILL_GROUPS_MAX = 99;
export const PARTIES_MAX = 16;
export const CALLS_MAX = 16;

export const callVariables = {
  CallVariable1: string(13, 41),
  CallVariable2: string(14, 41),
  CallVariable3: string(15, 41),
  CallVariable4: string(16, 41),
  CallVariable5: string(17, 41),
  CallVariable6: string(18, 41),
  CallVariable7: string(19, 41),
  CallVariable8: string(20, 41),
  CallVariable9: string(21, 41),
  CallVariable10: string(22, 41),
};

export const namedValues = {
  NamedVariables: {
    kind: 'named',
    type: 'NAMEDVAR',
    tag: 82,
    bytesMax: 251,
    countedBy: 'NumNamedVariables',
  } satisfies NamedValues,
  NamedArrays: {
    kind: 'named',
    type: 'NAMEDARRAY',
    tag: 83,
    bytesMax: 252,
    countedBy: 'NumNamedArrays',
  } satisfies NamedValues,
} as const;

export const routerCallKey = {
  RouterCallKeyDay: uint(72),
  RouterCallKeyCallID: uint(73),
  RouterCallKeySequenceNumber: uint(110),
};

export const ctiClients = group('NumCTIClients', 16, {
  CTIClientSignature: string(23, 64),
  CTIClientTimestamp: time(24),
});

export const connectedParties = group('NumParties', PARTIES_MAX, {
  ConnectedPartyCallID: uint(39),
  ConnectedPartyDeviceIDType: ushort(40),
  ConnectedPartyDeviceID: string(41, 64),
});

export const enabledServices = group('NumOfEnabledServices', SKILL_GROUPS_MAX, { FltEnabledServices: ushort(309) });

export const configKeys = {
  ServiceConfigKey: unspec(177, 8),
  SkillGroupConfigKey: unspec(178, 8),
  AgentConfigKey: unspec(179, 8),
  DeviceConfigKey: unspec(180, 8),
  CallTypeConfigKey: unspec(209, 8),
  PeripheralConfigKey: unspec(269, 8),
  AgentDeskSettingsConfigKey: unspec(270, 8),
};
