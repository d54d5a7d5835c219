import { AgentStateMask, CallMsgMask, ConfigMask, Null, ServiceMask } from '#cti-protocol/enumerations';
import { type DraftOf, type ProtocolVersion } from '#cti-protocol/messages';
import { IDLE_TIMEOUT_HEARTBEATS, IDLE_TIMEOUT_SECONDS_MIN, type LinkOptions } from './link-options';

/** Every event that puts a device on a call or takes it off one (`call-events.ts`), and no other. */
const CALL_EVENTS_WANTED =
  CallMsgMask.BEGIN_CALL |
  CallMsgMask.END_CALL |
  CallMsgMask.CALL_DATA_UPDATE |
  CallMsgMask.DELIVERED |
  CallMsgMask.ESTABLISHED |
  CallMsgMask.HELD |
  CallMsgMask.RETRIEVED |
  CallMsgMask.CLEARED |
  CallMsgMask.CONNECTION_CLEARED |
  CallMsgMask.ORIGINATED |
  CallMsgMask.SERVICE_INITIATED |
  CallMsgMask.REACHED_NETWORK |
  CallMsgMask.FAILED |
  CallMsgMask.CONFERENCED |
  CallMsgMask.TRANSFERRED |
  CallMsgMask.DIVERTED;

const AGENT_STATES_WANTED = Object.values(AgentStateMask).reduce((mask, bit) => mask | bit, 0);

/** Standby sessions came with version 24; older layouts must not carry the bit. */
const STANDBY_SINCE_VERSION = 24;

/**
 * OPEN_REQ for all events and control of agents (GED-188). Unused mask bits and reserved fields are 0.
 *
 * @param asksConfiguration false when a server has refused the configuration bits
 */
export function openRequest(
  options: LinkOptions,
  version: ProtocolVersion,
  invokeId: number,
  asksConfiguration = true,
): DraftOf<'OPEN_REQ'> {
  const wantsAgents = options.configuration === true;
  const mayStandBy = options.standby === true && version >= STANDBY_SINCE_VERSION;
  const services = ServiceMask.ALL_EVENTS | ServiceMask.CLIENT_CONTROL;
  const idleSeconds = Math.ceil((IDLE_TIMEOUT_HEARTBEATS * options.heartbeatMs) / 1_000);
  return {
    name: 'OPEN_REQ',
    InvokeID: invokeId,
    VersionNumber: version,
    IdleTimeout: Math.max(IDLE_TIMEOUT_SECONDS_MIN, idleSeconds),
    // Only the phone of a single agent (CLIENT_EVENTS) names a peripheral here.
    PeripheralID: Null.UINT,
    ServicesRequested: mayStandBy ? services | ServiceMask.ACTIVE_STANDBY : services,
    CallMsgMask: wantsAgents ? CALL_EVENTS_WANTED | CallMsgMask.AGENT_TEAM_CONFIG : CALL_EVENTS_WANTED,
    AgentStateMask: AGENT_STATES_WANTED,
    ConfigMsgMask: wantsAgents && asksConfiguration ? ConfigMask.AGENT : 0,
    Reserved1: 0,
    Reserved2: 0,
    Reserved3: 0,
    ClientID: options.clientId,
    ClientPassword: passwordBytes(options.clientPassword),
  };
}

/** The field must be there even when empty; a password is sent with its NUL, as CTI OS does. */
const passwordBytes = (password: string): Uint8Array =>
  password === '' ? new Uint8Array(0) : Buffer.from(`${password}\0`, 'latin1');
