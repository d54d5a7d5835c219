/** What a session is made of: its phases, inputs and effects, and the tables that bound them. The story is in `session.ts`. */
import { type RetryLimits, type Side } from './retry-plan';

export type LinkPhase =
  'idle' | 'connecting' | 'opening' | 'standby' | 'outOfService' | 'inService' | 'draining' | 'closing' | 'waiting';

export type SessionTimer =
  'connect' | 'open' | 'heartbeat' | 'stable' | 'outOfService' | 'stopping' | 'drain' | 'close' | 'wait';

/** Three heartbeats in a row without an answer: the server is gone (GED-188). */
export const HEARTBEATS_MISSED_MAX = 3;
/** A session that lived this long makes the next loss a first failure again; a shorter one does not, or we would spin. */
export const STABLE_AFTER_HEARTBEATS = 2;
/** The lowest version this client speaks; older layouts are not known here. */
export const VERSION_MIN = 13;

export interface SessionOptions extends RetryLimits {
  peripheralId: number;
  version: number;
  startSide: Side;
  heartbeatMs: number;
  connectTimeoutMs: number;
  openTimeoutMs: number;
  closeTimeoutMs: number;
  outOfServiceMsMax: number;
  stoppingMsMax: number;
  drainMsMax: number;
}

export interface Session {
  readonly phase: LinkPhase;
  readonly side: Side;
  /** The version offered to each side next; lowered by INVALID_VERSION and remembered until the process ends. */
  readonly versions: Readonly<Record<Side, number>>;
  /** Failed attempts since the last session that lasted. */
  readonly failures: number;
  /** Whether a heartbeat is out without an answer, and how many before it stayed so. */
  readonly heartbeatOut: boolean;
  readonly heartbeatsMissed: number;
  readonly standby: boolean;
  readonly peripheralOnline: boolean;
  readonly gatewayUsable: boolean;
  /** Whether 281 was sent since the server announced its maintenance. */
  readonly stoppingSent: boolean;
  /** False once a server refused the configuration bits of OPEN_REQ; remembered until the process ends. */
  readonly asksConfiguration: boolean;
  /** What follows `closing`: nothing, the guide's order from the same side, or from the other side. */
  readonly afterClose: 'idle' | 'lost' | 'refused';
}

export type SessionInput =
  | { kind: 'started' }
  | { kind: 'stopped' }
  | { kind: 'connected' }
  | { kind: 'disconnected'; why: string }
  | { kind: 'faulted'; why: string }
  | { kind: 'openConfirmed'; servicesGranted: number; pgStatus: number; peripheralOnline: boolean; standby: boolean }
  | { kind: 'openRefused'; status: number; sentence: string }
  | { kind: 'heartbeatConfirmed' }
  | { kind: 'heartbeatRefused'; sentence: string }
  | { kind: 'systemEvent'; eventId: number; pgStatus: number; peripheralId: number }
  | { kind: 'failureEvent'; status: number; sentence: string }
  | { kind: 'standbyActivated' }
  | { kind: 'maintenanceAnnounced'; invokeId: number }
  | { kind: 'maintenanceBegan' }
  | { kind: 'maintenanceCancelled' }
  | { kind: 'drained' }
  | { kind: 'closeConfirmed' }
  | { kind: 'timeUp'; timer: SessionTimer };

export type SessionEffect =
  | { kind: 'connect'; side: Side }
  | { kind: 'reset' }
  | { kind: 'sendOpen'; version: number }
  | { kind: 'sendHeartbeat' }
  | { kind: 'acceptMaintenance'; invokeId: number }
  | { kind: 'sendStopping' }
  | { kind: 'sendClose'; status: number }
  | { kind: 'arm'; timer: SessionTimer; delayMs: number; jitterMs: number }
  | { kind: 'keepOnly'; timers: readonly SessionTimer[] }
  | { kind: 'heartbeatMissed' }
  | { kind: 'gap'; why: string }
  | { kind: 'announce'; phase: LinkPhase; why: string };

export interface SessionStep {
  session: Session;
  effects: SessionEffect[];
}

export const OPEN_PHASES: readonly LinkPhase[] = ['standby', 'outOfService', 'inService', 'draining'];

/** The phases in which more than heartbeats may be sent: the server is active, and does not ask for quiet. */
export const ACTIVE_PHASES: readonly LinkPhase[] = ['outOfService', 'inService'];

/** The phases without a gap: every event is heard, so the mirror may be believed. */
export const HEARING_PHASES: readonly LinkPhase[] = ['inService', 'draining'];

/** From each phase, where a life may go next; anything else is a mistake of ours. */
export const TRANSITIONS: Readonly<Record<LinkPhase, readonly LinkPhase[]>> = {
  idle: ['connecting'],
  connecting: ['opening', 'connecting', 'waiting', 'idle'],
  opening: ['standby', 'outOfService', 'inService', 'closing', 'connecting', 'waiting', 'idle'],
  standby: ['outOfService', 'inService', 'closing', 'connecting', 'waiting', 'idle'],
  outOfService: ['inService', 'closing', 'connecting', 'waiting', 'idle'],
  inService: ['outOfService', 'draining', 'closing', 'connecting', 'waiting', 'idle'],
  draining: ['inService', 'closing', 'connecting', 'waiting', 'idle'],
  closing: ['connecting', 'waiting', 'idle'],
  waiting: ['connecting', 'idle'],
};

/** The timers that may run in each phase; entering a phase stops all others. */
export const PHASE_TIMERS: Readonly<Record<LinkPhase, readonly SessionTimer[]>> = {
  idle: [],
  connecting: ['connect'],
  opening: ['open'],
  standby: ['heartbeat', 'stable', 'outOfService'],
  outOfService: ['heartbeat', 'stable', 'outOfService'],
  inService: ['heartbeat', 'stable'],
  draining: ['heartbeat', 'stable', 'stopping', 'drain'],
  closing: ['close'],
  waiting: ['wait'],
};

/** A link that was not started yet. */
export function newSession(options: SessionOptions): Session {
  return {
    phase: 'idle',
    side: options.startSide,
    versions: { a: options.version, b: options.version },
    failures: 0,
    heartbeatOut: false,
    heartbeatsMissed: 0,
    standby: false,
    peripheralOnline: false,
    gatewayUsable: false,
    stoppingSent: false,
    asksConfiguration: true,
    afterClose: 'idle',
  };
}
