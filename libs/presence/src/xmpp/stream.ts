import { client, type Client, type Element, type Entity, type Transport } from '@xmpp/client';
import { type Component, component } from '@xmpp/component';
import { type TcpAddress, type WebSocketAddress, XmppTcpSocket, XmppWebSocket } from './sockets';
import { boundedParser } from './stanza-limits';
import { type StreamEnd, streamEndOf, StreamFault } from './stream-fault';

/** How to reach an XMPP server, and as whom. */
export interface StreamSettings {
  /** `component`: XEP-0114; `watcher`: a client of an account. */
  readonly mode: 'component' | 'watcher';
  /** `xmpp://host:port`, `xmpps://host:port`, for an account also `ws://…` and `wss://…`. */
  readonly url: string;
  /** The domain whose users are watched. */
  readonly domain: string;
  /** The component's name, or the account's name without its domain. */
  readonly user: string;
  readonly password: string;
  /** `required`: an account takes up TLS before anything else is said. A component's stream has none but over xmpps://. */
  readonly tls: 'required' | 'off';
  /** PEM of the CA for TLS; undefined: the system's. */
  readonly ca: string | undefined;
  /** An account's resource; without it the server chooses one. */
  readonly resource?: string;
  /** How long the server may take for one step: to be connected to, to answer a question. Default: 10 s. */
  readonly stepMsMax?: number;
}

export interface StreamListener {
  /** The stream can be used; `jid` is our own. What came before, even in the same packet, was told before. */
  online(jid: string): void;
  stanza(stanza: Element): void;
  /** Told once, as the last of all. */
  ended(end: StreamEnd): void;
}

export interface XmppStream {
  /** Nothing happens on a stream that has ended. */
  send(stanza: Element): void;
  /** Takes leave of the server, and waits for it no longer than a second. */
  close(): Promise<void>;
  /** Ends it without a word, for this reason. */
  fail(fault: StreamFault): void;
}

/** How long the server may take for one step, where nobody asks for another time. */
const usualStepMsMax = 10_000;

/** From the first packet to `online`: to be connected, and to sign in. */
const stepsToOnline = 2;

const farewellMsMax = 1_000;

/**
 * Opens a stream. It is never resumed and never opened anew: whoever wants another opens another, so that nothing of an
 * old one can be taken for news. The listener hears nothing before this function has returned.
 */
export function openStream(settings: StreamSettings, listener: StreamListener): XmppStream {
  return settings.mode === 'component' ? connectComponent(settings, listener) : connectAccount(settings, listener);
}

/** A component named `user`; `domain` is not asked for. */
export function connectComponent(settings: StreamSettings, listener: StreamListener): XmppStream {
  return new OwnStream(componentEntity(settings), { ...settings, domain: settings.user }, listener);
}

/** What it takes to be a component. */
export type ComponentSettings = Pick<StreamSettings, 'url' | 'domain' | 'user' | 'password' | 'ca' | 'stepMsMax'>;

/** The library's component with our socket and our limits; nothing is connected yet, and it is not to reconnect. */
export function componentEntity(settings: ComponentSettings): Component {
  const { url, user, password } = settings;
  const entity = component({ service: url, domain: user, password });
  entity.reconnect.stop();
  const address = tcpAddress(settings, 'none');
  entity.Socket = XmppTcpSocket;
  entity.Parser = boundedParser(entity.Parser);
  entity.socketParameters = () => address;
  entity.timeout = stepMsMaxOf(settings);
  return entity;
}

/**
 * A client of the account `user@domain`; SCRAM, or PLAIN where the server has nothing else and TLS is on. It takes up no
 * stream management: a stream of ours is never resumed, and the library counts stanzas that come in one packet with
 * `<enabled/>` before it starts to count, for which ejabberd ends the stream ("acknowledged more stanzas than sent").
 */
export function connectAccount(settings: StreamSettings, listener: StreamListener): XmppStream {
  const entity = accountEntity(settings);
  entity.prependListener('element', (element) => {
    if (element.is('features')) element.children = element.children.filter((child) => !isStreamManagement(child));
  });
  const stream = new OwnStream(entity, settings, listener);
  entity.on('nonza', (element) => {
    if (element.is('features') && demandsTls(element)) stream.fail(tlsDemanded);
  });
  return stream;
}

/** The library's client with our socket and our limits, as it is; nothing is connected yet, and it is not to reconnect. */
export function accountEntity(settings: StreamSettings): Client {
  const { url, domain, user: username, password, tls, resource } = settings;
  const entity = client({
    service: url,
    domain,
    username,
    password,
    timeout: stepMsMaxOf(settings),
    ...(resource === undefined ? {} : { resource }),
  });
  entity.reconnect.stop();
  const isWeb = /^wss?:/.test(url);
  const own = isWeb
    ? ownTransport(entity.transports, 'ws://localhost', XmppWebSocket, webAddress(settings))
    : ownTransport(
        entity.transports,
        'xmpp://localhost',
        XmppTcpSocket,
        tcpAddress(settings, tls === 'off' ? 'none' : 'startTls'),
      );
  entity.transports.splice(0, entity.transports.length, own);
  return entity;
}

