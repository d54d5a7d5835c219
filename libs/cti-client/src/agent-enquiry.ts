import { AgentState, DeviceIDType } from '#cti-protocol/enumerations';
import { type DraftOf, type MessageName } from '#cti-protocol/messages';
import { callKey, type Connection } from './call-book';
import { type Dialogs } from './dialogs';
import { partyState } from './dialog-events';
import { type CtiLink } from './link';
import { type Mirror, type SnapshotTicket } from './mirror';
import { type Urgency } from './pace';
import { type Answer } from './pending-requests';
import { type LookAnswer, saysSignedOut, saysUnknownAgent, spell } from './request-outcome';

type FirstAnswer = Answer | { kind: 'notSent'; why: string };

/**
 * Asks the CTI server about one agent: its state on the voice domain, then the calls of its device. Both go into the
 * mirror, corrected by the events that overtake them.
 */
export class AgentEnquiry {
  /** Two who ask about the same agent at once share one enquiry; only who is in a hurry does not wait for a spare one. */
  private readonly underWay = new Map<string, { urgency: Urgency; answer: Promise<LookAnswer> }>();

  constructor(
    private readonly link: CtiLink,
    private readonly mirror: Mirror,
    private readonly dialogs: Dialogs,
    private readonly voiceMrdId: number,
  ) {}

  ask(agentId: string, urgency: Urgency): Promise<LookAnswer> {
    const known = this.underWay.get(agentId);
    if (known !== undefined && (known.urgency === 'first' || urgency === 'spare')) return known.answer;
    const answer = this.enquire(agentId, urgency).finally(() => {
      if (this.underWay.get(agentId) === enquiry) this.underWay.delete(agentId);
    });
    const enquiry = { urgency, answer };
    this.underWay.set(agentId, enquiry);
    return answer;
  }

  private async enquire(agentId: string, urgency: Urgency): Promise<LookAnswer> {
    const answer = await this.query(agentId, urgency);
    const other = otherAgentIn(answer, agentId);
    if (other !== undefined) return { kind: 'unavailable', why: `the CTI server answered about agent ${other}` };
    if (answer.kind === 'controlFailure' || answer.kind === 'failure') {
      if (saysUnknownAgent(answer)) return { kind: 'unknownAgent' };
      if (!saysSignedOut(answer)) return { kind: 'unavailable', why: `the query was refused: ${spell(answer)}` };
    } else if (answer.kind !== 'confirmed' || answer.message.name !== 'QUERY_AGENT_STATE_CONF') {
      return unanswered(answer);
    } else if (answer.message.AgentState === AgentState.UNKNOWN) {
      return { kind: 'unavailable', why: 'the CTI server does not know the state of this agent' };
    }
    // What counts is the mirror: an event may have followed the answer.
    return this.mirror.view(agentId)?.signedOut === true ? this.known(agentId) : this.snapshot(agentId, urgency);
  }

  private query(agentId: string, urgency: Urgency): Promise<FirstAnswer> {
    const build = (InvokeID: number): DraftOf<'QUERY_AGENT_STATE_REQ'> => ({
      name: 'QUERY_AGENT_STATE_REQ',
      InvokeID,
      PeripheralID: this.link.peripheralId,
      MRDID: this.voiceMrdId,
      ICMAgentID: 0,
      AgentID: agentId,
    });
    return this.request(urgency, build, (answer) => {
      this.learn(agentId, answer);
    });
  }

  /**
   * Into the mirror while the answer is being read, not when a promise has had its turn: an event behind it in the same
   * piece of the byte stream is newer, and must not be undone by it.
   */
  private learn(agentId: string, answer: Answer): void {
    if (otherAgentIn(answer, agentId) !== undefined) return;
    const isRefusal = answer.kind === 'controlFailure' || answer.kind === 'failure';
    if (isRefusal && !saysUnknownAgent(answer) && saysSignedOut(answer)) this.mirror.applyNotLoggedOn(agentId);
    if (answer.kind === 'confirmed' && answer.message.name === 'QUERY_AGENT_STATE_CONF')
      this.mirror.applyQuery(agentId, answer.message);
  }

  private async snapshot(agentId: string, urgency: Urgency): Promise<LookAnswer> {
    const turn = await this.link.turn(urgency);
    if (turn !== 'now') return unanswered({ kind: 'notSent', why: TURN_REFUSED[turn] });
    const ticket = this.mirror.beginSnapshot(agentId);
    // While we waited for our turn the agent signed out, or the link was lost; or its device was never told.
    if (ticket === undefined) return this.known(agentId);
    const answer = await this.send(this.snapshotRequest(ticket), (heard) => {
      this.learnCalls(ticket, heard);
    });
    if (answer.kind === 'notSent') this.mirror.abandonSnapshot(ticket);
    const isAnswered = answer.kind === 'confirmed' && answer.message.name === 'SNAPSHOT_DEVICE_CONF';
    return isAnswered ? this.known(agentId) : unanswered(answer);
  }

