import { type EmitModelEvent, type RequestOutcome } from './events';
import { judge, restAfterCall, type StateRequest, type Verdict } from './rules';
import { type SettingsHolder } from './settings';
import {
  isSameStanding,
  ReasonCode,
  shownStanding,
  type RestingState,
  type Standing,
  type StateName,
} from './standing';
import { type Leg } from './calls';

/** Numbers are given in steps of one from here: agent 1001 sits at extension 3001 and has ICMAgentID 5015. */
const firstAgentNumber = 1001;
const firstExtension = 3001;
const firstIcmAgentId = 5015;
/** Team 1 is TeamID 5001; a team has this many agents. */
const firstTeamId = 5001;
const agentsPerTeam = 10;
/** A peripheral gateway serves about 12 000 agents; more are for load tests. */
export const agentsMax = 100_000;

interface PendingChange {
  readonly standing: Standing<RestingState>;
  readonly forced: boolean;
  readonly requestId: number | undefined;
}

/** One agent of the peripheral. `legs` are the open calls at his device; `shown` is what was told last. */
export interface Agent {
  readonly agentId: string;
  readonly icmAgentId: number;
  readonly teamId: number;
  /** The first agent of each team leads it. */
  readonly supervisor: boolean;
  extension: string;
  resting: Standing<RestingState>;
  shown: Standing;
  pending: PendingChange | undefined;
  wrapUpEntered: boolean;
  readonly legs: Leg[];
  /** Epoch ms of the last change of `shown`. */
  since: number;
}

export function isOnCall(agent: Agent): boolean {
  return agent.legs.length > 0;
}

/** The agents of the peripheral and the only place where their states change. */
export class Agents {
  readonly #agents = new Map<string, Agent>();
  readonly #byExtension = new Map<string, Agent>();
  readonly #byIcmAgentId = new Map<number, Agent>();

  constructor(
    private readonly settings: SettingsHolder,
    private readonly emit: EmitModelEvent,
    private readonly now: () => number,
  ) {}

  get all(): IterableIterator<Agent> {
    return this.#agents.values();
  }

  get count(): number {
    return this.#agents.size;
  }

  find(agentId: string): Agent | undefined {
    return this.#agents.get(agentId);
  }

  /** By device: the agent who last signed in at that extension. */
  findByExtension(extension: string): Agent | undefined {
    return this.#byExtension.get(extension);
  }

  /** Whether the peripheral was set up with this device: one for each agent. */
  hasDevice(extension: string): boolean {
    const index = Number(extension) - firstExtension;
    return index >= 0 && index < this.count && extension === String(firstExtension + index);
  }

  findByIcmAgentId(icmAgentId: number): Agent | undefined {
    return this.#byIcmAgentId.get(icmAgentId);
  }

  /** Adds `count` logged-out agents with the next free numbers; at most `agentsMax` in all. */
  add(count: number): Agent[] {
    return this.#add(Array.from({ length: count }, () => undefined));
  }

  /** Adds logged-out agents whose ids are these, on the next free extensions; at most `agentsMax` in all. */
  addNamed(agentIds: readonly string[]): Agent[] {
    return this.#add([...new Set(agentIds)].filter((agentId) => !this.#agents.has(agentId)));
  }

  #add(agentIds: readonly (string | undefined)[]): Agent[] {
    const room = agentsMax - this.count;
    const added = agentIds.slice(0, room).map((agentId) => this.#addOne(this.count, agentId));
    this.emit({ kind: 'agentsAdded', agents: added });
    return added;
  }

