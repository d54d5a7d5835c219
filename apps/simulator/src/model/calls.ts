import { type Agent, type Agents } from './agents';
import { type CallStep, type EmitModelEvent } from './events';
import { refusal, type Refusal } from './refusal';
import { type CallKind, type LegState } from './standing';

/** Open calls of one agent; a device has at most this many. */
const callsPerAgentMax = 4;
/** Agents on one call, the customer not counted. */
const legsPerCallMax = 8;
/** Call numbers start here, as in the worked examples of the protocol sheet, and are never used twice. */
const firstCallId = 0x0100_0001;

const customerNumber = '5551234';
const noData: CallData = { variables: new Map(), namedVariables: new Map() };

/** One agent's part of a call: for the CTI server a call of its own, keyed by call number and device. */
export interface Leg {
  callId: number;
  readonly agent: Agent;
  readonly device: string;
  readonly kind: CallKind;
  state: LegState;
}

/** Texts that travel with a call: CallVariable1 to 10 by number, and named (ECC) variables. */
export interface CallData {
  readonly variables: ReadonlyMap<number, string>;
  readonly namedVariables: ReadonlyMap<string, string>;
}

/** One change of a call's data or key: the variables that changed, and its new number when it got one. */
export interface DataUpdate {
  readonly variables: ReadonlyMap<number, string>;
  readonly newCallId: number | undefined;
}

export interface Call {
  callId: number;
  data: CallData;
  readonly kind: CallKind;
  readonly customer: string;
  readonly legs: Leg[];
}

export interface CallOrder {
  /** Without it: routed (`acd`) to an AVAILABLE agent, straight to the extension (`direct`) to any other. */
  readonly kind?: CallKind | undefined;
  /** false leaves the call ringing. */
  readonly answered?: boolean | undefined;
  readonly customer?: string | undefined;
  readonly data?: CallData | undefined;
}

/** The calls at the agents' devices, told step by step in the order of the protocol sheet. */
export class Calls {
  readonly #calls = new Map<number, Call>();
  #nextCallId = firstCallId;

  constructor(
    private readonly agents: Agents,
    private readonly emit: EmitModelEvent,
  ) {}

  get all(): IterableIterator<Call> {
    return this.#calls.values();
  }

  find(callId: number): Call | undefined {
    return this.#calls.get(callId);
  }

  start(agent: Agent, order: CallOrder = {}): Call | Refusal {
    const kind = order.kind ?? (agent.resting.state === 'AVAILABLE' ? 'acd' : 'direct');
    const obstacle = obstacleToCall(agent, order.kind, kind);
    if (obstacle !== undefined) return obstacle;
    const call: Call = {
      callId: this.#nextCallId++,
      kind,
      customer: order.customer ?? customerNumber,
      legs: [],
      data: order.data ?? noData,
    };
    this.#calls.set(call.callId, call);
    const leg = this.#addLeg(call, agent, kind);
    if (kind === 'outbound') {
      this.#dial(call, leg);
      return call;
    }
    this.#ring(call, leg);
    if (order.answered !== false) this.answer(call);
    return call;
  }

  /** Picks up every ringing leg. */
  answer(call: Call): undefined | Refusal {
    const ringing = call.legs.filter((leg) => leg.state === 'alerting');
    if (ringing.length === 0) return refusal('notRinging', `Call ${call.callId} does not ring.`);
    for (const leg of ringing) this.#setLeg(call, leg, 'connected', 'established');
    return undefined;
  }

  hold(call: Call, leg: Leg): undefined | Refusal {
    if (leg.state !== 'connected')
      return refusal('notConnected', `Call ${call.callId} is ${leg.state}, not connected.`);
    this.#setLeg(call, leg, 'held', 'held');
    return undefined;
  }

  retrieve(call: Call, leg: Leg): undefined | Refusal {
    if (leg.state !== 'held') return refusal('notHeld', `Call ${call.callId} is ${leg.state}, not held.`);
    if (isBusy(leg.agent)) return refusal('busy', `Agent ${leg.agent.agentId} talks on another call.`);
    this.#setLeg(call, leg, 'connected', 'retrieved');
    return undefined;
  }

  /** Single-step conference: the other agent joins the call. */
  conference(call: Call, to: Agent): Leg | Refusal {
    const from = call.legs.find((leg) => leg.state !== 'alerting');
    if (from === undefined) return refusal('notConnected', `Call ${call.callId} was not answered yet.`);
    const obstacle = obstacleToCall(to, undefined, 'direct') ?? obstacleToLeg(call, to);
    if (obstacle !== undefined) return obstacle;
    const leg = this.#addLeg(call, to, 'direct');
    this.#ring(call, leg);
    this.#setLeg(call, leg, 'connected', 'established');
    this.#tell('conferenced', call, from, leg);
    return leg;
  }

  /** Single-step transfer: the other agent takes over from the first who had answered. */
  transfer(call: Call, to: Agent): Leg | Refusal {
    const from = call.legs.find((leg) => leg.state !== 'alerting');
    if (from === undefined) return refusal('notConnected', `Call ${call.callId} was not answered yet.`);
    const obstacle = obstacleToCall(to, undefined, 'direct') ?? obstacleToLeg(call, to);
    if (obstacle !== undefined) return obstacle;
    const leg = this.#addLeg(call, to, 'direct');
    this.#ring(call, leg);
    this.#setLeg(call, leg, 'connected', 'established');
    this.#tell('transferred', call, from, leg);
    this.#clearLeg(call, from, { callEnds: false });
    return leg;
  }

