import { type ProtocolVersion } from '#cti-protocol/messages';
import { type Logger } from 'pino';
import { type Clock, SystemClock } from './clock';
import { BACK_OFF_FIRST_MS, RANDOM_WAIT_MS_MAX, type Side } from './retry-plan';
import { type SessionOptions } from './session-model';
import { type HostPort, type LinkTls, type OpenWire, tcpWires } from './wire';

/** The guide: an interval of 5 s suffices for the few clients that are servers. */
export const HEARTBEAT_MS = 5_000;
/** The guide: wait at least 30 s for OPEN_CONF. */
export const OPEN_TIMEOUT_MS = 30_000;
/** A confirmation may take 10–15 s (GED-188). */
export const REQUEST_TIMEOUT_MS = 20_000;
/** Our choice: a server in the same network that needs longer is not there. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** The guide: wait at most 5 s for CLOSE_CONF. */
export const CLOSE_TIMEOUT_MS = 5_000;
/** Our choice: long enough for a gateway to change sides (35–120 s end to end), short enough to try the other server. */
export const OUT_OF_SERVICE_MS_MAX = 60_000;
/** Our choice: before a server's maintenance, as long as any request may take. */
export const DRAIN_MS_MAX = REQUEST_TIMEOUT_MS;
/** GED-188 wants 281 within 5 s of 280; one second is left for the way. */
export const STOPPING_MS_MAX = 4_000;
/** Our choice: a server that takes no bytes for this much backlog is stuck. */
export const WRITE_BACKLOG_BYTES_MAX = 1_048_576;
/** The server ends a session after this many intervals of silence (the guide's advice); it refuses less than 20 s. */
export const IDLE_TIMEOUT_HEARTBEATS = 4;
export const IDLE_TIMEOUT_SECONDS_MIN = 20;

export interface LinkOptions {
  endpoints: { a: HostPort; b: HostPort };
  peripheralId: number;
  /** The highest version to offer; lowered when a server refuses it. */
  version: ProtocolVersion;
  clientId: string;
  clientPassword: string;
  heartbeatMs: number;
  openTimeoutMs: number;
  /** From the write of a request to its outcome. */
  requestTimeoutMs: number;
  requestsPerSecondMax: number;
  tls?: LinkTls;
  startSide: Side;
  log: Logger;
  /** For the random wait of the reconnect order; 0 ≤ value < 1. */
  random?: () => number;
  connectTimeoutMs?: number;
  closeTimeoutMs?: number;
  outOfServiceMsMax?: number;
  /** How long requests that are out may delay 281, with which the link answers the maintenance of its server. */
  stoppingMsMax?: number;
  /** How long requests that are out may keep a session whose server goes into maintenance. */
  drainMsMax?: number;
  /** The first wait of the back-off, doubled three times (15, 30, 60, 120 s). */
  backOffFirstMs?: number;
  randomWaitMsMax?: number;
  /** Ask for the ACTIVE_STANDBY service, so that a standby server (version 24 and later) accepts the session. */
  standby?: boolean;
  /** Ask for the agents' configuration and teams, for a `WarmUp`; taken back when a server refuses it. */
  configuration?: boolean;
}

/** What a link needs of the world. Tests give their own. */
export interface LinkPorts {
  clock: Clock;
  openWire: OpenWire;
}

/** A running process: real time, real sockets. */
export const realPorts = (options: LinkOptions): LinkPorts => ({
  clock: new SystemClock(),
  openWire: tcpWires(options.tls),
});

export const sessionOptionsOf = (options: LinkOptions): SessionOptions => ({
  peripheralId: options.peripheralId,
  version: options.version,
  startSide: options.startSide,
  heartbeatMs: options.heartbeatMs,
  openTimeoutMs: options.openTimeoutMs,
  connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
  closeTimeoutMs: options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS,
  outOfServiceMsMax: options.outOfServiceMsMax ?? OUT_OF_SERVICE_MS_MAX,
  stoppingMsMax: options.stoppingMsMax ?? STOPPING_MS_MAX,
  drainMsMax: options.drainMsMax ?? DRAIN_MS_MAX,
  backOffFirstMs: options.backOffFirstMs ?? BACK_OFF_FIRST_MS,
  randomWaitMsMax: options.randomWaitMsMax ?? RANDOM_WAIT_MS_MAX,
});
