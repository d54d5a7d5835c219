import { Observable } from 'rxjs';
import { type LoggedRequest } from './cti/request-log';
import { type Desktop } from './desktops/desktop';
import { type Desktops } from './desktops/desktops';
import { viewAgent } from './http/views';
import { type Agent } from './model/agents';
import { type Simulator } from './simulator';

/** Changes are gathered this long, so that a busy contact centre does not flood a page. */
const gatherMs = 150;
/** Requests shown when a page opens. */
const recentRequestsMax = 200;

/** What changed since the last message; the first message of a subscription holds everything. */
interface Changes {
  readonly agents: ReturnType<typeof viewAgent>[];
  readonly desktops: Desktop['view'][];
  readonly requests: LoggedRequest[];
}

/** The live feed behind `GET /events`. It costs nothing while nobody listens. */
export class EventFeed {
  readonly #subscribers = new Set<(changes: Changes) => void>();
  readonly #agents = new Set<Agent>();
  readonly #desktops = new Set<Desktop>();
  readonly #requests = new Set<LoggedRequest>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly simulator: Simulator,
    private readonly desktops: Desktops,
  ) {
    simulator.centre.listen((event) => {
      if (this.#subscribers.size === 0) return;
      if (event.kind === 'agentState') this.#note(this.#agents, event.agent);
      if (event.kind === 'call') this.#note(this.#agents, event.leg.agent);
      if (event.kind === 'agentsAdded') for (const agent of event.agents) this.#note(this.#agents, agent);
    });
    simulator.requests.listen((request) => {
      this.#note(this.#requests, request);
    });
    desktops.listen((desktop) => {
      this.#note(this.#desktops, desktop);
    });
  }

  subscribe(): Observable<{ data: Changes }> {
    return new Observable((subscriber) => {
      const tell = (changes: Changes): void => {
        subscriber.next({ data: changes });
      };
      tell(this.#everything);
      this.#subscribers.add(tell);
      return () => this.#subscribers.delete(tell);
    });
  }

  get #everything(): Changes {
    return {
      agents: Array.from(this.simulator.centre.agents.all, viewAgent),
      desktops: this.desktops.all.map((desktop) => desktop.view),
      requests: this.simulator.requests.all.slice(-recentRequestsMax),
    };
  }

  #note<T>(set: Set<T>, item: T): void {
    if (this.#subscribers.size === 0) return;
    set.add(item);
    this.#timer ??= setTimeout(() => {
      this.#flush();
    }, gatherMs);
  }

  #flush(): void {
    this.#timer = undefined;
    const changes: Changes = {
      agents: Array.from(this.#agents, viewAgent),
      desktops: Array.from(this.#desktops, (desktop) => desktop.view),
      requests: [...this.#requests],
    };
    this.#agents.clear();
    this.#desktops.clear();
    this.#requests.clear();
    for (const tell of this.#subscribers) tell(changes);
  }
}
