import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type FinesseNotification, inShort } from './finesse-events';

import { pubsubService, type XmppSite } from './xmpp-site';
import { waitFor } from '../kit/wait';

/** Debian's Python, which has Debian's slixmpp. */
const python = '/usr/bin/python3';
const script = join(__dirname, 'slixmpp_desktop.py');
const stderrCharsMax = 5_000;

interface Answer {
  readonly status: number | string;
  readonly body?: string;
}

/** A desktop written in Python, as a process of its own. See slixmpp_desktop.py. */
export class SlixmppDesktop {
  readonly events: (FinesseNotification & { sender: string; namespace: string })[] = [];
  isOnline = false;
  private readonly child: ChildProcess;
  private readonly answers = new Map<number, Answer>();
  private readonly ended: Promise<unknown>;
  private stderr = '';
  private asked = 0;

  constructor(
    private readonly site: XmppSite,
    readonly agentId: string,
    resource = 'desk',
  ) {
    const { prosody, password } = site;
    const settings = {
      agentId,
      password,
      xmppHost: '127.0.0.1',
      xmppPort: prosody.c2sPort,
      domain: prosody.domain,
      resource,
    };
    const child = spawn(python, [script, JSON.stringify(settings)], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.child = child;
    child.stderr.on('data', (chunk: Buffer) => (this.stderr = (this.stderr + chunk.toString()).slice(-stderrCharsMax)));
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.heard(JSON.parse(line) as { saw: string; id: number });
    });
    this.ended = new Promise((resolve) => child.once('exit', resolve));
    // A killed desktop takes no commands any more.
    child.stdin.on('error', () => undefined);
  }

  /** Signs in to XMPP and sends presence. */
  async open(): Promise<this> {
    this.write({ do: 'open' });
    await waitFor(`agent ${this.agentId} to be online:\n${this.stderr}`, () => this.isOnline);
    return this;
  }

  put(side: 'primary' | 'secondary', body: string, requestId?: string): Promise<Answer> {
    const url = `${this.site.rest(side)}/User/${this.agentId}`;
    return this.ask({ do: 'rest', method: 'PUT', url, body: `<User>${body}</User>`, requestId });
  }

  get(side: 'primary' | 'secondary', path: string): Promise<Answer> {
    return this.ask({ do: 'rest', method: 'GET', url: `${this.site.rest(side)}/${path}` });
  }

  signIn(side: 'primary' | 'secondary', extension: string, requestId?: string): Promise<Answer> {
    return this.put(side, `<state>LOGIN</state><extension>${extension}</extension>`, requestId);
  }

  subscribe(node: string): Promise<Answer> {
    return this.ask({ do: 'subscribe', service: pubsubService, node });
  }

  /** Waits for the first event that reads so in short, after the first `after` ones. */
  async untilTold(short: string, after = 0): Promise<FinesseNotification> {
    const find = (): FinesseNotification | undefined =>
      this.events.slice(after).find((event) => inShort(event) === short);
    try {
      return await waitFor(`${this.agentId} to be told ${short}`, () => find());
    } catch (error) {
      const told = this.events.map((event) => inShort(event)).join('\n');
      throw new Error(`${(error as Error).message}; told so far:\n${told}\n${this.stderr}`, { cause: error });
    }
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  private async ask(command: Record<string, unknown>): Promise<Answer> {
    const id = (this.asked += 1);
    this.write({ ...command, id });
    return waitFor(`the answer to ${JSON.stringify(command)}\n${this.stderr}`, () => this.answers.get(id));
  }

  private write(command: Record<string, unknown>): void {
    this.child.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  private heard(seen: { saw: string; id: number }): void {
    if (seen.saw === 'online') this.isOnline = true;
    if (seen.saw === 'closed') this.isOnline = false;
    if (seen.saw === 'answer') this.answers.set(seen.id, seen as unknown as Answer);
    if (seen.saw === 'event') this.events.push(seen as never);
  }
}