  /** Changes variables, and with `renumber` the key of the call as well; each leg is told under the number it had. */
  changeData(call: Call, changes: CallData, renumber: boolean): void {
    const { variables, namedVariables } = call.data;
    call.data = {
      variables: new Map([...variables, ...changes.variables]),
      namedVariables: new Map([...namedVariables, ...changes.namedVariables]),
    };
    const newCallId = renumber ? this.#nextCallId++ : undefined;
    for (const leg of call.legs) {
      this.#tell('dataUpdated', call, leg, undefined, { variables: changes.variables, newCallId });
    }
    if (newCallId === undefined) return;
    this.#calls.delete(call.callId);
    call.callId = newCallId;
    for (const leg of call.legs) leg.callId = newCallId;
    this.#calls.set(newCallId, call);
  }

  /** The caller was not answered and is redirected: the agent becomes Not Ready 32767. */
  redirect(call: Call): undefined | Refusal {
    const leg = call.legs.find((candidate) => candidate.state === 'alerting');
    if (leg === undefined) return refusal('notRinging', `Call ${call.callId} does not ring.`);
    this.agents.missCall(leg.agent);
    this.#clearLeg(call, leg, { callEnds: call.legs.length === 1 });
    return undefined;
  }

  /** One agent leaves; the call ends with its last agent. */
  release(call: Call, leg: Leg): void {
    this.#clearLeg(call, leg, { callEnds: call.legs.length === 1 });
  }

  end(call: Call): void {
    for (const leg of [...call.legs]) this.#clearLeg(call, leg, { callEnds: true });
  }

  #addLeg(call: Call, agent: Agent, kind: CallKind): Leg {
    const state = kind === 'outbound' ? 'connected' : 'alerting';
    const leg: Leg = { callId: call.callId, agent, device: agent.extension, kind, state };
    call.legs.push(leg);
    agent.legs.push(leg);
    return leg;
  }

  #ring(call: Call, leg: Leg): void {
    if (leg.kind === 'acd') this.#tell('preCall', call, leg);
    this.agents.show(leg.agent);
    this.#tell('begun', call, leg);
    this.#tell('delivered', call, leg);
  }

  #dial(call: Call, leg: Leg): void {
    this.#tell('begun', call, leg);
    this.#tell('serviceInitiated', call, leg);
    this.agents.show(leg.agent);
    this.#tell('originated', call, leg);
    this.#tell('delivered', call, leg);
    this.#tell('established', call, leg);
  }

  #setLeg(call: Call, leg: Leg, state: LegState, step: CallStep): void {
    leg.state = state;
    this.#tell(step, call, leg);
    this.agents.show(leg.agent);
  }

  #clearLeg(call: Call, leg: Leg, how: { callEnds: boolean }): void {
    this.#tell('connectionCleared', call, leg);
    if (how.callEnds) this.#tell('cleared', call, leg);
    remove(call.legs, leg);
    remove(leg.agent.legs, leg);
    const answeredRouted = leg.kind === 'acd' && leg.state !== 'alerting';
    if (leg.agent.legs.length === 0) this.agents.restAfterCalls(leg.agent, answeredRouted);
    else this.agents.show(leg.agent);
    if (call.legs.length === 0) this.#calls.delete(call.callId);
    this.#tell('ended', call, leg);
  }

  #tell(step: CallStep, call: Call, leg: Leg, otherLeg?: Leg, update?: DataUpdate): void {
    this.emit({ kind: 'call', step, call, leg, otherLeg, update });
  }
}

function isBusy(agent: Agent): boolean {
  return agent.legs.some((leg) => leg.state !== 'held');
}

function obstacleToCall(agent: Agent, asked: CallKind | undefined, kind: CallKind): Refusal | undefined {
  const who = `Agent ${agent.agentId}`;
  // A phone rings without its agent, but only when that is said expressly.
  if (agent.resting.state === 'LOGOUT' && (asked === undefined || asked === 'acd')) {
    return refusal('loggedOut', `${who} is logged out.`);
  }
  if (kind === 'acd' && agent.resting.state !== 'AVAILABLE') {
    return refusal('notAvailable', `${who} is ${agent.resting.state}: a routed call goes to an AVAILABLE agent.`);
  }
  if (isBusy(agent)) return refusal('busy', `${who} has a call that is not held.`);
  if (agent.legs.length >= callsPerAgentMax) return refusal('tooManyCalls', `${who} has ${callsPerAgentMax} calls.`);
  return undefined;
}

function obstacleToLeg(call: Call, agent: Agent): Refusal | undefined {
  if (call.legs.some((leg) => leg.agent === agent)) {
    return refusal('alreadyOnCall', `Agent ${agent.agentId} is on call ${call.callId} already.`);
  }
  return call.legs.length >= legsPerCallMax
    ? refusal('tooManyParties', `Call ${call.callId} has ${legsPerCallMax} agents.`)
    : undefined;
}

function remove<T>(list: T[], item: T): void {
  const index = list.indexOf(item);
  if (index >= 0) list.splice(index, 1);
}
