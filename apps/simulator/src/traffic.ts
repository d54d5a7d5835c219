import { type Call } from './model/calls';
import { type ContactCentre } from './model/contact-centre';
import { isRefusal } from './model/refusal';

export interface TrafficOrder {
  readonly callsPerAgentPerMinute: number;
  readonly talkMs: number;
}

/** How often calls are started and ended; each tick does its share. */
const tickMs = 20;
const minuteMs = 60_000;
/** A tick that comes late (a blocked event loop) makes up for at most this much. */
const arrearsMsMax = 1_000;

/**
 * Background calls: AVAILABLE agents get routed calls, one agent after the other, and every call ends after its talk
 * time. For load tests: 12 000 agents with 4 calls a minute are 800 calls per second without one HTTP request.
 */
export class Traffic {
  #order: TrafficOrder | undefined;
  #timer: NodeJS.Timeout | undefined;
  #owed = 0;
  #lastTickAt = 0;
  #started = 0;
  #agents: Iterator<ReturnType<ContactCentre['agents']['find']>> | undefined;
  readonly #open: { call: Call; endsAt: number }[] = [];

  constructor(private readonly centre: ContactCentre) {}

  get view() {
    return { order: this.#order ?? null, callsStarted: this.#started, callsOpen: this.#open.length };
  }

  start(order: TrafficOrder): void {
    this.stop();
    this.#order = order;
    this.#lastTickAt = performance.now();
    this.#timer = setInterval(() => {
      this.#tick(order);
    }, tickMs);
  }

  /** Starts no more calls and ends those that are open. */
  stop(): void {
    clearInterval(this.#timer);
    this.#order = undefined;
    for (const { call } of this.#open.splice(0)) this.centre.calls.end(call);
  }

  #tick(order: TrafficOrder): void {
    const now = performance.now();
    while (this.#open[0] !== undefined && this.#open[0].endsAt <= now) {
      const ended = this.#open.shift();
      if (ended !== undefined) this.centre.calls.end(ended.call);
    }
    const sinceMs = Math.min(now - this.#lastTickAt, arrearsMsMax);
    this.#lastTickAt = now;
    this.#owed += (this.centre.agents.count * order.callsPerAgentPerMinute * sinceMs) / minuteMs;
    let tries = this.centre.agents.count;
    while (this.#owed >= 1 && tries-- > 0) {
      if (this.#startOne(now + order.talkMs)) this.#owed--;
    }
    this.#owed = Math.min(this.#owed, 1);
  }

  /** Tries the next agent in turn. */
  #startOne(endsAt: number): boolean {
    const agent = this.#nextAgent();
    if (agent?.shown.state !== 'AVAILABLE') return false;
    const call = this.centre.calls.start(agent, { kind: 'acd' });
    if (isRefusal(call)) return false;
    this.#open.push({ call, endsAt });
    this.#started++;
    return true;
  }

  #nextAgent() {
    const next = this.#agents?.next();
    if (next !== undefined && next.done !== true) return next.value;
    this.#agents = this.centre.agents.all;
    const first = this.#agents.next();
    return first.done === true ? undefined : first.value;
  }
}
