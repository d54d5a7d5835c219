/**
 * The life of a link's sessions with a CTI server pair, as a pure function: an input in, the next session and the
 * effects out. No socket, no clock, no random number: `link.ts` runs the effects and feeds the inputs.
 *
 * A link is born **idle**. `started` makes it **connecting**: a TCP (or TLS) connection to one side is being made, and
 * gets `connectTimeoutMs`. A connection makes it **opening**: OPEN_REQ is out and OPEN_CONF has `openTimeoutMs`
 * (30 s, GED-188). The answer decides:
 *
 * - INVALID_VERSION: the same side is tried again with the next lower version, down to 13;
 * - any other refusal, or silence: TCP is reset and the other side is tried;
 * - services missing: nothing we could send would be allowed, so the session is closed and the other side is tried;
 * - a standby session (version 24, only when asked for): **standby**, heartbeats only, until STANDBY_ACTIVE_EVENT;
 * - our peripheral off line, or the gateway down (PGStatus): **outOfService**;
 * - else **inService**, the only phase in which requests may leave and the mirror may be believed.
 *
 * Maintenance (version 24, sessions with the standby service only): 277, 278 and 280 come from the server, 279 and 281
 * from the client (GED-188), which has 5 s for each. ACTIVE_MAINTENANCE_REQ (278) asks whether the server may go into
 * maintenance and is accepted at once (279). ACTIVE_MAINTENANCE_EVENT (280) with status 1 makes an inService session
 * **draining**: no new request leaves, those that are out have `drainMsMax` for their outcomes, all events are still
 * heard. STOPPING_REQUESTS_TO_THIS_SIDE_IND (281) says so: it leaves when nothing is out any more, and after
 * `stoppingMsMax` in any case. Then the session is closed and the other side is tried. Status 0 takes it back.
 *
 * SYSTEM_EVENTs move an open session between inService and outOfService. Leaving inService, by whatever way but to
 * draining and back, is a **gap**: events may have been missed, so everything the mirror knew is void. A session that stays out of service or on
 * standby for `outOfServiceMsMax` is closed, because the other side may be better off.
 *
 * **closing** means that CLOSE_REQ is out and CLOSE_CONF has `closeTimeoutMs` (at most 5 s); `afterClose` says what comes
 * next. It is entered by `stopped`, by a FAILURE_EVENT after which the session is useless, and by the two cases above.
 * **waiting** is the pause of the reconnect order (`retry-plan.ts`); when it ends, connecting again.
 *
 * A lost connection, bytes that cannot be read, three heartbeats without an answer or a refused heartbeat reset TCP from
 * any phase. `stopped` ends every life in idle.
 */
import { PGStatus, ServiceMask, StatusCode, SystemEventID } from '#cti-protocol/enumerations';
import { invariant } from './invariant';
import { planRetry, type Side } from './retry-plan';
import {
  HEARING_PHASES,
  HEARTBEATS_MISSED_MAX,
  OPEN_PHASES,
  PHASE_TIMERS,
  STABLE_AFTER_HEARTBEATS,
  TRANSITIONS,
  VERSION_MIN,
  type LinkPhase,
  type Session,
  type SessionEffect,
  type SessionInput,
  type SessionOptions,
  type SessionStep,
  type SessionTimer,
} from './session-model';

/** After a FAILURE_EVENT with one of these the session is unusable (GED-188). */
const STATUSES_THAT_END_A_SESSION: readonly number[] = [
  StatusCode.NEW_SESSION_OPENED,
  StatusCode.CTI_SERVER_OFFLINE,
  StatusCode.TIMEOUT,
  StatusCode.SERVER_IN_MAINTENANCE_MODE,
];

/** Whether a session is established, in service or not. */
export const isOpen = (phase: LinkPhase): boolean => OPEN_PHASES.includes(phase);

/** One input, one step. Inputs that mean nothing in the current phase (a late confirmation, say) change nothing. */
export function advance(before: Session, input: SessionInput, options: SessionOptions): SessionStep {
  const life = new Life(before, options);
  life.take(input);
  return { session: life.session, effects: life.effects };
}

class Life {
  readonly effects: SessionEffect[] = [];

  constructor(
    public session: Session,
    private readonly options: SessionOptions,
  ) {}

