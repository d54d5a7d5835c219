/** The session with one of the two CTI servers: runs what `session.ts` decides, and carries the requests. */
import { EventEmitter } from 'node:events';
import { encodeMessage } from '#cti-protocol/encode';
import { type Frame, FrameReader } from '#cti-protocol/frame';
import {
  type DraftOf,
  isProtocolVersion,
  type Message,
  type MessageName,
  type ProtocolVersion,
} from '#cti-protocol/messages';
import { ProtocolRangeError } from '#cti-protocol/protocol-fault';
import { type CancelTimer, type Clock } from './clock';
import { invariant } from './invariant';
import { type LinkCounters, NO_COUNTS } from './link-counters';
import { LinkLog } from './link-log';
import { type LinkOptions, type LinkPorts, realPorts, sessionOptionsOf, WRITE_BACKLOG_BYTES_MAX } from './link-options';
import { openRequest } from './open-request';
import { Pace, type Turn, type Urgency } from './pace';
import { type AnswerHandler, type Exchange, PendingRequests } from './pending-requests';
import { type Side } from './retry-plan';
import { type ConfigurationMessage, isConfiguration } from './roster';
import { advance, isOpen } from './session';
import { readFrame, readSessionMessage } from './session-inputs';
import {
  ACTIVE_PHASES,
  HEARING_PHASES,
  newSession,
  type LinkPhase,
  type Session,
  type SessionEffect,
  type SessionInput,
  type SessionTimer,
} from './session-model';
import { type Wire } from './wire';

export interface LinkEvents {
  /** The phase changed; `why` is a sentence for logs and people. */
  phase: [phase: LinkPhase, why: string];
  /** A message that arrived while in service or draining, in order; those about the session itself are not among them. */
  message: [message: Message];
  /** The agents' configuration and their teams: as they arrive, in service or not, since no gap makes them wrong. */
  configuration: [message: ConfigurationMessage];
  /** Events may have been missed from here on. */
  gap: [why: string];
}

/** What became of an attempt to send. `notSent`: nothing left this process. */
export type Sent = { kind: 'sent'; exchange: Exchange } | { kind: 'notSent'; why: string };

/** Room for whoever stops the link or waits for it. */
const LISTENERS_MAX = 100;
const INVOKE_ID_MAX = 0xffffffff;

export class CtiLink extends EventEmitter<LinkEvents> {
  readonly clock: Clock;
  private readonly ports: LinkPorts;
  private readonly pace: Pace;
  private readonly pending: PendingRequests;
  private readonly timers = new Map<SessionTimer, CancelTimer>();
  private readonly inputs: SessionInput[] = [];
  private readonly totals: Omit<LinkCounters, 'requestsTimedOut'>;
  private readonly linkLog: LinkLog;
  private session: Session;
  private wire: Wire | undefined;
  private reader = new FrameReader();
  private running = false;
  private lastInvokeId = 0;
  private heartbeatId = 0;
  private lastWhy = 'not started';

  constructor(
    private readonly options: LinkOptions,
    ports: LinkPorts = realPorts(options),
  ) {
    super();
    this.setMaxListeners(LISTENERS_MAX);
    this.ports = ports;
    this.clock = ports.clock;
    this.linkLog = new LinkLog(options.log);
    this.pace = new Pace(ports.clock, options.requestsPerSecondMax);
    this.pending = new PendingRequests(ports.clock, options.requestTimeoutMs, () => {
      if (this.phase === 'draining') this.feed({ kind: 'drained' });
    });
    this.session = newSession(sessionOptionsOf(options));
    this.totals = { ...NO_COUNTS };
  }

  get phase(): LinkPhase {
    return this.session.phase;
  }

  /** Why the link is in its phase. */
  get why(): string {
    return this.lastWhy;
  }

  /** The side of the current session, or of the next attempt. */
  get side(): Side {
    return this.session.side;
  }

  /** The version of the current session, or of the next attempt. */
  get version(): ProtocolVersion {
    const version = this.session.versions[this.session.side];
    invariant(isProtocolVersion(version), `a session never speaks version ${version}`);
    return version;
  }

  get peripheralId(): number {
    return this.options.peripheralId;
  }

  /** The session is granted with the services we need, our peripheral is on line and the gateway sends events. */
  get inService(): boolean {
    return this.session.phase === 'inService';
  }

  get counters(): LinkCounters {
    return { ...this.totals, requestsTimedOut: this.pending.timedOutCount };
  }

  /** Requests that are out without an outcome. */
  get requestsPending(): number {
    return this.pending.size;
  }

  start(): void {
    this.feed({ kind: 'started' });
  }

