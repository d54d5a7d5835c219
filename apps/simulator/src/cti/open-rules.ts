import { isProtocolVersion, type MessageOf } from '#cti-protocol/messages';
import { type Settings } from '../model/settings';
import {
  agentStateBitsKnown,
  callBitsKnown,
  configBitsKnown,
  noValue,
  Service,
  serviceBitsGranted,
  serviceBitsKnown,
  Status,
} from './wire-values';

/** The shortest IdleTimeout a server takes, in seconds. */
const idleTimeoutMin = 20;
/** IdleTimeout of a client that sends no heartbeats. */
export const idleTimeoutNone = noValue;
const recordingSince = 23;
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
  if (request.IdleTimeout < idleTimeoutMin) return Status.invalidTimeout;
  if (settings.lenient) return undefined;
  const callBits = request.VersionNumber >= recordingSince ? callBitsKnown.since23 : callBitsKnown.below23;
  const services = request.VersionNumber >= standbySince ? serviceBitsKnown | Service.activeStandby : serviceBitsKnown;
  if (hasOther(request.ServicesRequested, services)) return Status.invalidServiceMask;
  if (hasOther(request.CallMsgMask, callBits)) return Status.invalidCallMsgMask;
  if (hasOther(request.AgentStateMask, agentStateBitsKnown)) return Status.invalidAgentStateMask;
  if (hasOther(request.ConfigMsgMask, configBitsKnown)) return Status.invalidConfigMsgMask;
  const reserved = request.Reserved1 !== 0 || request.Reserved2 !== 0 || request.Reserved3 !== 0;
  return reserved ? Status.invalidReservedField : undefined;
}

function judgeClient(request: OpenRequest, settings: Settings, server: ServerState): number | undefined {
  const clientEvents = (request.ServicesRequested & Service.clientEvents) !== 0;
  const peripheral = request.PeripheralID;
  if (peripheral !== server.peripheralId && (clientEvents || peripheral !== noValue)) {
    return Status.invalidPeripheralId;
  }
  const nameless = request.ClientID === undefined || request.ClientPassword === undefined;
  if (nameless && !settings.lenient) return Status.requiredDataMissing;
  const password = Buffer.from(request.ClientPassword ?? [])
    .toString('latin1')
    .replace(/\0$/, '');
  if (settings.clientPassword !== null && password !== settings.clientPassword) return Status.invalidPassword;
  if (clientEvents && !server.knowsAgent(request)) return Status.invalidAgentData;
  const mayStandBy = request.VersionNumber >= standbySince && (request.ServicesRequested & Service.activeStandby) !== 0;
  return server.standby && !mayStandBy ? Status.invalidClientForStandby : undefined;
}

function grantedServices(requested: number, settings: Settings): number {
  const granted = requested & serviceBitsGranted;
  if ((granted & Service.clientControl) === 0 || settings.control === 'full') return granted;
  const withoutControl = granted & ~Service.clientControl;
  return settings.control === 'none' ? withoutControl : withoutControl | Service.agentStateControlOnly;
}

function hasOther(mask: number, known: number): boolean {
  return (mask & ~known) !== 0;
}
