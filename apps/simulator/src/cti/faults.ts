/** The faults a side can be given, in the order of the documentation. `POST /faults` sets them, `GET /faults` lists them. */
export const faultTable = {
  down: { kind: 'action', sentence: 'Every connection is reset and new ones are refused.' },
  up: { kind: 'action', sentence: 'The side listens again.' },
  reset: { kind: 'action', sentence: 'Every connection is reset once; new ones are taken.' },
  cutInsideFrame: { kind: 'action', sentence: 'Every connection gets half a frame, then a reset.' },
  failureEvent: { kind: 'action', sentence: 'Every session gets FAILURE_EVENT with `status` (15) and is closed.' },
  garbage: { kind: 'action', sentence: 'Every session gets an AGENT_STATE_EVENT whose floating part cannot be read.' },
  impossibleLength: { kind: 'action', sentence: 'Every session gets a header with a MessageLength of 2147483647.' },
  unknownMessage: { kind: 'action', sentence: 'Every session gets a message of type 9999, to be skipped.' },
  dropHeartbeats: { kind: 'switch', sentence: 'HEARTBEAT_REQ is not answered.' },
  heartbeatFailure: { kind: 'switch', sentence: 'HEARTBEAT_REQ is answered by FAILURE_CONF 15.' },
  delay: { kind: 'switch', sentence: 'Everything the side sends leaves `ms` later, in order.' },
  bytewise: { kind: 'switch', sentence: 'Every byte is written by itself.' },
  freeze: { kind: 'switch', sentence: 'Half-open: nothing is read or written, nothing is closed.' },
  refuseOpen: { kind: 'counted', sentence: 'OPEN_REQ is answered by FAILURE_CONF with `status` (17).' },
  silenceOpen: { kind: 'counted', sentence: 'OPEN_REQ is not answered.' },
  reject: { kind: 'counted', sentence: 'SET_AGENT_STATE_REQ gets CONTROL_FAILURE_CONF in place of the CONF.' },
  rejectAfterConf: { kind: 'counted', sentence: 'SET_AGENT_STATE_REQ gets the CONF, then CONTROL_FAILURE_CONF.' },
  silence: { kind: 'counted', sentence: 'SET_AGENT_STATE_REQ is neither carried out nor answered.' },
  silenceAfterApply: { kind: 'counted', sentence: 'SET_AGENT_STATE_REQ is carried out; this side tells nobody.' },
  answerAfterConf: { kind: 'counted', sentence: 'The CONF comes at once, the change and its event `ms` (2000) later.' },
  peripheralOffline: { kind: 'switch', sentence: 'SYSTEM_EVENT 4, PGStatus 4; off: SYSTEM_EVENT 3.' },
  pgDown: {
    kind: 'switch',
    sentence: 'SYSTEM_EVENT 6, PGStatus 1, no agent and call events; off: SYSTEM_EVENT 8 and 3.',
  },
  standby: { kind: 'switch', sentence: 'The side is on standby; off: STANDBY_ACTIVE_EVENT_MSG (277).' },
  maintenance: {
    kind: 'switch',
    sentence: 'Sessions with service 0x02000000 are led through 278 to 281, others end with FAILURE_EVENT 110.',
  },
} as const satisfies Record<string, { kind: 'action' | 'switch' | 'counted'; sentence: string }>;

export type FaultName = keyof typeof faultTable;
type NamesOfKind<K> = { [N in FaultName]: (typeof faultTable)[N]['kind'] extends K ? N : never }[FaultName];
export type SwitchFault = NamesOfKind<'switch'>;
export type CountedFault = NamesOfKind<'counted'>;
export type ActionFault = NamesOfKind<'action'>;

/** Further values of a fault; which of them count is said in the table. */
export interface FaultDetails {
  readonly ms?: number | undefined;
  readonly status?: number | undefined;
  readonly failureCode?: number | undefined;
  readonly peripheralErrorCode?: number | undefined;
}

/** The body of `POST /faults`. */
export interface FaultOrder extends FaultDetails {
  /** false takes the fault back; true on a counted fault: until it is taken back. */
  readonly on?: boolean | undefined;
  readonly count?: number | undefined;
}

/** A switch lasts; a counted fault strikes `count` times, once without one, and for ever with `on: true` alone. */
export function remainingOf(kind: 'switch' | 'counted', order: FaultOrder): number | null {
  if (kind === 'switch') return null;
  return order.count ?? (order.on === true ? null : 1);
}

export interface ActiveFault extends FaultDetails {
  readonly fault: SwitchFault | CountedFault;
  /** How many times more it strikes; null: until it is switched off. */
  readonly remaining: number | null;
}

/** Which faults one side has now. Switches stay on, counted faults are used up. */
export class Faults {
  readonly #active = new Map<SwitchFault | CountedFault, ActiveFault>();

  get active(): ActiveFault[] {
    return [...this.#active.values()];
  }

  set(fault: SwitchFault | CountedFault, remaining: number | null, details: FaultDetails): void {
    const { ms, status, failureCode, peripheralErrorCode } = details;
    this.#active.set(fault, { fault, remaining, ms, status, failureCode, peripheralErrorCode });
  }

  clear(fault: SwitchFault | CountedFault): void {
    this.#active.delete(fault);
  }

  find(fault: SwitchFault): ActiveFault | undefined {
    return this.#active.get(fault);
  }

  isOn(fault: SwitchFault): boolean {
    return this.#active.has(fault);
  }

  /** Uses a counted fault up by one and answers it; undefined when it is not set. */
  take(fault: CountedFault): ActiveFault | undefined {
    const found = this.#active.get(fault);
    if (found === undefined || found.remaining === null) return found;
    if (found.remaining <= 1) this.#active.delete(fault);
    else this.#active.set(fault, { ...found, remaining: found.remaining - 1 });
    return found;
  }
}
