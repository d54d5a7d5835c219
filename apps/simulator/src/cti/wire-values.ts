import { type CallStep } from '../model/events';
import { type StateName } from '../model/standing';

/** Numbers of GED-188 that this server sends or compares; tables of the protocol sheet, part 11. */

export const Status = {
  invalidVersion: 1,
  sessionNotOpen: 4,
  sessionAlreadyOpen: 5,
  requiredDataMissing: 6,
  invalidPeripheralId: 7,
  invalidAgentData: 8,
  functionNotAvailable: 12,
  invalidCallId: 13,
  ctiServerOffline: 15,
  invalidTimeout: 18,
  invalidServiceMask: 19,
  invalidCallMsgMask: 20,
  invalidAgentStateMask: 21,
  invalidReservedField: 22,
  invalidPassword: 36,
  clientDisconnected: 37,
  invalidMessageTypeForVersion: 48,
  mutuallyExclusiveDeviceTypes: 54,
  invalidMonitorId: 55,
  clientNotFound: 63,
  supervisorNotFound: 64,
  teamNotFound: 65,
  invalidDistribution: 71,
  agentTeamMonitorExists: 83,
  invalidDevice: 87,
  monitorExists: 89,
  invalidConfigMsgMask: 95,
  invalidClientForStandby: 107,
} as const;

export const Service = {
  clientEvents: 0x1,
  clientControl: 0x4,
  allEvents: 0x10,
  peripheralMonitor: 0x20,
  clientMonitor: 0x40,
  supervisor: 0x80,
  agentStateControlOnly: 0x2000,
  ignoreDuplicateAgentEvents: 0x10_0000,
  ignoreConf: 0x20_0000,
  activeStandby: 0x0200_0000,
} as const;

/** Bits the service table lists; others are refused with 19. ACTIVE_STANDBY exists from version 24 on. */
export const serviceBitsKnown = 0x8078_bdff;
/** What this server does, so what it grants; CALL_DATA_UPDATE (changing call data), SERVER and the like are not among it. */
export const serviceBitsGranted = 0x0230_00f5;
/** Network recording (the four highest bits) came with version 23. */
export const callBitsKnown = { below23: 0x0fff_ffff, since23: 0xffff_ffff } as const;
export const agentStateBitsKnown = 0x3fff;
export const configBitsKnown = 0x3ff;

export const noValue = 0xffff_ffff;
export const noShortValue = 0xffff;

/** Agent states by number; a request with another number is out of range. */
export const stateNames: readonly StateName[] = [
  'LOGIN',
  'LOGOUT',
  'NOT_READY',
  'AVAILABLE',
  'TALKING',
  'WORK_NOT_READY',
  'WORK_READY',
  'BUSY_OTHER',
  'RESERVED',
  'UNKNOWN',
  'HOLD',
  'ACTIVE',
  'PAUSED',
  'INTERRUPTED',
  'NOT_ACTIVE',
];

const stateNumbers = new Map(stateNames.map((name, number) => [name, number]));
const unknownState = 9;

export function stateNumber(name: StateName): number {
  return stateNumbers.get(name) ?? unknownState;
}

/** AgentStateMask: the bit of the state's number, but UNKNOWN has none and those above it moved down by one. */
export function agentStateBit(name: StateName): number {
  const number = stateNumber(name);
  if (number === unknownState) return 0;
  return 1 << (number > unknownState ? number - 1 : number);
}

/** CallMsgMask: which bit asks for the message of a step. */
export const callBits: Readonly<Record<CallStep, number>> = {
  delivered: 0x1,
  established: 0x4,
  held: 0x8,
  retrieved: 0x10,
  cleared: 0x20,
  connectionCleared: 0x40,
  originated: 0x80,
  conferenced: 0x100,
  transferred: 0x200,
  serviceInitiated: 0x800,
  begun: 0x2000,
  ended: 0x4000,
  dataUpdated: 0x8000,
  preCall: 0x8_0000,
};
export const teamConfigBit = 0x80_0000;

export const PeripheralType = { enterpriseAgent: 17, uccx: 21 } as const;
export const PgStatus = { opcDown: 1, peripheralOffline: 4 } as const;
export const SystemEventId = { peripheralOnline: 3, peripheralOffline: 4, pgOffline: 6, ctiServerOnline: 8 } as const;
export const DeviceType = { identifier: 0, external: 75 } as const;
export const ConnectionState = { null: 0, initiate: 1, alerting: 2, connect: 3, hold: 4 } as const;
export const EventCause = { none: noShortValue, newCall: 22, redirected: 28, transfer: 32, conference: 17 } as const;
export const CallType = { prerouteAcdIn: 2, transferIn: 4, otherIn: 6, out: 9, nonAcd: 38 } as const;
export const LineType = { inboundAcd: 0, outbound: 7, did: 8, nonAcdIn: 10 } as const;
export const SessionType = { active: 1, standby: 2 } as const;
/** ConnectionDeviceIDType: our devices are extensions, so static, in every message of a call. */
export const staticDevice = 0;
/** The media routing domain of voice. */
export const voiceMrd = 1;
/** The skill group that routed calls come from. */
export const skillGroup = { number: 20, id: 5020, name: 'Support' } as const;
