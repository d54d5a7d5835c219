import { Null, ServiceMask, StatusCode } from '#cti-protocol/enumerations';
import { type Socket } from 'node:net';
import { decodeMessage } from '#cti-protocol/decode';
import { encodeMessage } from '#cti-protocol/encode';
import { type Frame, FrameReader } from '#cti-protocol/frame';
import { type Draft, type Message, type ProtocolVersion } from '#cti-protocol/messages';
import { type Faults } from './faults';
import { idleTimeoutNone, type OpenRequest, type OpenVerdict } from './open-rules';
import { Outlet } from './outlet';
import { type Monitor } from './monitors';

/** FAILURE_CONF looks the same in every version; this one is used before a version is agreed. */
const versionBeforeOpen: ProtocolVersion = 13;
/** A connection that has not opened a session by then is reset. */
const openTimeoutMs = 60_000;
/** A client that does not end its half of an ended connection is cut off after this. */
const endWaitMs = 1_000;
/** The longest time setTimeout can wait (2^31 - 1 ms, 24 days): an IdleTimeout beyond it is none. */
const timerMsMax = 0x7fff_ffff;
const openRequestType = 3;
const versionOffset = 4;

/** REGISTER_VARIABLES_REQ: bit n-1 of the mask is CallVariable n. */
export interface VariableRegistration {
  readonly callVariableMask: number;
  readonly names: ReadonlySet<string>;
}

export type SessionPhase = 'connected' | 'open' | 'standby' | 'closing' | 'closed';

type Grant = Extract<OpenVerdict, { kind: 'granted' }>;

/** What the owner of a session does for it. */
export interface SessionEvents {
  /** Answers OPEN_REQ; the frame is given raw because its version decides how it is read. */
  readonly openRequested: (session: Session, version: number, frame: Frame) => void;
  /** Anything but OPEN_REQ came first; it is not read, since its version is not known. */
  readonly receivedBeforeOpen: (session: Session, body: Uint8Array) => void;
  readonly messageReceived: (session: Session, message: Message) => void;
  readonly unknownReceived: (session: Session, type: number, body: Uint8Array) => void;
  readonly gone: (session: Session, why: string) => void;
}

/**
 * One TCP connection of a client.
 *
 * `connected` → OPEN_REQ granted → `open` (or `standby`, which becomes `open` when the side becomes active) →
 * CLOSE_REQ, FAILURE_EVENT → `closing` → `closed`. A connection that sends what cannot be read, or nothing for its
 * idle timeout, is reset at once. Only `#enter` changes the phase.
 */
export class Session {
  readonly #reader = new FrameReader();
  readonly #outlet: Outlet;
  #phase: SessionPhase = 'connected';
  #version: ProtocolVersion = versionBeforeOpen;
  #idleTimer: NodeJS.Timeout;
  #endTimer: NodeJS.Timeout | undefined;
  #idleMs = openTimeoutMs;
  #heardAt = performance.now();
  #why = 'the client ended the connection';
  grant: Grant = { kind: 'granted', services: 0, callMask: 0, agentStateMask: 0, configMask: 0 };
  /** A CLIENT_EVENTS session sees this agent only. */
  ownAgentId: string | undefined;
  clientId = '';
  /** PeripheralID of its OPEN_REQ. */
  peripheralId: number = Null.UINT;
  /** What CLIENT_SESSION_CLOSED_EVENT will say: the status of CLOSE_REQ, or that the client went without one. */
  closeStatus: number = StatusCode.CLIENT_DISCONNECTED;
  /** Changes of which configuration it is told: the mask of its latest CONFIG_REQUEST_EVENT. */
  configUpdates = 0;
  /** By MonitorID. */
  readonly monitors = new Map<number, Monitor>();
  /** The variables it asked for; undefined: all. */
  registration: VariableRegistration | undefined;
  #wasOpened = false;
  readonly connectedAt = Date.now();
  readonly clientAddress: string;
  readonly clientPort: number;