  take(input: SessionInput): void {
    const { phase } = this.session;
    switch (input.kind) {
      case 'started':
        if (phase === 'idle') this.connect(this.options.startSide, 'started');
        return;
      case 'stopped':
        this.stop();
        return;
      case 'connected':
        if (phase === 'connecting') this.sendOpen();
        return;
      case 'disconnected':
        this.lose('lost', input.why);
        return;
      case 'faulted':
        this.lose('lost', input.why);
        return;
      case 'openConfirmed':
        if (phase === 'opening') this.opened(input);
        return;
      case 'openRefused':
        if (phase === 'opening') this.openRefused(input.status, input.sentence);
        return;
      case 'heartbeatConfirmed':
        this.update({ heartbeatOut: false });
        return;
      case 'heartbeatRefused':
        if (isOpen(phase)) this.lose('lost', `the CTI server refused a heartbeat: ${input.sentence}`);
        return;
      case 'systemEvent':
        if (isOpen(phase)) this.systemEvent(input.eventId, input.pgStatus, input.peripheralId);
        return;
      case 'failureEvent':
        this.failureEvent(input.status, input.sentence);
        return;
      case 'standbyActivated':
        if (phase === 'standby') this.standbyActivated();
        return;
      case 'maintenanceAnnounced':
        if (isOpen(phase)) this.effects.push({ kind: 'acceptMaintenance', invokeId: input.invokeId });
        return;
      case 'maintenanceBegan':
        this.maintenanceBegan();
        return;
      case 'maintenanceCancelled':
        if (phase === 'draining') this.enter('inService', 'the CTI server cancelled its maintenance');
        return;
      case 'drained':
        if (phase === 'draining') this.leaveForMaintenance('no request is out any more');
        return;
      case 'closeConfirmed':
        if (phase === 'closing') this.closed('the CTI server confirmed the close');
        return;
      case 'timeUp':
        this.timeUp(input.timer);
        return;
    }
  }

  private timeUp(timer: SessionTimer): void {
    switch (timer) {
      case 'connect':
        this.lose('refused', `no connection within ${this.options.connectTimeoutMs} ms`);
        return;
      case 'open':
        this.lose('refused', `no OPEN_CONF within ${this.options.openTimeoutMs} ms`);
        return;
      case 'heartbeat':
        this.beat();
        return;
      case 'stable':
        this.update({ failures: 0 });
        return;
      case 'outOfService':
        this.close(
          'refused',
          StatusCode.NO_ERROR,
          `out of service for ${this.options.outOfServiceMsMax} ms; the other side may be in service`,
        );
        return;
      case 'stopping':
        this.sendStopping();
        return;
      case 'drain':
        this.leaveForMaintenance(`requests are out for ${this.options.drainMsMax} ms`);
        return;
      case 'close':
        this.closed(`no CLOSE_CONF within ${this.options.closeTimeoutMs} ms`);
        return;
      case 'wait':
        this.connect(this.session.side, 'the wait of the reconnect order is over');
        return;
    }
  }

  private sendOpen(): void {
    const version = this.session.versions[this.session.side];
    this.enter('opening', `connected; OPEN_REQ offers version ${version}`);
    this.effects.push({ kind: 'sendOpen', version });
    this.arm('open', this.options.openTimeoutMs);
  }

  private opened(conf: Extract<SessionInput, { kind: 'openConfirmed' }>): void {
    this.update({
      heartbeatOut: false,
      heartbeatsMissed: 0,
      standby: conf.standby,
      // With a mask that watches every peripheral PeripheralOnline means "all of them"; else SYSTEM_EVENT names ours.
      peripheralOnline: conf.peripheralOnline && (conf.pgStatus & PGStatus.PERIPHERAL_OFFLINE) === 0,
      gatewayUsable: isGatewayUsable(conf.pgStatus),
    });
    const missing = missingServices(conf.servicesGranted);
    if (missing !== undefined) {
      const granted = `0x${conf.servicesGranted.toString(16)}`;
      this.close('refused', StatusCode.NO_ERROR, `the CTI server granted services ${granted}, without ${missing}`);
      return;
    }
    this.arm('heartbeat', this.options.heartbeatMs);
    this.arm('stable', this.options.heartbeatMs * STABLE_AFTER_HEARTBEATS);
    this.settle('the CTI server granted the session');
  }

