import { Null, ServiceMask, StatusCode } from '#cti-protocol/enumerations';
import { isProtocolVersion, type MessageOf } from '#cti-protocol/messages';
import { type Settings } from '../model/settings';
import {
  agentStateBitsKnown,
  callBitsKnown,
  configBitsKnown,
  serviceBitsGranted,
  serviceBitsKnown,
} from './wire-values';

/** The shortest IdleTimeout a server takes, in seconds. */
const idleTimeoutMin = 20;
/** IdleTimeout of a client that sends no heartbeats. */
export const idleTimeoutNone = Null.UINT;
const recordingSince = 23;
/** Standby and maintenance, their messages and their statuses. */
const standbySince = 24;

export type OpenRequest = MessageOf<'OPEN_REQ'>;

export type OpenVerdict =
  | {
      readonly kind: 'granted';
      readonly services: number;
      readonly callMask: number;
      readonly agentStateMask: number;
      readonly configMask: number;
    }
  | { readonly kind: 'refused'; readonly status: number };

export interface ServerState {
  readonly peripheralId: number;
  readonly standby: boolean;
  readonly inMaintenance: boolean;
  readonly knowsAgent: (request: OpenRequest) => boolean;
}

/** Judges OPEN_REQ in the order of its fields; the version was judged before, since it decides the layout. */
export function judgeOpen(request: OpenRequest, settings: Settings, server: ServerState): OpenVerdict {
  const status = judgeMasks(request, settings) ?? judgeClient(request, settings, server);
  if (status !== undefined) return { kind: 'refused', status };
  return {
    kind: 'granted',
    services: grantedServices(request.ServicesRequested, settings),
    callMask: request.CallMsgMask,
    agentStateMask: request.AgentStateMask,
    configMask: request.ConfigMsgMask,
  };
}

/** Undefined when the server does not speak it: FAILURE_CONF 1. */
export function supportedVersion(version: number, versionMax: number) {
  return isProtocolVersion(version) && version <= versionMax ? version : undefined;
}

function judgeMasks(request: OpenRequest, settings: Settings): number | undefined {
  if (request.IdleTimeout < idleTimeoutMin) return StatusCode.INVALID_TIMEOUT;
  if (settings.lenient) return undefined;
  const callBits = request.VersionNumber >= recordingSince ? callBitsKnown.since23 : callBitsKnown.below23;
  const services =
    request.VersionNumber >= standbySince ? serviceBitsKnown | ServiceMask.ACTIVE_STANDBY : serviceBitsKnown;
  if (hasOther(request.ServicesRequested, services)) return StatusCode.INVALID_SERVICE_MASK;
  if (hasOther(request.CallMsgMask, callBits)) return StatusCode.INVALID_CALL_MSG_MASK;
  if (hasOther(request.AgentStateMask, agentStateBitsKnown)) return StatusCode.INVALID_AGENT_STATE_MASK;
  if (hasOther(request.ConfigMsgMask, configBitsKnown)) return StatusCode.INVALID_CONFIG_MSG_MASK;
  const reserved = request.Reserved1 !== 0 || request.Reserved2 !== 0 || request.Reserved3 !== 0;
  return reserved ? StatusCode.INVALID_RESERVED_FIELD : undefined;
}

function judgeClient(request: OpenRequest, settings: Settings, server: ServerState): number | undefined {
  const clientEvents = (request.ServicesRequested & ServiceMask.CLIENT_EVENTS) !== 0;
  const peripheral = request.PeripheralID;
  if (peripheral !== server.peripheralId && (clientEvents || peripheral !== Null.UINT)) {
    return StatusCode.INVALID_PERIPHERAL_ID;
  }
  const nameless = request.ClientID === undefined || request.ClientPassword === undefined;
  if (nameless && !settings.lenient) return StatusCode.REQUIRED_DATA_MISSING;
  const password = Buffer.from(request.ClientPassword ?? [])
    .toString('latin1')
    .replace(/\0$/, '');
  if (settings.clientPassword !== null && password !== settings.clientPassword) return StatusCode.INVALID_PASSWORD;
  if (clientEvents && !server.knowsAgent(request)) return StatusCode.INVALID_AGENT_DATA;
  if (server.inMaintenance) return maintenanceStatus(request.VersionNumber);
  return server.standby ? judgeForStandby(request) : undefined;
}

/** Why a server in maintenance serves a client no more. */
export function maintenanceStatus(version: number): number {
  return version >= standbySince ? StatusCode.SERVER_IN_MAINTENANCE_MODE : StatusCode.CTI_SERVER_OFFLINE;
}

/** To older clients, which cannot know of standby, the server is off line. */
function judgeForStandby(request: OpenRequest): number | undefined {
  if (request.VersionNumber < standbySince) return StatusCode.CTI_SERVER_OFFLINE;
  const mayStandBy = (request.ServicesRequested & ServiceMask.ACTIVE_STANDBY) !== 0;
  return mayStandBy ? undefined : StatusCode.INVALID_CLIENT_FOR_STANDBY;
}

function grantedServices(requested: number, settings: Settings): number {
  const granted = requested & serviceBitsGranted;
  if ((granted & ServiceMask.CLIENT_CONTROL) === 0 || settings.control === 'full') return granted;
  const withoutControl = granted & ~ServiceMask.CLIENT_CONTROL;
  return settings.control === 'none' ? withoutControl : withoutControl | ServiceMask.AGENT_STATE_CONTROL_ONLY;
}

function hasOther(mask: number, known: number): boolean {
  return (mask & ~known) !== 0;
}