  constructor(
    readonly sessionId: number,
    private readonly socket: Socket,
    /** What a reset ends: below `socket` when that is TLS, else the same. */
    private readonly tcp: Socket,
    faults: Faults,
    private readonly events: SessionEvents,
  ) {
    this.clientPort = tcp.remotePort ?? 0;
    this.clientAddress = `${tcp.remoteAddress ?? ''}:${this.clientPort}`;
    this.#outlet = new Outlet(socket, tcp, faults);
    this.#idleTimer = setTimeout(() => {
      this.#checkIdle();
    }, this.#idleMs);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.#received(chunk);
    });
    socket.on('error', (error) => (this.#why = error.message));
    socket.on('close', () => {
      this.#closed();
    });
    if (faults.isOn('freeze')) socket.pause();
  }

  get phase(): SessionPhase {
    return this.#phase;
  }

  get version(): ProtocolVersion {
    return this.#version;
  }

  /** Whether OPEN_REQ was ever granted. */
  get wasOpened(): boolean {
    return this.#wasOpened;
  }

  grants(service: number): boolean {
    return (this.grant.services & service) !== 0;
  }

  opened(request: OpenRequest, version: ProtocolVersion, grant: Grant, standby: boolean): void {
    this.#version = version;
    this.grant = grant;
    this.clientId = request.ClientID ?? '';
    this.peripheralId = request.PeripheralID;
    this.#wasOpened = true;
    this.#idleMs = request.IdleTimeout === idleTimeoutNone ? timerMsMax : request.IdleTimeout * 1000;
    this.#restartIdleTimer();
    this.#enter(standby ? 'standby' : 'open');
  }

  activated(): void {
    if (this.#phase === 'standby') this.#enter('open');
  }

  send(draft: Draft): void {
    this.#outlet.write(encodeMessage(draft, this.#version));
  }

  /** For frames that were encoded once for all sessions of a version, and for those that are wrong on purpose. */
  sendFrame(frame: Uint8Array): void {
    this.#outlet.write(frame);
  }

  fail(invokeId: number, status: number): void {
    this.send({ name: 'FAILURE_CONF', InvokeID: invokeId, Status: status });
  }

  failControl(invokeId: number, failureCode: number, peripheralErrorCode: number): void {
    this.send({
      name: 'CONTROL_FAILURE_CONF',
      InvokeID: invokeId,
      FailureCode: failureCode,
      PeripheralErrorCode: peripheralErrorCode,
    });
  }

  /** Ends the connection when everything on its way has left. */
  end(why: string): void {
    this.#why = why;
    this.#enter('closing');
    this.#outlet.end();
    this.#endTimer = setTimeout(() => this.socket.destroy(), endWaitMs);
  }

  /** The hard way: the client sees a reset. */
  reset(why: string): void {
    this.#why = why;
    this.#enter('closing');
    this.tcp.resetAndDestroy();
  }

  /** The side's faults changed: `freeze` stops reading, its end lets everything go on. */
  faultsChanged(frozen: boolean): void {
    if (frozen) this.socket.pause();
    else this.socket.resume();
    this.#outlet.resume();
  }

  wantsAgent(bit: number, agentId: string, duplicate: boolean): boolean {
    return (
      this.#seesAgent(agentId) &&
      (this.grant.agentStateMask & bit) !== 0 &&
      !(duplicate && this.grants(ServiceMask.IGNORE_DUPLICATE_AGENT_EVENTS))
    );
  }

  wantsCall(bit: number, agentId: string): boolean {
    return this.#seesAgent(agentId) && (this.grant.callMask & bit) !== 0;
  }

  get wantsEvents(): boolean {
    return this.#phase === 'open' && this.grants(ServiceMask.ALL_EVENTS | ServiceMask.CLIENT_EVENTS);
  }

  #seesAgent(agentId: string): boolean {
    if (!this.wantsEvents) return false;
    return this.grants(ServiceMask.ALL_EVENTS) || this.ownAgentId === agentId;
  }

  #received(chunk: Buffer): void {
    this.#heardAt = performance.now();
    for (const frame of this.#reader.push(chunk)) {
      if (this.#phase === 'closing' || this.#phase === 'closed') return;
      this.#take(frame);
    }
    if (this.#reader.fault !== undefined) this.reset(this.#reader.fault.sentence);
  }

  #take(frame: Frame): void {
    const isOpenRequest = frame.type === openRequestType && frame.body.length >= versionOffset + 4;
    if (isOpenRequest) {
      const body = Buffer.from(frame.body.buffer, frame.body.byteOffset, frame.body.length);
      this.events.openRequested(this, body.readUInt32BE(versionOffset), frame);
      return;
    }
    if (this.#phase === 'connected') {
      this.events.receivedBeforeOpen(this, frame.body);
      return;
    }
    const decoded = decodeMessage(frame.type, frame.body, this.#version);
    switch (decoded.kind) {
      case 'message':
        this.events.messageReceived(this, decoded.message);
        return;
      case 'unknown':
        this.events.unknownReceived(this, decoded.type, frame.body);
        return;
      case 'malformed':
        this.reset(decoded.fault.sentence);
        return;
    }
  }

  /** Every received byte re-arms the timer; instead of moving it each time, it looks at the clock when it fires. */
  #checkIdle(): void {
    const silentMs = performance.now() - this.#heardAt;
    if (silentMs >= this.#idleMs) this.reset(`nothing came for ${this.#idleMs} ms`);
    else this.#restartIdleTimer(this.#idleMs - silentMs);
  }

  #restartIdleTimer(waitMs: number = this.#idleMs): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(
      () => {
        this.#checkIdle();
      },
      Math.min(waitMs, timerMsMax),
    );
  }

  #closed(): void {
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#endTimer);
    this.#outlet.close();
    this.#enter('closed');
    this.events.gone(this, this.#why);
  }

  #enter(phase: SessionPhase): void {
    if (this.#phase !== 'closed') this.#phase = phase;
  }
}
