import { connect, type Socket } from 'node:net';
import { client, type Element, type Parser, xml } from '@xmpp/client';
import { WebSocket } from 'ws';
import { type Cable, cableOf } from '../network/packet-drop';
import { waitFor, waitForEvent } from '../wait';

/**
 * Desktops at a real XMPP server: light clients, hundreds of them in one process. They sign in with PLAIN (the servers are
 * on loopback), answer pings and stream management, and can die as desktops do.
 */

export interface XmppDesktopOptions {
  /** TCP port of the server for clients, or the address of its WebSocket. */
  readonly at: number | string;
  readonly user: string;
  readonly password: string;
  readonly resource: string;
  readonly domain?: string;
  /** Asks for stream management with resumption (XEP-0198). Default false. */
  readonly sm?: boolean;
}

const smNamespace = 'urn:xmpp:sm:3';

/** What both transports look like from above. */
interface Wire {
  readonly header: string;
  readonly cable: Cable | undefined;
  send(text: string): void;
  onText(listener: (text: string) => void): void;
  onEnd(listener: () => void): void;
  /** No farewell: as a killed process, or the end of a cable. */
  drop(): void;
  pause(): void;
  resume(): void;
}

/** Somebody who waits for an element. */
interface Waiter {
  readonly is: (element: Element) => boolean;
  readonly found: PromiseWithResolvers<Element>;
}

type Emitting = Parser & { on(event: string, listener: (element: Element) => void): void };

export class XmppDesktop {
  readonly heard: Element[] = [];
  jid = '';
  ended = false;
  /** When anything came from the server last; epoch ms. */
  heardAt = 0;
  private wire!: Wire;
  private parser!: Emitting;
  private readonly waiters = new Set<Waiter>();
  private end = Promise.withResolvers<undefined>();
  private handled = 0;
  private smId = '';
  private pings = 0;

  private constructor(private readonly options: XmppDesktopOptions) {}

  get cable(): Cable | undefined {
    return this.wire.cable;
  }

  /** Signs in and is available. */
  static async open(options: XmppDesktopOptions): Promise<XmppDesktop> {
    const desktop = new XmppDesktop(options);
    await desktop.authenticate();
    await desktop.bind();
    desktop.available();
    return desktop;
  }

  available(inside = '<priority>0</priority>'): void {
    this.send(`<presence xmlns='jabber:client'>${inside}</presence>`);
  }

  /** Signs off as a good client does. */
  bye(): void {
    this.send("<presence xmlns='jabber:client' type='unavailable'/>");
    this.send(
      typeof this.options.at === 'number' ? '</stream:stream>' : "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>",
    );
  }

  send(text: string): void {
    this.wire.send(text);
  }

  /** Asks for any sign of life; whoever waits for the answer knows that the server has handled all that was sent before. */
  async ping(): Promise<void> {
    const id = `ping-${String(++this.pings)}`;
    const answered = this.next(({ name, attrs }) => name === 'iq' && attrs['id'] === id);
    const to = this.options.domain ?? 'localhost';
    this.send(xml('iq', { xmlns: 'jabber:client', type: 'get', id, to }, xml('ping', 'urn:xmpp:ping')).toString());
    await answered;
  }

  /** The connection is no more. */
  async whenEnded(): Promise<void> {
    await this.end.promise;
  }

  /** Dies without a word. */
  kill(): void {
    this.wire.drop();
  }

  /** Half-open: the connection stays, nothing is read or answered any more. */
  freeze(): void {
    this.wire.pause();
  }

  thaw(): void {
    this.wire.resume();
  }

  /** Comes back on a new connection and takes up the old session; fails when the server has given it up. */
  async resume(): Promise<void> {
    // An end that is heard of later would be taken for the new connection's.
    await this.whenEnded();
    await this.authenticate();
    this.send(`<resume xmlns='${smNamespace}' h='${String(this.handled)}' previd='${this.smId}'/>`);
    const answer = await this.next(({ name }) => name === 'resumed' || name === 'failed');
    if (answer.name !== 'resumed') throw new Error(`${this.jid} was not resumed: ${answer.toString()}`);
  }

  /** Waits for the first element from now on that is what is looked for. */
  next(is: (element: Element) => boolean): Promise<Element> {
    const waiter: Waiter = { is, found: Promise.withResolvers() };
    this.waiters.add(waiter);
    if (this.ended) this.refuse(waiter);
    const { user } = this.options;
    const seen = (): string => String(this.heard.at(-1));
    return waitForEvent(`${user} to be answered`, waiter.found.promise, { seen }).finally(() => {
      this.waiters.delete(waiter);
    });
  }

  private refuse({ found }: Waiter): void {
    found.reject(new Error(`the connection of ${this.options.user} ended`));
  }