  /** Says goodbye to the server (at most `closeTimeoutMs`) and resolves when the link is idle. */
  async stop(): Promise<void> {
    const idle = new Promise<void>((resolve) => {
      const listen = (phase: LinkPhase): void => {
        if (phase !== 'idle') return;
        this.off('phase', listen);
        resolve();
      };
      if (this.phase === 'idle') resolve();
      else this.on('phase', listen);
    });
    this.pace.stop();
    this.linkLog.stopping();
    this.feed({ kind: 'stopped' });
    await idle;
  }

  /** Whether the current session was opened for the agents' configuration. */
  get asksConfiguration(): boolean {
    return this.options.configuration === true && this.session.asksConfiguration;
  }

  /** The most requests that may leave in a second. */
  get requestsPerSecondMax(): number {
    return this.options.requestsPerSecondMax;
  }

  /** Resolves when one request may be sent, at once and once. Spare turns come when nobody waits for a first one. */
  turn(urgency: Urgency = 'first'): Promise<Turn> {
    return this.pace.turn(urgency);
  }

  /**
   * Sends a message that has no answer of its own and is about no peripheral's agents or calls, so it need not be in
   * service: an open session whose server is active will do.
   */
  tell<N extends MessageName>(draft: DraftOf<N>): boolean {
    const isActive = ACTIVE_PHASES.includes(this.phase);
    if (isActive) this.write(encodeMessage(draft, this.version));
    return isActive;
  }

  /**
   * Sends one request, or says why not. To be called on one's `turn`.
   *
   * @param build makes the request with the InvokeID it is given
   * @param handler hears the answers until the exchange is ended, the request times out or the link is lost
   * @param mayStillSend asked right before the bytes are written, when nothing else can prevent it
   */
  send<N extends MessageName>(
    build: (invokeId: number) => DraftOf<N>,
    handler: AnswerHandler,
    mayStillSend: () => boolean = () => true,
  ): Sent {
    if (!this.inService) return { kind: 'notSent', why: `the link is ${this.phase}: ${this.lastWhy}` };
    if (this.pending.isFull) return { kind: 'notSent', why: 'too many requests are without an answer' };
    const invokeId = this.nextInvokeId();
    const bytes = encodeRequest(build(invokeId), this.version);
    if (typeof bytes === 'string') return { kind: 'notSent', why: bytes };
    if (!mayStillSend()) return { kind: 'notSent', why: 'it was withdrawn right before it would have been written' };
    const exchange = this.pending.add(invokeId, handler);
    this.totals.requestsSent += 1;
    this.write(bytes);
    return { kind: 'sent', exchange };
  }

  /** Inputs that arise while effects run (a listener stops the link, say) wait until those are done. */
  private feed(input: SessionInput): void {
    this.inputs.push(input);
    if (this.running) return;
    this.running = true;
    try {
      for (let next = this.inputs.shift(); next !== undefined; next = this.inputs.shift()) {
        const step = advance(this.session, next, sessionOptionsOf(this.options));
        this.session = step.session;
        for (const effect of step.effects) this.run(effect);
      }
    } finally {
      this.running = false;
    }
  }

  private run(effect: SessionEffect): void {
    switch (effect.kind) {
      case 'connect':
        this.connect(effect.side);
        return;
      case 'reset':
        this.wire?.reset();
        this.wire = undefined;
        return;
      case 'sendOpen':
        this.write(this.openRequestBytes());
        return;
      case 'sendHeartbeat':
        this.heartbeatId = this.nextInvokeId();
        this.write(encodeMessage({ name: 'HEARTBEAT_REQ', InvokeID: this.heartbeatId }, this.version));
        return;
      case 'acceptMaintenance':
        this.write(
          encodeMessage(
            { name: 'ACTIVE_MAINTENANCE_RESP_MSG', InvokeID: effect.invokeId, MaintenanceModeAccepted: true },
            this.version,
          ),
        );
        return;
      case 'sendStopping':
        this.write(encodeMessage({ name: 'STOPPING_REQUESTS_TO_THIS_SIDE_IND' }, this.version));
        return;
      case 'sendClose': {
        const InvokeID = this.nextInvokeId();
        this.write(encodeMessage({ name: 'CLOSE_REQ', InvokeID, Status: effect.status }, this.version));
        return;
      }
      case 'arm':
        this.arm(effect.timer, effect.delayMs + effect.jitterMs * (this.options.random ?? Math.random)());
        return;
      case 'keepOnly':
        for (const timer of this.timers.keys()) if (!effect.timers.includes(timer)) this.disarm(timer);
        return;
      case 'heartbeatMissed':
        this.totals.heartbeatsMissed += 1;
        return;
      case 'gap':
        this.totals.gaps += 1;
        // Before anybody hears of it: whoever asks why then is not to be told how the link came into service.
        this.lastWhy = effect.why;
        this.pending.loseAll(effect.why);
        this.emit('gap', effect.why);
        return;
      case 'announce':
        this.announce(effect.phase, effect.why);
        return;
    }
  }