function isStreamManagement(child: Element | string): boolean {
  return typeof child !== 'string' && child.name === 'sm';
}

const tlsDemanded = new StreamFault('insecure', 'the server demands TLS: XMPP_TLS=off is not for it');

/** The features are read by us once TLS was taken up or is not wanted. */
function demandsTls(features: Element): boolean {
  return features.getChild('starttls')?.getChild('required') !== undefined;
}

class OwnStream implements XmppStream {
  private fault: unknown;
  private ended = false;
  private readonly deadline: NodeJS.Timeout;

  constructor(
    private readonly entity: Entity,
    { url, domain, ...settings }: Pick<StreamSettings, 'url' | 'domain' | 'stepMsMax'>,
    private readonly listener: StreamListener,
  ) {
    entity.reconnect.stop();
    entity.on('error', (fault) => (this.fault ??= fault));
    entity.on('stanza', (stanza) => {
      if (!this.ended) listener.stanza(stanza);
    });
    entity.on('online', (jid) => {
      clearTimeout(this.deadline);
      if (!this.ended) listener.online(jid.toString());
    });
    entity.on('disconnect', () => {
      this.end();
    });
    const onlineMsMax = stepsToOnline * stepMsMaxOf(settings);
    this.deadline = setTimeout(() => {
      this.fail(new StreamFault('unreachable', `no stream came about within ${String(onlineMsMax)} ms`));
    }, onlineMsMax);
    setImmediate(() => void this.open(url, domain));
  }

  send(stanza: Element): void {
    // A stream that cannot be written to is about to say that it has ended.
    if (!this.ended) this.entity.send(stanza).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.fault ??= new StreamFault('closed', 'closed by us');
    const { promise: late, resolve } = Promise.withResolvers<null>();
    const timer = setTimeout(resolve, farewellMsMax, null);
    await Promise.race([this.entity.stop().catch(() => undefined), late]);
    clearTimeout(timer);
    this.destroy();
  }

  fail(fault: unknown): void {
    this.fault ??= fault;
    this.destroy();
  }

  private destroy(): void {
    const { socket } = this.entity;
    if (socket instanceof XmppTcpSocket || socket instanceof XmppWebSocket) socket.destroy();
    this.end();
  }

  private async open(url: string, domain: string): Promise<void> {
    if (this.ended) return;
    // A fault after the stream is open is told by an event alone; until online it ends the attempt.
    this.entity.on('error', () => {
      if (this.entity.status !== 'online') this.destroy();
    });
    try {
      await this.entity.connect(url);
      await this.entity.open({ domain });
    } catch (fault) {
      this.fail(fault);
    }
  }

  private end(): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.deadline);
    this.listener.ended(streamEndOf(this.fault ?? new StreamFault('lost', 'the connection was closed')));
  }
}

/** How long the server may take for one step (ms). */
export function stepMsMaxOf({ stepMsMax = usualStepMsMax }: Pick<StreamSettings, 'stepMsMax'>): number {
  return stepMsMax;
}

function tcpAddress(settings: ComponentSettings, security: TcpAddress['security']): TcpAddress {
  const { url, domain, ca } = settings;
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const way = protocol === 'xmpps:' ? 'direct' : security;
  return { host, port: Number(port), domain, ca, security: way, connectMsMax: stepMsMaxOf(settings) };
}

function webAddress(settings: StreamSettings): WebSocketAddress {
  const { url, domain, ca } = settings;
  return { url, host: new URL(url).hostname, domain, ca, connectMsMax: stepMsMaxOf(settings) };
}

/** The library's way of speaking over TCP or a WebSocket, with our socket and our limits. */
function ownTransport(
  known: readonly Transport[],
  service: string,
  Socket: typeof XmppTcpSocket | typeof XmppWebSocket,
  parameters: TcpAddress | WebSocketAddress,
): Transport {
  const found = known.find((transport) => {
    try {
      return transport.prototype.socketParameters(service) !== undefined;
    } catch {
      return false;
    }
  });
  if (found === undefined) throw new Error(`@xmpp/client has no transport for ${service}`);
  const prototype = Object.create(found.prototype) as Transport['prototype'];
  Object.assign(prototype, {
    Socket,
    Parser: boundedParser(found.prototype.Parser),
    socketParameters: () => parameters,
  });
  return { prototype };
}