  private openRefused(status: number, sentence: string): void {
    const { side, versions } = this.session;
    if (status === StatusCode.INVALID_CONFIG_MSG_MASK && this.session.asksConfiguration) {
      this.update({ asksConfiguration: false });
      this.effects.push({ kind: 'reset' });
      this.connect(side, 'the CTI server refused the configuration mask; trying without');
    } else if (status !== StatusCode.INVALID_VERSION) {
      this.lose('refused', `OPEN_REQ refused: ${sentence}`);
    } else if (versions[side] > VERSION_MIN) {
      const lower = versions[side] - 1;
      this.update({ versions: { ...versions, [side]: lower } });
      this.effects.push({ kind: 'reset' });
      this.connect(side, `the CTI server does not speak version ${lower + 1}; trying ${lower}`);
    } else {
      this.update({ versions: { ...versions, [side]: this.options.version } });
      this.lose('refused', `the CTI server refused every version from ${this.options.version} down to ${VERSION_MIN}`);
    }
  }

  /**
   * A heartbeat leaves at every interval, whatever else was sent: a session whose requests go through but whose
   * heartbeats stay unanswered is broken too, and only regular ones can be counted.
   */
  private beat(): void {
    const missed = this.session.heartbeatOut ? this.session.heartbeatsMissed + 1 : 0;
    if (missed > 0) this.effects.push({ kind: 'heartbeatMissed' });
    if (missed >= HEARTBEATS_MISSED_MAX) {
      this.lose('lost', `${missed} heartbeats in a row without an answer`);
      return;
    }
    this.update({ heartbeatOut: true, heartbeatsMissed: missed });
    this.effects.push({ kind: 'sendHeartbeat' });
    this.arm('heartbeat', this.options.heartbeatMs);
  }

  /** The latest SYSTEM_EVENT is the server's statement about the gateway; only those about our peripheral count for it. */
  private systemEvent(eventId: number, pgStatus: number, peripheralId: number): void {
    const gatewayGone =
      eventId === SystemEventID.PERIPHERAL_GATEWAY_OFFLINE || eventId === SystemEventID.CTI_SERVER_OFFLINE;
    this.update({ gatewayUsable: !gatewayGone && isGatewayUsable(pgStatus) });
    if (peripheralId === this.options.peripheralId) {
      if (eventId === SystemEventID.PERIPHERAL_ONLINE) this.update({ peripheralOnline: true });
      if (eventId === SystemEventID.PERIPHERAL_OFFLINE) this.update({ peripheralOnline: false });
    }
    this.settle('a SYSTEM_EVENT said so');
  }

  private failureEvent(status: number, sentence: string): void {
    if (!STATUSES_THAT_END_A_SESSION.includes(status)) return;
    const why = `the CTI server ended the session: ${sentence}`;
    if (this.session.phase === 'opening') this.lose('refused', why);
    else if (isOpen(this.session.phase)) this.close('lost', status, why);
  }

  private standbyActivated(): void {
    this.update({ standby: false });
    this.settle('the CTI server became active');
  }

  private maintenanceBegan(): void {
    const { phase } = this.session;
    if (phase === 'inService') {
      this.update({ stoppingSent: false });
      this.enter('draining', 'the CTI server goes into maintenance; no new requests');
      this.arm('stopping', this.options.stoppingMsMax);
      this.arm('drain', this.options.drainMsMax);
    } else if (phase === 'outOfService') {
      this.update({ stoppingSent: false });
      this.leaveForMaintenance('there are no requests');
    }
  }

  private sendStopping(): void {
    if (!this.session.stoppingSent) this.effects.push({ kind: 'sendStopping' });
    this.update({ stoppingSent: true });
  }

  private leaveForMaintenance(why: string): void {
    this.sendStopping();
    this.close('refused', StatusCode.NO_ERROR, `the CTI server goes into maintenance and ${why}`);
  }

