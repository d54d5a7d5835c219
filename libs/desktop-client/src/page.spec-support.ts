import { type DesktopEvents, type ConnectOptions } from './connect';
import { DesktopLife } from './desktop-life';
import {
  type Answer,
  type Memory,
  type PageListener,
  type Request,
  type Socket,
  type Surroundings,
} from './surroundings';

export const primary = 'https://primary.example';
export const secondary = 'https://secondary.example';

/** A server as a desktop meets it: whether it answers, what it says, which sockets it got. */
export class FakeServer {
  isUp = true;
  status: 'IN_SERVICE' | 'OUT_OF_SERVICE' = 'IN_SERVICE';
  /** What it answers to those who want a ticket. */
  ticketStatus = 200;
  /** Opens are acknowledged as they come. */
  acknowledges = true;
  mustSignIn = false;
  epoch = 1;
  /** What it was asked over HTTP, as `GET /path`. */
  readonly asked: string[] = [];
  readonly tokens: string[] = [];
  readonly sockets: FakeSocket[] = [];

  get last(): FakeSocket {
    const last = this.sockets.at(-1);
    if (last === undefined) throw new Error('nobody has connected');
    return last;
  }

  answer(path: string, { method, headers }: Request): Answer {
    this.asked.push(`${method} ${path}`);
    if (!this.isUp) throw new Error('connection refused');
    if (path === '/api/system-info') return { status: 200, json: () => Promise.resolve({ status: this.status }) };
    this.tokens.push(headers['Authorization'] ?? '');
    const body =
      this.ticketStatus === 200
        ? { ticket: `ticket-${String(this.tokens.length)}`, expiresInMs: 30_000 }
        : { error: { code: 'X', sentence: 'the token has expired' } };
    return { status: this.ticketStatus, json: () => Promise.resolve(body) };
  }
}

export class FakeSocket implements Socket {
  onopen: Socket['onopen'] = null;
  onmessage: Socket['onmessage'] = null;
  onclose: Socket['onclose'] = null;
  readyState = 0;
  readonly sent: Record<string, unknown>[] = [];
  isClosedByPage = false;
  /** Says nothing any more and hears nothing, as with a pulled cable. */
  isDead = false;

  constructor(
    readonly url: string,
    private readonly server: FakeServer,
  ) {}

  /** The connection is made, or cannot be made. */
  settle(): void {
    if (!this.server.isUp) {
      this.end(1006);
      return;
    }
    this.readyState = 1;
    this.onopen?.();
  }

  send(text: string): void {
    const message = JSON.parse(text) as Record<string, unknown>;
    this.sent.push(message);
    if (this.isDead) return;
    if (message['type'] === 'open' && this.server.acknowledges) this.acknowledge();
    if (message['type'] === 'ping') this.tell({ type: 'pong', n: message['n'] });
  }

  close(): void {
    this.isClosedByPage = true;
    this.readyState = 2;
  }

  acknowledge(): void {
    const { epoch, mustSignIn } = this.server;
    this.tell({ type: 'opened', epoch, mustSignIn, byeToken: `secret of ${this.url}` });
  }

  tell(message: unknown): void {
    this.onmessage?.({ data: typeof message === 'string' ? message : JSON.stringify(message) });
  }

  end(code: number, reason = ''): void {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }

  get saidBye(): boolean {
    return this.sent.some(({ type }) => type === 'bye');
  }
}

class TabMemory implements Memory {
  readonly values = new Map<string, string>();
  getItem(key: string): string | null {
    return this.values.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.values.set(key, value);
  }
  removeItem(key: string): void {
    this.values.delete(key);
  }
}

interface Timer {
  readonly at: number;
  readonly act: () => void;
}

/** A page with a clock that the test moves, and two servers. */
export class FakePage implements Surroundings {
  readonly servers = { [primary]: new FakeServer(), [secondary]: new FakeServer() } as const;
  readonly memory = new TabMemory();
  readonly beacons: { readonly url: string; readonly body: unknown }[] = [];
  listener: PageListener | undefined;
  /** What the dice say next, and ever after. */
  dice = 0.5;
  nowMs = 1_000_000;
  private ids = 0;
  private timers: Timer[] = [];

  readonly after = (ms: number, act: () => void): (() => void) => {
    const timer = { at: this.nowMs + ms, act };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  };
  now(): number {
    return this.nowMs;
  }
  random(): number {
    return this.dice;
  }
  randomId(): string {
    return `tab-${String(++this.ids)}`;
  }
  openSocket(url: string): FakeSocket {
    const server = this.serverOf(url);
    const socket = new FakeSocket(url, server);
    server.sockets.push(socket);
    this.after(0, () => {
      socket.settle();
    });
    return socket;
  }
  request(url: string, request: Request): Promise<Answer> {
    return Promise.resolve().then(() => this.serverOf(url).answer(new URL(url).pathname, request));
  }
  beacon(url: string, body: string): void {
    this.beacons.push({ url, body: JSON.parse(body) });
  }
  follow(listener: PageListener): () => void {
    this.listener = listener;
    return () => {
      this.listener = undefined;
    };
  }

  get waiting(): number {
    return this.timers.length;
  }

  /** Time passes; what is due happens, in order, and what follows from it. */
  async pass(ms: number): Promise<void> {
    const until = this.nowMs + ms;
    await settled();
    for (let due = this.firstDue(until); due !== undefined; due = this.firstDue(until)) {
      this.nowMs = Math.max(this.nowMs, due.at);
      this.timers = this.timers.filter((timer) => timer !== due);
      due.act();
      await settled();
    }
    this.nowMs = until;
  }

  /** The page stands still: time passes and nothing happens; what is due then is late. */
  sleep(ms: number): void {
    this.nowMs += ms;
  }

  private firstDue(until: number): Timer | undefined {
    const [first] = this.timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
    return first;
  }

  private serverOf(url: string): FakeServer {
    return url.includes('primary') ? this.servers[primary] : this.servers[secondary];
  }
}

/** What follows from what has happened, without time passing: promises that wait for each other. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

type Heard = { [Name in keyof DesktopEvents]: readonly [Name, DesktopEvents[Name]] }[keyof DesktopEvents];

/** A desktop on that page, with everything that it told. */
export class Observed {
  readonly heard: Heard[] = [];
  readonly desktop: DesktopLife;

  constructor(page: FakePage, options: Partial<ConnectOptions> = {}) {
    this.desktop = new DesktopLife({ servers: [primary, secondary], token: () => 'jwt', ...options }, page);
    const names = [
      'opened',
      'mustSignIn',
      'failover',
      'outOfService',
      'interrupted',
      'tokenRefused',
      'closed',
    ] as const;
    for (const name of names) this.desktop.on(name, (event) => this.heard.push([name, event] as Heard));
  }

  get names(): string[] {
    return this.heard.map(([name]) => name);
  }

  of<Name extends keyof DesktopEvents>(name: Name): DesktopEvents[Name][] {
    return this.heard.flatMap(([heard, event]) => (heard === name ? [event as DesktopEvents[Name]] : []));
  }
}
