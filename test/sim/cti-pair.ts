import { AgentState, ServiceMask } from '#cti-protocol/enumerations';
import { decodeMessage } from '#cti-protocol/decode';
import { encodeMessage } from '#cti-protocol/encode';
import { FrameReader } from '#cti-protocol/frame';
import { type Draft, type Message, type MessageOf } from '#cti-protocol/messages';
import { stateDraft, told } from '#cti-client/agents.spec-support';
import { type OpenWire, type Wire, type WireEvents } from '#cti-client/wire';
import { type CentreAgent, type CtiCentre, type OrderAnswer } from './cti-centre';
import { type Random } from '../kit/random';
import { type Stage } from './stage';
import { type SimProcess } from './virtual-time';

type Side = 'a' | 'b';

const version = 24;
const invalidObjectState = 22;

/** One way on a calm day, and how long a change takes to have its effect. */
const wayMsMin = 0.3;
const wayMsMax = 8;
const effectMsMin = 2;
const effectMsMax = 120;

/** A connection as the CTI server has it: bytes go both ways in order. */
class Session {
  isOver = false;
  isDeaf = false;
  isOpen = false;
  arrivesAt = 0;
  leavesAt = 0;
  readonly reader = new FrameReader();

  constructor(
    readonly side: Side,
    readonly process: SimProcess,
    readonly events: WireEvents,
  ) {}
}

/** The pair of CTI servers in front of one centre, reached over wires in memory; it speaks GED-188. */
export class CtiPair {
  readonly down = new Set<Side>();
  private sessions: Session[] = [];
  private requests = 0;
  /** Requests that are not forced: they give an agent back the state that it would have without us. */
  private readonly givenBack = new Set<number>();
  /** Changes have their effects one after the other, whoever asked. */
  private effectAt = 0;
  /** When all that was asked about an agent has been carried out. */
  private readonly settledAt = new Map<string, number>();
  /** Told when a forced change arrives, before it has an effect. */
  onRequest: (agentId: string) => void = () => undefined;

  constructor(
    private readonly stage: Stage,
    readonly centre: CtiCentre,
    private readonly random: Random,
  ) {}

  /** How that process reaches the pair. */
  wiresOf(process: SimProcess): OpenWire {
    return (endpoint, events) => this.connect(endpoint.host === 'a' ? 'a' : 'b', process, events);
  }

  /** Connections of that side, or of that process, end; `isSilent`: without a word, so that only heartbeats tell. */
  cut(which: { side?: Side; process?: SimProcess }, isSilent: boolean): number {
    const hit = this.sessions.filter(
      ({ side, process }) =>
        (which.side === undefined || which.side === side) && (which.process === undefined || which.process === process),
    );
    for (const session of hit) {
      if (isSilent) session.isDeaf = true;
      else this.end(session);
    }
    return hit.length;
  }

  /** Somebody acts by hand, or a call begins or ends: everybody hears of it. */
  tellState(agent: CentreAgent): void {
    this.broadcast(stateOf(agent));
  }

  /** A forced change has taken effect, at once or when the call was over. */
  tookEffect(agent: CentreAgent, request: number): void {
    if (this.givenBack.has(request)) return;
    const became = agent.state === AgentState.LOGOUT ? 'loggedOut' : 'notReady';
    this.stage.see({ at: this.stage.time.now, what: 'took', request, agentId: agent.agentId, became });
  }

  tellCall(agent: CentreAgent, callId: number, isBegun: boolean): void {
    const { device } = agent;
    const fields = { ConnectionCallID: callId, ConnectionDeviceID: device };
    this.broadcast(
      isBegun
        ? told('CALL_ESTABLISHED_EVENT', { ...fields, AnsweringDeviceID: device })
        : told('END_CALL_EVENT', fields),
    );
  }

  private connect(side: Side, process: SimProcess, events: WireEvents): Wire {
    const session = new Session(side, process, events);
    const { time } = this.stage;
    this.sessions.push(session);
    time.after(this.way(), process, () => {
      if (session.isOver) return;
      if (this.down.has(side)) {
        this.forget(session);
        events.closed('the connection was refused');
      } else events.connected();
    });
    return {
      backlogBytes: 0,
      reset: () => {
        this.forget(session);
      },
      write: (bytes) => {
        if (session.isOver) return;
        session.arrivesAt = Math.max(session.arrivesAt, time.now + this.way());
        time.after(session.arrivesAt - time.now, time.world, () => {
          this.receive(session, bytes);
        });
      },
    };
  }

  /** What was written arrives, also when its writer has given the connection up meanwhile. */
  private receive(session: Session, bytes: Uint8Array): void {
    if (session.isDeaf || this.down.has(session.side)) return;
    for (const frame of session.reader.push(bytes)) {
      const decoded = decodeMessage(frame.type, frame.body, version);
      if (decoded.kind !== 'message') throw new Error(`the client sent ${JSON.stringify(decoded)}`);
      this.answer(session, decoded.message);
    }
  }

  private answer(session: Session, message: Message): void {
    switch (message.name) {
      case 'OPEN_REQ':
        session.isOpen = true;
        this.send(session, openConfirmation(message.InvokeID));
        return;
      case 'HEARTBEAT_REQ':
        this.send(session, { name: 'HEARTBEAT_CONF', InvokeID: message.InvokeID });
        return;
      case 'QUERY_AGENT_STATE_REQ':
        this.answerQuery(session, message.InvokeID, message.AgentID ?? '');
        return;
      case 'SNAPSHOT_DEVICE_REQ':
        this.send(session, this.snapshot(message));
        return;
      case 'SET_AGENT_STATE_REQ':
        this.takeOrder(session, message);
        return;
      default:
    }
  }

