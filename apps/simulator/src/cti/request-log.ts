import { type RequestOutcome } from '../model/events';
import { type StateName } from '../model/standing';

/** Requests kept; the oldest go first. A day of forced logouts of a full peripheral fits. */
export const requestLogMax = 100_000;

/** One SET_AGENT_STATE_REQ as it was received, and what came of it. This list is the truth for tests. */
export interface LoggedRequest {
  readonly id: number;
  /** Epoch ms of this process, when the request was received. */
  readonly at: number;
  readonly side: 'A' | 'B';
  readonly sessionId: number;
  readonly clientId: string;
  readonly invokeId: number;
  readonly agentId: string;
  readonly state: number;
  readonly stateName: string;
  readonly reasonCode: number;
  readonly forced: boolean;
  readonly forcedFlag: number;
  /** It carries a supervisor's id: the reason of the agent's Not Ready or LOGOUT is then 999, whatever was asked for. */
  readonly bySupervisor: boolean;
  /** How the agent was found. */
  readonly stateBefore: StateName | null;
  readonly onCall: boolean;
  /** loggedOut, notReady, became <STATE>, pending, replaced, rejected, failed, silenced, received. */
  outcome: string;
  /** The code of a refusal: `22/10112` or a status. */
  code: string | null;
  /** Epoch ms of the last change of `outcome`. */
  outcomeAt: number;
  /** true when the request changed the agent's state or reason code. */
  effective: boolean;
}

type Received = Omit<LoggedRequest, 'id' | 'outcome' | 'code' | 'outcomeAt' | 'effective'>;

export class RequestLog {
  readonly #requests = new Map<number, LoggedRequest>();
  readonly #listeners = new Set<(request: LoggedRequest) => void>();
  #nextId = 1;

  constructor(private readonly now: () => number) {}

  /** In the order of arrival. */
  get all(): LoggedRequest[] {
    return [...this.#requests.values()];
  }

  listen(listener: (request: LoggedRequest) => void): void {
    this.#listeners.add(listener);
  }

  add(received: Received): LoggedRequest {
    const request: LoggedRequest = {
      id: this.#nextId++,
      ...received,
      outcome: 'received',
      code: null,
      outcomeAt: received.at,
      effective: false,
    };
    this.#requests.set(request.id, request);
    if (this.#requests.size > requestLogMax) this.#dropOldest();
    this.#tell(request);
    return request;
  }

  settle(requestId: number, outcome: RequestOutcome): void {
    const request = this.#requests.get(requestId);
    if (request === undefined) return;
    Object.assign(request, inWords(outcome), { outcomeAt: this.now() });
    if (outcome.kind === 'became') request.effective = outcome.effective;
    this.#tell(request);
  }

  clear(): void {
    this.#requests.clear();
  }

  #dropOldest(): void {
    for (const id of this.#requests.keys()) {
      this.#requests.delete(id);
      return;
    }
  }

  #tell(request: LoggedRequest): void {
    for (const listener of this.#listeners) listener(request);
  }
}

function inWords(outcome: RequestOutcome): { outcome: string; code: string | null } {
  switch (outcome.kind) {
    case 'became':
      return { outcome: becameInWords[outcome.standing.state] ?? `became ${outcome.standing.state}`, code: null };
    case 'rejected':
      return { outcome: 'rejected', code: `${outcome.failureCode}/${outcome.peripheralErrorCode}` };
    case 'failed':
      return { outcome: 'failed', code: String(outcome.status) };
    case 'pending':
    case 'replaced':
    case 'silenced':
      return { outcome: outcome.kind, code: null };
  }
}

const becameInWords: Partial<Record<StateName, string>> = {
  LOGOUT: 'loggedOut',
  NOT_READY: 'notReady',
  AVAILABLE: 'available',
};
