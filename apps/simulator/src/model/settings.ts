/** How the simulated contact centre behaves; changed at run time by `POST /settings`. */
export interface Settings {
  /** Logout on Agent Disconnect: what a forced logout becomes (0: Not Ready 50002, 1: logged out 50002). */
  readonly load: 0 | 1;
  /** `uccx`: HOLD shows as TALKING, a call that was not routed shows NOT_READY, a forced logout always logs out, and a logout is taken from READY too. */
  readonly mode: 'ucce' | 'uccx';
  /** true: a forced logout is taken from every state, not from NOT_READY alone. Real servers ignore the flag. */
  readonly honourForcedFlag: boolean;
  /** A change asked for during a call waits for the call's end, or is refused (10104, 10111, 10112). */
  readonly onCall: 'pending' | 'refuse';
  /** Wrap-up after a routed call; `required` refuses to leave it (280) before data was entered. */
  readonly wrapUp: 'none' | 'optional' | 'required';
  /** true: Not Ready and LOGOUT without a reason code are refused (281). */
  readonly reasonCodeRequired: boolean;
  /** The only reason codes that are taken (others: 266); empty takes every code. */
  readonly reasonCodes: readonly number[];
  /** true: LOGIN and LOGOUT without AgentPassword get FAILURE_CONF 6. */
  readonly agentPasswordRequired: boolean;
  /** The password that LOGIN and LOGOUT must carry (else CONTROL_FAILURE 257); null takes every password. */
  readonly agentPassword: string | null;
  /** `known`: a LOGIN at an extension that the peripheral was not set up with is refused (260); `any` takes every one. */
  readonly extensions: 'any' | 'known';
  /** The password OPEN_REQ must carry (else FAILURE_CONF 36); null takes every password. */
  readonly clientPassword: string | null;
  /** What a client that asks for CLIENT_CONTROL is granted. */
  readonly control: 'full' | 'agentStateOnly' | 'none';
  /** AGENT_STATE_EVENTs for one change: 1 names no skill group; more are one for each of so many skill groups. */
  readonly skillGroupEvents: number;
  /** true: unused mask bits and a missing password are tolerated at OPEN_REQ. */
  readonly lenient: boolean;
}

export const defaultSettings: Settings = {
  load: 1,
  mode: 'ucce',
  honourForcedFlag: false,
  onCall: 'pending',
  wrapUp: 'none',
  reasonCodeRequired: false,
  reasonCodes: [],
  agentPasswordRequired: false,
  agentPassword: null,
  extensions: 'any',
  clientPassword: null,
  control: 'full',
  skillGroupEvents: 1,
  lenient: false,
};

/** Holds the settings in force, so that a change reaches everybody at once. */
export class SettingsHolder {
  #current: Settings;

  constructor(initial: Partial<Settings> = {}) {
    this.#current = { ...defaultSettings, ...initial };
  }

  get current(): Settings {
    return this.#current;
  }

  change(changes: Partial<Settings>): Settings {
    this.#current = { ...this.#current, ...changes };
    return this.#current;
  }
}
