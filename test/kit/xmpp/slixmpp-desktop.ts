import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { type FinesseNotification, inShort } from '../finesse/finesse-events';
import { TestProcess } from '../process';
import { pubsubService, type XmppSite } from '../site/xmpp-site';
import { hangMsMax, waitFor } from '../wait';
import { type XmppServer } from './xmpp-server';

/** Debian's Python, which has Debian's slixmpp. */
const python = '/usr/bin/python3';
const script = join(packageRoot(), 'test', 'kit', 'xmpp', 'slixmpp_desktop.py');

interface Answer {
  readonly status: number | string;
  readonly body?: string;
}

/** Where such a desktop signs in. */
export type SlixmppPlace = Pick<XmppSite, 'password' | 'rest'> & {
  readonly xmppServer: Pick<XmppServer, 'domain' | 'c2sPort'>;
  /** Signs in with PLAIN and nothing else, over TLS: from the first byte or by STARTTLS. Default: SCRAM without TLS. */
  readonly tls?: { readonly caFile: string; readonly direct: boolean };
};

/** A desktop written in Python, as a process of its own. See slixmpp_desktop.py. */
export class SlixmppDesktop {
  readonly events: (FinesseNotification & { sender: string; namespace: string })[] = [];
  isOnline = false;
  private readonly process: TestProcess;
  private readonly answers = new Map<number, Answer>();
  private asked = 0;

  constructor(
    private readonly site: SlixmppPlace,
    readonly agentId: string,
    resource = 'desk',
  ) {
    const { xmppServer, password, tls } = site;
    const settings = {
      ...{ agentId, password, resource, hangS: hangMsMax / 1_000 },
      ...{ xmppHost: '127.0.0.1', xmppPort: xmppServer.c2sPort, domain: xmppServer.domain, tls },
    };
    this.process = new TestProcess({
      name: `the slixmpp desktop of ${agentId}`,
      program: python,
      args: [script, JSON.stringify(settings)],
      env: process.env,
      onLine: (line, from) => {
        if (from === 'stdout') this.heard(JSON.parse(line) as { saw: string; id: number });
      },
    });
  }

  /** Signs in to XMPP and sends presence. */
  async open(): Promise<this> {
    this.write({ do: 'open' });
    await waitFor(`agent ${this.agentId} to be online`, () => this.isOnline, { seen: () => this.process.latest });
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
  untilTold(short: string, after = 0): Promise<FinesseNotification> {
    const look = (): FinesseNotification | undefined =>
      this.events.slice(after).find((event) => inShort(event) === short);
    const seen = (): unknown => [this.events.map((event) => inShort(event)), this.process.stderr];
    return waitFor(`${this.agentId} to be told ${short}`, look, { seen });
  }

  /** Its connection stays, and nobody answers. */
  freeze(): void {
    this.process.freeze();
  }

  /** As a power cut would. */
  kill(): Promise<void> {
    return this.process.kill9();
  }

  private async ask(command: Record<string, unknown>): Promise<Answer> {
    const id = (this.asked += 1);
    this.write({ ...command, id });
    const look = (): Answer | undefined => this.answers.get(id);
    return waitFor(`the answer to ${JSON.stringify(command)}`, look, { seen: () => this.process.latest });
  }

  private write(command: Record<string, unknown>): void {
    this.process.stdin.write(`${JSON.stringify(command)}\n`);
  }

  private heard(seen: { saw: string; id: number }): void {
    if (seen.saw === 'online') this.isOnline = true;
    if (seen.saw === 'closed') this.isOnline = false;
    if (seen.saw === 'answer') this.answers.set(seen.id, seen as unknown as Answer);
    if (seen.saw === 'event') this.events.push(seen as never);
  }
}