  private announce(phase: LinkPhase, why: string): void {
    this.lastWhy = why;
    if (phase === 'inService') this.totals.sessions += 1;
    const { side, version } = this;
    this.linkLog.turned({ phase, side, version, why });
    this.emit('phase', phase, why);
    // Nothing to wait for; the input waits until the effects of this step are done.
    if (phase === 'draining' && this.pending.size === 0) this.feed({ kind: 'drained' });
  }

  private openRequestBytes(): Buffer {
    const { asksConfiguration } = this.session;
    return encodeMessage(openRequest(this.options, this.version, this.nextInvokeId(), asksConfiguration), this.version);
  }

  private connect(side: Side): void {
    this.totals.connects += 1;
    this.reader = new FrameReader();
    // Whatever a connection that was given up still tells is not about this one.
    const isCurrent = (): boolean => this.wire === wire;
    const wire: Wire = this.ports.openWire(this.options.endpoints[side], {
      connected: () => {
        if (isCurrent()) this.feed({ kind: 'connected' });
      },
      received: (chunk) => {
        if (isCurrent()) this.receive(chunk, isCurrent);
      },
      closed: (why) => {
        if (isCurrent()) this.feed({ kind: 'disconnected', why });
      },
    });
    this.wire = wire;
  }

  private receive(chunk: Uint8Array, isCurrent: () => boolean): void {
    for (const frame of this.reader.push(chunk)) {
      this.totals.framesReceived += 1;
      this.take(frame);
      if (!isCurrent()) return;
    }
    if (this.reader.fault !== undefined) this.fault(this.reader.fault.sentence);
  }

  private take(frame: Frame): void {
    const decoded = readFrame(frame, this.version, this.phase);
    switch (decoded.kind) {
      case 'unknown':
        this.totals.messagesUnknown += 1;
        this.options.log.debug({ type: decoded.type }, 'skipped a message of an unknown type');
        return;
      case 'malformed':
        this.fault(decoded.fault.sentence);
        return;
      case 'message':
        this.dispatch(decoded.message);
        return;
    }
  }

  /** Messages about the session itself end here; the others are handed on while in service. */
  private dispatch(message: Message): void {
    const input = readSessionMessage(message, this.phase, this.heartbeatId);
    if (input !== undefined) {
      this.feed(input);
      return;
    }
    if (isOpen(this.phase) && isConfiguration(message)) this.emit('configuration', message);
    if (HEARING_PHASES.includes(this.phase)) {
      this.emit('message', message);
      this.pending.answer(message);
    }
  }

  private fault(sentence: string): void {
    this.totals.faults += 1;
    this.linkLog.unreadable(sentence);
    this.feed({ kind: 'faulted', why: sentence });
  }

  private write(bytes: Uint8Array): void {
    this.totals.framesSent += 1;
    this.wire?.write(bytes);
    if ((this.wire?.backlogBytes ?? 0) > WRITE_BACKLOG_BYTES_MAX)
      this.feed({ kind: 'faulted', why: `the CTI server takes no bytes: more than ${WRITE_BACKLOG_BYTES_MAX} wait` });
  }

  private arm(timer: SessionTimer, delayMs: number): void {
    this.disarm(timer);
    const cancel = this.clock.after(delayMs, () => {
      this.timers.delete(timer);
      this.feed({ kind: 'timeUp', timer });
    });
    this.timers.set(timer, cancel);
  }

  private disarm(timer: SessionTimer): void {
    this.timers.get(timer)?.();
    this.timers.delete(timer);
  }

  /** 1 to 2³² − 1, then 1 again; ids of requests that are still out are left alone. */
  private nextInvokeId(): number {
    do this.lastInvokeId = this.lastInvokeId >= INVOKE_ID_MAX ? 1 : this.lastInvokeId + 1;
    while (this.pending.has(this.lastInvokeId));
    return this.lastInvokeId;
  }
}

/** The frame, or why it cannot be made: an agent id from outside may be longer than the field. */
function encodeRequest<N extends MessageName>(draft: DraftOf<N>, version: ProtocolVersion): Buffer | string {
  try {
    return encodeMessage(draft, version);
  } catch (error) {
    if (error instanceof ProtocolRangeError) return error.message;
    throw error;
  }
}