  #addOne(index: number, agentId = String(firstAgentNumber + index)): Agent {
    const standing = { state: 'LOGOUT', reasonCode: ReasonCode.none } as const;
    const agent: Agent = {
      agentId,
      icmAgentId: firstIcmAgentId + index,
      teamId: firstTeamId + Math.floor(index / agentsPerTeam),
      supervisor: index % agentsPerTeam === 0,
      extension: String(firstExtension + index),
      resting: standing,
      shown: standing,
      pending: undefined,
      wrapUpEntered: false,
      legs: [],
      since: this.now(),
    };
    this.#agents.set(agent.agentId, agent);
    this.#byExtension.set(agent.extension, agent);
    this.#byIcmAgentId.set(agent.icmAgentId, agent);
    return agent;
  }

  judge(agent: Agent, request: StateRequest): Verdict {
    const facts = { resting: agent.resting, onCall: isOnCall(agent), wrapUpEntered: agent.wrapUpEntered };
    return judge(facts, request, this.settings.current);
  }

  /** Takes a verdict into effect and tells what came of the request. */
  carryOut(agent: Agent, verdict: Verdict, requestId?: number): void {
    switch (verdict.kind) {
      case 'apply': {
        this.#dropPending(agent);
        if (agent.resting.state === 'LOGOUT') this.#tell(agent, { state: 'LOGIN', reasonCode: 0 }, undefined);
        this.#rest(agent, verdict.standing, requestId);
        return;
      }
      case 'pending':
        this.#dropPending(agent);
        agent.pending = { standing: verdict.standing, forced: verdict.forced, requestId };
        this.#settle(requestId, { kind: 'pending', standing: verdict.standing });
        this.show(agent, { always: true });
        return;
      case 'nothing':
        this.show(agent, { always: true, requestId });
        return;
      case 'refuse':
        this.#settle(requestId, {
          kind: 'rejected',
          failureCode: verdict.failureCode,
          peripheralErrorCode: verdict.peripheralErrorCode,
        });
        return;
    }
  }

  /** Gives the agent the device he signs in at; whoever was known there before is found by his own number only. */
  moveTo(agent: Agent, extension: string): void {
    if (this.#byExtension.get(agent.extension) === agent) this.#byExtension.delete(agent.extension);
    agent.extension = extension;
    this.#byExtension.set(extension, agent);
  }

  /** Called when a leg was added, changed or removed: the state follows the calls. */
  show(agent: Agent, how: { always?: boolean; requestId?: number | undefined } = {}): void {
    const standing = shownStanding(agent.resting, agent.legs, this.settings.current.mode);
    const changed = !isSameStanding(standing, agent.shown);
    if (changed || how.always === true) this.#tell(agent, standing, how.requestId);
    else this.#settle(how.requestId, { kind: 'became', standing, effective: false });
  }

  /** A routed call was not answered: the agent will rest Not Ready 32767. */
  missCall(agent: Agent): void {
    if (agent.resting.state === 'LOGOUT') return;
    agent.resting = { state: 'NOT_READY', reasonCode: ReasonCode.notAnswered };
  }

  /** The last call is over: what was pending takes effect, a wrap-up begins, or the former state is back. */
  restAfterCalls(agent: Agent, routed: boolean): void {
    const { pending } = agent;
    agent.pending = undefined;
    if (agent.resting.state === 'LOGOUT') return;
    agent.wrapUpEntered = false;
    const standing = restAfterCall(agent.resting, pending, routed, this.settings.current);
    this.#rest(agent, standing, pending?.requestId);
  }

  #rest(agent: Agent, standing: Standing<RestingState>, requestId: number | undefined): void {
    agent.resting = standing;
    this.show(agent, { always: requestId !== undefined, requestId });
  }

  #tell(agent: Agent, standing: Standing, requestId: number | undefined): void {
    const duplicate = isSameStanding(standing, agent.shown);
    const previousState: StateName = agent.shown.state;
    if (!duplicate) agent.since = this.now();
    agent.shown = standing;
    const nextState = agent.pending?.standing.state;
    this.emit({ kind: 'agentState', agent, standing, previousState, nextState, duplicate, requestId });
    this.#settle(requestId, { kind: 'became', standing, effective: !duplicate });
  }

  #dropPending(agent: Agent): void {
    const requestId = agent.pending?.requestId;
    agent.pending = undefined;
    this.#settle(requestId, { kind: 'replaced' });
  }

  #settle(requestId: number | undefined, outcome: RequestOutcome): void {
    if (requestId !== undefined) this.emit({ kind: 'requestSettled', requestId, outcome });
  }
}