  private async authenticate(): Promise<void> {
    const { at, user, password, domain = 'localhost' } = this.options;
    this.ended = false;
    this.end = Promise.withResolvers();
    this.wire = typeof at === 'number' ? await overTcp(at, domain) : await overWebSocket(at, domain);
    this.listen();
    await this.opened();
    const credentials = Buffer.from(`\0${user}\0${password}`).toString('base64');
    const answered = this.next(({ name }) => name === 'success' || name === 'failure');
    this.send(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${credentials}</auth>`);
    if ((await answered).name === 'failure') throw new Error(`${user} was not let in: ${String(this.heard.at(-1))}`);
    this.parser = parserOf(at);
    this.follow();
    await this.opened();
  }

  private async opened(): Promise<void> {
    const features = this.next(({ name }) => /^(stream:)?features$/.test(name));
    this.send(this.wire.header);
    await features;
  }

  private async bind(): Promise<void> {
    const bound = this.next(({ name, attrs }) => name === 'iq' && attrs['id'] === 'bind');
    this.send(
      xml(
        'iq',
        { xmlns: 'jabber:client', type: 'set', id: 'bind' },
        xml('bind', 'urn:ietf:params:xml:ns:xmpp-bind', xml('resource', {}, this.options.resource)),
      ).toString(),
    );
    this.jid = (await bound).getChild('bind')?.getChildText('jid') ?? '';
    if (this.options.sm !== true) return;
    const enabled = this.next(({ name }) => name === 'enabled');
    this.handled = 0;
    this.send(`<enable xmlns='${smNamespace}' resume='true'/>`);
    this.smId = (await enabled).attrs['id'] ?? '';
    this.handled = 0;
  }

  private listen(): void {
    this.parser = parserOf(this.options.at);
    this.follow();
    const { wire } = this;
    wire.onText((text) => {
      this.heardAt = Date.now();
      this.parser.write(text);
    });
    wire.onEnd(() => {
      if (wire !== this.wire) return;
      this.ended = true;
      this.end.resolve(undefined);
      for (const waiter of this.waiters) this.refuse(waiter);
    });
  }

  private follow(): void {
    this.parser.on('element', (element) => {
      if (['message', 'presence', 'iq'].includes(element.name)) this.handled += 1;
      if (element.is('r', smNamespace)) this.send(`<a xmlns='${smNamespace}' h='${String(this.handled)}'/>`);
      if (element.name === 'iq' && element.getChild('ping') !== undefined) this.pong(element);
      this.heard.push(element);
      if (this.heard.length > heardMax) this.heard.splice(0, heardMax / 2);
      for (const { is, found } of this.waiters) if (is(element)) found.resolve(element);
    });
  }

  private pong({ attrs }: Element): void {
    this.send(xml('iq', { xmlns: 'jabber:client', type: 'result', id: attrs['id'], to: attrs['from'] }).toString());
  }
}

const heardMax = 10_000;

/**
 * Opens many, a few at a time, over all transports in turn. As clients do, each tries again when its connection breaks: an XMPP
 * server that has just started on a busy machine may drop some.
 */
export async function openDesktops(
  options: Omit<XmppDesktopOptions, 'at' | 'user' | 'resource'> & {
    readonly ports: readonly (number | string)[];
    readonly users: readonly string[];
    readonly resource?: string;
  },
): Promise<XmppDesktop[]> {
  const { ports, users, resource = 'desk', ...rest } = options;
  const desktops: XmppDesktop[] = [];
  for (let from = 0; from < users.length; from += openingsMax) {
    const batch = users.slice(from, from + openingsMax);
    desktops.push(
      ...(await Promise.all(
        batch.map((user, index) => {
          const at = ports[(from + index) % ports.length]!;
          return waitFor(`the desktop of ${user}`, () => XmppDesktop.open({ ...rest, user, resource, at }));
        }),
      )),
    );
  }
  return desktops;
}

const openingsMax = 50;

function parserOf(at: number | string): Emitting {
  const { transports } = client({ service: 'xmpp://localhost', domain: 'd', username: 'u', password: 'p' });
  // In the order of the library: WebSocket, TCP, TLS.
  return new transports[typeof at === 'string' ? 0 : 1]!.prototype.Parser() as Emitting;
}

async function overTcp(port: number, domain: string): Promise<Wire> {
  const socket = connect(port, '127.0.0.1');
  await settled(socket, 'connect');
  socket.setEncoding('utf8').setNoDelay(true);
  return {
    cable: cableOf(socket),
    header: `<?xml version='1.0'?><stream:stream to='${domain}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`,
    send: (text) => void socket.write(text),
    onText: (listener) => void socket.on('data', listener),
    onEnd: (listener) => void socket.once('close', listener),
    drop: () => {
      socket.resetAndDestroy();
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
  };
}

async function overWebSocket(url: string, domain: string): Promise<Wire> {
  const socket = new WebSocket(url, ['xmpp']);
  let cable: Cable | undefined;
  socket.once('upgrade', (response) => (cable = cableOf(response.socket)));
  await settled(socket, 'open');
  return {
    cable,
    header: `<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='${domain}' version='1.0'/>`,
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    onText: (listener) =>
      void socket.on('message', (data: Buffer) => {
        listener(data.toString());
      }),
    onEnd: (listener) => void socket.once('close', listener),
    drop: () => {
      socket.terminate();
    },
    pause: () => {
      socket.pause();
    },
    resume: () => {
      socket.resume();
    },
  };
}

/** Faults after the beginning end in a close, which is listened to. */
async function settled(socket: Socket | WebSocket, event: 'connect' | 'open'): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    (socket as Socket).once(event, resolve).once('error', reject);
  });
  (socket as Socket).on('error', () => undefined);
}
