import { AgentState, AgentStateMask, CallMsgMask } from '#cti-protocol/enumerations';
import { type CallStep } from '../model/events';
import { type StateName } from '../model/standing';

/** What this server makes of the numbers of GED-188 (#cti-protocol/enumerations): what it knows, grants and offers. */

/**
 * Bits the service table lists, and two more that real servers take: 0x40000 (CONFIG_EVENTS) and 0x200, which has no
 * name in any guide. Others are refused with 19. ACTIVE_STANDBY exists from version 24 on.
 */
export const serviceBitsKnown = 0x807c_bfff;
/** What this server does, so what it grants; CALL_DATA_UPDATE (changing call data), SERVER and the like are not among it. */
export const serviceBitsGranted = 0x0234_02f5;
/**
 * Network recording (the four highest bits) came with version 23. RTP_STARTED and RTP_STOPPED (0x600000) are not among
 * them: every call would have such events, and this server sends none, so a client that asks for them is refused.
 */
export const callBitsKnown = { below23: 0x0f9f_ffff, since23: 0xff9f_ffff } as const;
export const agentStateBitsKnown = 0x3fff;
export const configBitsKnown = 0x3ff;

const stateNames = new Map<number, StateName>(
  Object.entries(AgentState).map(([name, number]) => [number, name as StateName]),
);

/** Undefined for a number that is out of range. */
export function stateNameOf(number: number): StateName | undefined {
  return stateNames.get(number);
}

/** UNKNOWN has no bit. */
export function agentStateBit(name: StateName): number {
  return name === 'UNKNOWN' ? 0 : AgentStateMask[name];
}

/** CallMsgMask: which bit asks for the message of a step. */
export const callBits: Readonly<Record<CallStep, number>> = {
  delivered: CallMsgMask.DELIVERED,
  established: CallMsgMask.ESTABLISHED,
  held: CallMsgMask.HELD,
  retrieved: CallMsgMask.RETRIEVED,
  cleared: CallMsgMask.CLEARED,
  connectionCleared: CallMsgMask.CONNECTION_CLEARED,
  originated: CallMsgMask.ORIGINATED,
  conferenced: CallMsgMask.CONFERENCED,
  transferred: CallMsgMask.TRANSFERRED,
  serviceInitiated: CallMsgMask.SERVICE_INITIATED,
  begun: CallMsgMask.BEGIN_CALL,
  ended: CallMsgMask.END_CALL,
  dataUpdated: CallMsgMask.CALL_DATA_UPDATE,
  preCall: CallMsgMask.AGENT_PRE_CALL,
};

/** The media routing domain of voice. */
export const voiceMrd = 1;
/** The skill group that routed calls come from. */
export const skillGroup = { number: 20, id: 5020, name: 'Support' } as const;