  private snapshot({ InvokeID, AgentInstrument }: MessageOf<'SNAPSHOT_DEVICE_REQ'>): Draft {
    const agent = [...this.centre.agents.values()].find(({ device }) => device === AgentInstrument);
    return {
      name: 'SNAPSHOT_DEVICE_CONF',
      InvokeID,
      Calls: [...(agent?.calls ?? [])].map((callId) => ({
        CallConnectionCallID: callId,
        CallConnectionDeviceIDType: 0,
        CallConnectionDeviceID: AgentInstrument,
        CallState: 3,
      })),
    };
  }

  /** Changes that were received before are carried out first, whichever connection they came by. */
  private answerQuery(session: Session, invokeId: number, agentId: string): void {
    const { time } = this.stage;
    const waitMs = (this.settledAt.get(agentId) ?? 0) - time.now;
    const send = (): void => {
      this.send(session, stateConfirmation(invokeId, this.centre.of(agentId)));
    };
    if (waitMs > 0) time.after(waitMs, time.world, send);
    else send();
  }

  private takeOrder(session: Session, message: MessageOf<'SET_AGENT_STATE_REQ'>): void {
    const { time, weather } = this.stage;
    const agentId = message.AgentID ?? '';
    const request = ++this.requests;
    if (message.ForcedFlag === 0) this.givenBack.add(request);
    else {
      const asked = message.AgentState === AgentState.LOGOUT ? 'logout' : 'notReady';
      this.stage.see({ at: time.now, what: 'requested', request, agentId, asked });
      this.onRequest(agentId);
    }
    const slowMs = weather.ctiSlowMs > 0 ? this.random.between(0, weather.ctiSlowMs) : 0;
    if (slowMs > 0) this.stage.inject('CTI slow', `request ${String(request)}`);
    this.effectAt = Math.max(this.effectAt, time.now + this.random.between(effectMsMin, effectMsMax) + slowMs);
    this.settledAt.set(agentId, this.effectAt);
    time.after(this.effectAt - time.now, time.world, () => {
      this.carryOut(session, message, request);
    });
  }

  private carryOut(session: Session, message: MessageOf<'SET_AGENT_STATE_REQ'>, request: number): void {
    const { weather } = this.stage;
    const agentId = message.AgentID ?? '';
    const isRejected = this.happens(weather.ctiRejects);
    if (isRejected) this.stage.inject('CTI rejects', `request ${String(request)}`);
    const answer: OrderAnswer = isRejected
      ? { kind: 'refused', code: 1 }
      : this.centre.order({ agentId, state: message.AgentState, reason: message.EventReasonCode, request });
    const agent = this.centre.of(agentId);
    if (answer.kind === 'became' && answer.changed) this.tookEffect(agent, request);
    const isLost = this.happens(weather.ctiAnswerLost);
    if (isLost) this.stage.inject('CTI answer lost', `request ${String(request)}`);
    if (!isLost) {
      const { InvokeID } = message;
      if (answer.kind !== 'refused') this.send(session, { name: 'SET_AGENT_STATE_CONF', InvokeID });
      else
        this.send(session, {
          name: 'CONTROL_FAILURE_CONF',
          InvokeID,
          FailureCode: invalidObjectState,
          PeripheralErrorCode: answer.code,
        });
    }
    if (answer.kind !== 'refused') this.broadcast(stateOf(agent), isLost ? session : undefined);
  }

  private broadcast(draft: Draft, except?: Session): void {
    const bytes = encodeMessage(draft, version);
    for (const session of this.sessions) if (session.isOpen && session !== except) this.sendBytes(session, bytes);
  }

  private send(session: Session, draft: Draft): void {
    this.sendBytes(session, encodeMessage(draft, version));
  }

  private sendBytes(session: Session, bytes: Uint8Array): void {
    const { time } = this.stage;
    session.leavesAt = Math.max(session.leavesAt, time.now + this.way());
    time.after(session.leavesAt - time.now, session.process, () => {
      if (!session.isOver && !session.isDeaf) session.events.received(bytes);
    });
  }

  private end(session: Session): void {
    this.stage.as(session.process, () => {
      if (session.isOver) return;
      this.forget(session);
      session.events.closed('the CTI server ended the connection');
    });
  }

  private forget(session: Session): void {
    session.isOver = true;
    this.sessions = this.sessions.filter((other) => other !== session);
  }

  private way(): number {
    return this.random.between(wayMsMin, wayMsMax);
  }

  private happens(probability: number): boolean {
    return probability > 0 && this.random.chance(probability);
  }
}

/** As an event tells it; the answer to a query has no next state. */
function stateOf({ agentId, state, reason, device, pending }: CentreAgent): Draft {
  return stateDraft(agentId, state, { reason, device, ...(pending === null ? {} : { next: pending.state }) });
}

function openConfirmation(invokeId: number): Draft {
  return {
    name: 'OPEN_CONF',
    InvokeID: invokeId,
    ServicesGranted: ServiceMask.ALL_EVENTS | ServiceMask.CLIENT_CONTROL,
    MonitorID: 0,
    PGStatus: 0,
    ICMCentralControllerTime: 0,
    PeripheralOnline: true,
    PeripheralType: 17,
    AgentState: AgentState.UNKNOWN,
    SessionType: 1,
  };
}

function stateConfirmation(invokeId: number, agent: CentreAgent): Draft {
  const device = agent.state === AgentState.LOGOUT ? undefined : agent.device;
  return {
    name: 'QUERY_AGENT_STATE_CONF',
    InvokeID: invokeId,
    AgentState: agent.state,
    MRDID: 1,
    NumTasks: 0,
    AgentMode: 1,
    MaxTaskLimit: 1,
    ICMAgentID: 5015,
    AgentAvailabilityStatus: 0,
    AgentExtension: device,
    AgentInstrument: device,
  };
}
