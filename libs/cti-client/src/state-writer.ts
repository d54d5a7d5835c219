import { AgentState, AgentWorkMode, ForcedFlag, nameOf } from '#cti-protocol/enumerations';
import { type DraftOf } from '#cti-protocol/messages';
import { type CtiLink } from './link';
import { type Mirror } from './mirror';
import { type Answer } from './pending-requests';
import { type Refusal, spell } from './request-outcome';

/** A change that is asked for. */
export interface ChangeRequest {
  /** Asked right before every write, when nothing else can prevent it. */
  mayStillSend: () => boolean;
  /** Some peripherals want the agent's password for a sign-in or a sign-out (GED-188). */
  password?: string;
  /** On whose behalf, as CTI OS sends it for a supervisor. */
  supervisorId?: string;
}

/** One SET_AGENT_STATE_REQ. */
export interface StateOrder {
  readonly agentId: string;
  /** The device; undefined where none is known. */
  readonly instrument: string | undefined;
  readonly state: number;
  readonly reasonCode: number;
  readonly forced: boolean;
}

/** What an AGENT_STATE_EVENT said of an agent on the voice domain. */
export interface ToldState {
  readonly state: number;
  readonly reasonCode: number;
  /** What the agent becomes when its call ends, where the server said so. */
  readonly nextState: number | undefined;
}

/** What became of one write. Only an event proves; a CONF proves nothing (GED-188). */
export type Written<Proof> =
  | { kind: 'proved'; proof: Proof; told: ToldState }
  | { kind: 'refused'; refusal: Refusal }
  | { kind: 'inDoubt'; why: string }
  | { kind: 'notSent'; why: string };

/** Writes changes of agents' states, one at a time for each agent, and waits for what proves or refuses them. */
export class StateWriter {
  private readonly listeners = new Map<string, (told: ToldState) => void>();
  private readonly underWay = new Map<string, Promise<void>>();

  constructor(
    private readonly link: CtiLink,
    mirror: Mirror,
  ) {
    mirror.on('stateTold', (agentId, state, reasonCode, nextState) => {
      this.listeners.get(agentId)?.({ state, reasonCode, nextState });
    });
  }

  /** Resolves at the end of the change that is under way; undefined when none is. */
  changeOf(agentId: string): Promise<void> | undefined {
    return this.underWay.get(agentId);
  }

  /** Carries a change out with no other of the same agent beside it; undefined when another is under way. */
  async alone<Outcome>(agentId: string, change: () => Promise<Outcome>): Promise<Outcome | undefined> {
    if (this.underWay.has(agentId)) return undefined;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.underWay.set(agentId, promise);
    try {
      return await change();
    } finally {
      this.underWay.delete(agentId);
      resolve(undefined);
    }
  }

  /**
   * Nothing is awaited before the write; to be called on one's turn.
   *
   * @param readProof says what an event about the agent proves; undefined when nothing
   */
  async write<Proof>(
    order: StateOrder,
    request: ChangeRequest,
    readProof: (told: ToldState) => Proof | undefined,
  ): Promise<Written<Proof>> {
    const { promise, resolve } = Promise.withResolvers<Written<Proof>>();
    this.listeners.set(order.agentId, (told) => {
      const proof = readProof(told);
      if (proof !== undefined) resolve({ kind: 'proved', proof, told });
    });
    const hear = (answer: Answer): void => {
      const result = readAnswer(order, answer);
      if (result !== undefined) resolve(result);
    };
    const sent = this.link.send(this.draft(order, request), hear, request.mayStillSend);
    if (sent.kind === 'notSent') resolve(sent);
    try {
      return await promise;
    } finally {
      this.listeners.delete(order.agentId);
      if (sent.kind === 'sent') sent.exchange.end();
    }
  }

  private draft(order: StateOrder, request: ChangeRequest): (invokeId: number) => DraftOf<'SET_AGENT_STATE_REQ'> {
    return (InvokeID) => ({
      name: 'SET_AGENT_STATE_REQ',
      InvokeID,
      PeripheralID: this.link.peripheralId,
      AgentState: order.state,
      AgentWorkMode: AgentWorkMode.UNSPECIFIED,
      EventReasonCode: order.reasonCode,
      ForcedFlag: order.forced ? ForcedFlag.FORCED : ForcedFlag.NO,
      AgentServiceReq: 0,
      AgentInstrument: order.instrument,
      AgentID: order.agentId,
      AgentPassword: request.password,
      SupervisorID: request.supervisorId,
    });
  }
}

/** What an answer decides; undefined while the proof may still come. */
function readAnswer({ state }: StateOrder, answer: Answer): Exclude<Written<never>, { kind: 'proved' }> | undefined {
  switch (answer.kind) {
    case 'confirmed':
      return undefined;
    case 'controlFailure':
    case 'failure':
      return { kind: 'refused', refusal: answer };
    case 'timedOut':
    case 'lost':
      return { kind: 'inDoubt', why: `${nameOf(AgentState, state)} was written, then ${spell(answer)}` };
  }
}