  private learnCalls(ticket: SnapshotTicket, answer: Answer): void {
    if (answer.kind !== 'confirmed' || answer.message.name !== 'SNAPSHOT_DEVICE_CONF') {
      this.mirror.abandonSnapshot(ticket);
      return;
    }
    // Every call the server lists counts as open, whatever its CallState: one too many delays, one too few cuts a call.
    const calls = answer.message.Calls.map((call): Connection => ({
      callId: call.CallConnectionCallID ?? 0,
      deviceIdType: call.CallConnectionDeviceIDType ?? 0,
      deviceId: call.CallConnectionDeviceID ?? '',
    }));
    const shown = answer.message.Calls.flatMap(({ CallConnectionCallID: callId, CallState }, index) => {
      const call = calls[index];
      const isOver = call === undefined || ticket.gone.has(callKey(call));
      return callId === undefined || isOver ? [] : [{ callId, state: partyState(CallState) }];
    });
    this.dialogs.applySnapshot(ticket.device, shown);
    this.mirror.completeSnapshot(ticket, calls);
    // Calls that began after the snapshot was asked for are in the mirror's book, and not in the answer.
    this.dialogs.retain(ticket.device, this.mirror.callIdsOn(ticket.device));
    void this.nameCalls(ticket.device);
  }

  /** A snapshot of the device tells neither who called nor whom, which only matters to those who look at the call. */
  private async nameCalls(device: string): Promise<void> {
    for (const callId of this.dialogs.unnamedOf(device)) {
      const build = (InvokeID: number): DraftOf<'SNAPSHOT_CALL_REQ'> => ({
        name: 'SNAPSHOT_CALL_REQ',
        InvokeID,
        PeripheralID: this.link.peripheralId,
        ConnectionCallID: callId,
        ConnectionDeviceIDType: 0,
        ConnectionDeviceID: device,
      });
      await this.request('spare', build, (answer) => {
        if (answer.kind === 'confirmed' && answer.message.name === 'SNAPSHOT_CALL_CONF')
          this.dialogs.applyCall(callId, device, answer.message);
      });
    }
  }

  private snapshotRequest(ticket: SnapshotTicket): (invokeId: number) => DraftOf<'SNAPSHOT_DEVICE_REQ'> {
    return (InvokeID) => ({
      name: 'SNAPSHOT_DEVICE_REQ',
      InvokeID,
      PeripheralID: this.link.peripheralId,
      SnapshotDeviceType: DeviceIDType.AGENT_DEVICE,
      AgentInstrument: ticket.device,
    });
  }

  private known(agentId: string): LookAnswer {
    const view = this.mirror.view(agentId);
    return view === undefined
      ? { kind: 'unavailable', why: 'what was told does not suffice: no device, or the link was lost meanwhile' }
      : { kind: 'known', view };
  }

  private async request<N extends MessageName>(
    urgency: Urgency,
    build: (invokeId: number) => DraftOf<N>,
    hear: (answer: Answer) => void,
  ): Promise<FirstAnswer> {
    if (!this.link.inService) return { kind: 'notSent', why: `the link is ${this.link.phase}: ${this.link.why}` };
    const turn = await this.link.turn(urgency);
    return turn === 'now' ? this.send(build, hear) : { kind: 'notSent', why: TURN_REFUSED[turn] };
  }

  /** A question is over with its first answer, which is heard at once; the promise comes a turn later. */
  private send<N extends MessageName>(
    build: (invokeId: number) => DraftOf<N>,
    hear: (answer: Answer) => void,
  ): Promise<FirstAnswer> {
    return new Promise((resolve) => {
      const sent = this.link.send(build, (answer, exchange) => {
        exchange.end();
        hear(answer);
        resolve(answer);
      });
      if (sent.kind === 'notSent') resolve(sent);
    });
  }
}

/** Why a turn was refused, as a sentence. */
export const TURN_REFUSED = {
  tooMany: 'too many requests wait to be sent',
  stopped: 'the link is being stopped',
} as const;

/**
 * The agent whom a confirmation names, where that is another one than was asked about: nothing in it may be believed. A
 * confirmation that names nobody is about the agent of its request.
 */
function otherAgentIn(answer: FirstAnswer, asked: string): string | undefined {
  if (answer.kind !== 'confirmed' || answer.message.name !== 'QUERY_AGENT_STATE_CONF') return undefined;
  const { AgentID: named } = answer.message;
  return named === undefined || named === '' || named === asked ? undefined : named;
}

function unanswered(answer: FirstAnswer): LookAnswer {
  return { kind: 'unavailable', why: answer.kind === 'notSent' ? answer.why : spell(answer) };
}