  /** The phase of an open session follows from what is known about the server; nothing else decides it. */
  private settle(why: string): void {
    const { phase, standby, gatewayUsable, peripheralOnline } = this.session;
    const due: LinkPhase = standby ? 'standby' : gatewayUsable && peripheralOnline ? 'inService' : 'outOfService';
    if (due === phase || (phase === 'draining' && due === 'inService')) return;
    if (phase === 'draining') {
      this.leaveForMaintenance(outOfServiceReason(this.session, this.options));
      return;
    }
    this.enter(due, due === 'outOfService' ? `${why}; ${outOfServiceReason(this.session, this.options)}` : why);
    if (due !== 'inService') this.arm('outOfService', this.options.outOfServiceMsMax);
  }

  private stop(): void {
    const { phase } = this.session;
    if (phase === 'idle') return;
    if (phase === 'closing') {
      this.update({ afterClose: 'idle' });
    } else if (isOpen(phase)) {
      this.close('idle', StatusCode.NO_ERROR, 'stopped');
    } else {
      this.effects.push({ kind: 'reset' });
      this.enter('idle', 'stopped');
    }
  }

  private close(afterClose: Session['afterClose'], status: number, why: string): void {
    this.update({ afterClose });
    this.enter('closing', why);
    this.effects.push({ kind: 'sendClose', status });
    this.arm('close', this.options.closeTimeoutMs);
  }

  private closed(why: string): void {
    if (this.session.afterClose === 'idle') {
      this.effects.push({ kind: 'reset' });
      this.enter('idle', why);
    } else {
      this.retry(this.session.afterClose, why);
    }
  }

  private lose(how: 'lost' | 'refused', why: string): void {
    const { phase } = this.session;
    if (phase === 'idle' || phase === 'waiting') return;
    if (phase === 'closing') this.closed(why);
    else this.retry(how, why);
  }

  /** A side that refused us is not asked again at once: the guide sends us to the other side. */
  private retry(how: 'lost' | 'refused', why: string): void {
    const failures = how === 'refused' ? Math.max(this.session.failures + 1, 2) : this.session.failures + 1;
    const plan = planRetry(failures, this.session.side, this.options);
    this.update({ failures });
    this.effects.push({ kind: 'reset' });
    if (plan.waitMs + plan.jitterMs === 0) {
      this.connect(plan.side, why);
      return;
    }
    this.update({ side: plan.side });
    this.enter('waiting', why);
    this.effects.push({ kind: 'arm', timer: 'wait', delayMs: plan.waitMs, jitterMs: plan.jitterMs });
  }

  private connect(side: Side, why: string): void {
    this.update({ side });
    this.enter('connecting', why);
    this.effects.push({ kind: 'connect', side });
    this.arm('connect', this.options.connectTimeoutMs);
  }

  private arm(timer: SessionTimer, delayMs: number): void {
    this.effects.push({ kind: 'arm', timer, delayMs, jitterMs: 0 });
  }

  private update(change: Partial<Omit<Session, 'phase'>>): void {
    this.session = { ...this.session, ...change };
  }

  /** The one setter of the phase. */
  private enter(phase: LinkPhase, why: string): void {
    const from = this.session.phase;
    invariant(TRANSITIONS[from].includes(phase), `a link never goes from ${from} to ${phase} (${why})`);
    this.session = { ...this.session, phase };
    this.effects.push({ kind: 'keepOnly', timers: PHASE_TIMERS[phase] });
    if (HEARING_PHASES.includes(from) && !HEARING_PHASES.includes(phase)) this.effects.push({ kind: 'gap', why });
    this.effects.push({ kind: 'announce', phase, why });
  }
}

const isGatewayUsable = (pgStatus: number): boolean =>
  (pgStatus & (PGStatus.OPC_DOWN | PGStatus.CTI_SERVER_OFFLINE)) === 0;

/** Without ALL_EVENTS there is no mirror, without one of the two control services no request (GED-188). */
function missingServices(granted: number): string | undefined {
  if ((granted & ServiceMask.ALL_EVENTS) === 0) return 'ALL_EVENTS (0x10)';
  if ((granted & (ServiceMask.CLIENT_CONTROL | ServiceMask.AGENT_STATE_CONTROL_ONLY)) === 0)
    return 'CLIENT_CONTROL (0x4) or AGENT_STATE_CONTROL_ONLY (0x2000)';
  return undefined;
}

function outOfServiceReason(session: Session, options: SessionOptions): string {
  if (!session.gatewayUsable) return 'the peripheral gateway sends no call or agent events';
  return `peripheral ${options.peripheralId} is off line or not yet on line`;
}
