import { EventEmitter } from 'node:events';
import { isIP, connect as connectTcp, type Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, type ConnectionOptions, type PeerCertificate } from 'node:tls';
import { type EntitySocket } from '@xmpp/client';
import { WebSocket } from 'ws';
import { negotiateStartTls } from './start-tls';
import { stanzaCharsMax } from './stanza-limits';
import { StreamFault } from './stream-fault';

/**
 * The sockets that the library's entities are given instead of its own, for what those leave out: a CA, TLS that cannot be
 * refused, characters that lie across two packets, an end to what is waited for, and a fault in place of an exception
 * that nobody catches.
 */

/** What may wait to be sent; we say little, so a server that takes nothing any more is gone. */
const unsentBytesMax = 1_048_576;

/** Openfire drops a stream header that follows too closely upon TLS 1.3. */
const afterTlsMs = 1;

interface ConnectRule {
  /** From the first packet to where the stream can be opened, TLS included. */
  readonly connectMsMax: number;
}

export interface TlsRule {
  /** The certificate must be made out to the domain, or to the host of the address: both come from the configuration. */
  readonly domain: string;
  readonly host: string;
  /** PEM; without it the system's CAs. */
  readonly ca: string | undefined;
}

export interface TcpAddress extends TlsRule, ConnectRule {
  readonly port: number;
  /** `startTls`: in clear text up to TLS, which is taken up before anything else (xmpp://); `direct`: from the start (xmpps://). */
  readonly security: 'none' | 'startTls' | 'direct';
}

export interface WebSocketAddress extends TlsRule, ConnectRule {
  readonly url: string;
}

abstract class OwnSocket extends EventEmitter implements EntitySocket {
  secure = false;
  private deadline: NodeJS.Timeout | undefined;
  private ended = false;

  abstract connect(parameters: unknown): void;
  abstract write(text: string, done?: (error?: Error) => void): void;
  abstract end(): void;
  /** Ends the connection at once. */
  abstract destroy(): void;
  /** Neither reads nor writes any more and keeps the connection: what the server sees of a pulled cable. */
  abstract silence(): void;

  protected begin({ connectMsMax }: ConnectRule): void {
    this.deadline = setTimeout(() => {
      this.fail(new StreamFault('unreachable', `no connection came about within ${String(connectMsMax)} ms`));
    }, connectMsMax);
  }

  protected connected(isSecure: boolean): void {
    if (this.ended) return;
    clearTimeout(this.deadline);
    this.secure = isSecure;
    this.emit('connect');
  }

  /** What the library throws at input that it cannot bear would otherwise end the process. */
  protected deliver(text: string): void {
    try {
      this.emit('data', text);
    } catch (fault) {
      this.fail(fault instanceof StreamFault || hasCode(fault) ? fault : malformed(fault));
    }
  }

  protected fail(fault: unknown): void {
    if (this.ended) return;
    this.emit('error', fault);
    this.destroy();
  }

  protected closed(dirty: boolean): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.deadline);
    this.emit('close', dirty);
  }
}

export class XmppTcpSocket extends OwnSocket {
  private socket: Socket | undefined;
  private silent = false;

  override connect(address: TcpAddress): void {
    this.begin(address);
    const { host, port, security } = address;
    if (security === 'direct') {
      this.follow(connectTls({ ...tlsOptions(address), host, port }), 'secureConnect');
      return;
    }
    const socket = connectTcp({ host, port });
    if (security === 'none') this.follow(socket, 'connect');
    else this.followStartTls(socket, address);
  }

  override write(text: string, done?: (error?: Error) => void): void {
    const { socket } = this;
    if (this.silent) done?.();
    else if (socket === undefined || socket.destroyed) done?.(new StreamFault('lost', 'the connection is closed'));
    else if (socket.writableLength > unsentBytesMax) this.fail(new StreamFault('lost', 'the server takes nothing'));
    else socket.write(text, (error) => done?.(error ?? undefined));
  }

  override end(): void {
    if (!this.silent) this.socket?.end();
  }

  override destroy(): void {
    this.socket?.destroy();
  }

  override silence(): void {
    this.silent = true;
    this.socket?.pause();
  }

  private followStartTls(socket: Socket, address: TcpAddress): void {
    this.socket = socket;
    const fail = (fault: Error): void => {
      this.fail(fault);
    };
    const close = (): void => {
      this.closed(true);
    };
    socket.once('error', fail).once('close', close);
    socket.once('connect', () => {
      negotiateStartTls(socket, address.domain).then(() => {
        socket.off('error', fail).off('close', close);
        this.follow(connectTls({ ...tlsOptions(address), socket }), 'secureConnect');
      }, fail);
    });
  }

  private follow(socket: Socket, event: 'connect' | 'secureConnect'): void {
    this.socket = socket;
    socket.setNoDelay(true);
    // Characters of several bytes may lie across two packets.
    socket.setEncoding('utf8');
    socket.once(event, () => {
      if (event === 'connect') this.connected(false);
      else
        setTimeout(() => {
          this.connected(true);
        }, afterTlsMs);
    });
    socket.on('data', (text: string) => {
      this.deliver(text);
    });
    socket.on('error', (fault) => {
      this.fail(fault);
    });
    socket.once('close', (dirty: boolean) => {
      this.closed(dirty);
    });
  }
}

/** XMPP in a WebSocket (RFC 7395). */
export class XmppWebSocket extends OwnSocket {
  private socket: WebSocket | undefined;
  private silent = false;

  override connect(address: WebSocketAddress): void {
    this.begin(address);
    const socket = new WebSocket(address.url, ['xmpp'], {
      ...tlsOptions(address),
      maxPayload: stanzaCharsMax,
      handshakeTimeout: address.connectMsMax,
      perMessageDeflate: false,
    });
    this.socket = socket;
    socket.once('open', () => {
      this.connected(address.url.startsWith('wss:'));
    });
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.fail(new StreamFault('malformed', 'the server sent a binary message'));
      else this.deliver(data.toString());
    });
    socket.on('error', (fault) => {
      this.fail(fault);
    });
    socket.once('close', () => {
      this.closed(true);
    });
  }

  override write(text: string, done?: (error?: Error) => void): void {
    const { socket } = this;
    if (this.silent) done?.();
    else if (socket?.readyState !== WebSocket.OPEN) done?.(new StreamFault('lost', 'the connection is closed'));
    else if (socket.bufferedAmount > unsentBytesMax) this.fail(new StreamFault('lost', 'the server takes nothing'));
    else socket.send(text, done);
  }

  override end(): void {
    if (!this.silent) this.socket?.close();
  }

  override destroy(): void {
    this.socket?.terminate();
  }

  /** A socket that does not read answers no ping of the server's either. */
  override silence(): void {
    this.silent = true;
    this.socket?.pause();
  }
}

function tlsOptions({ domain, host, ca }: TlsRule): ConnectionOptions {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(isIP(domain) === 0 ? { servername: domain } : {}),
    minVersion: 'TLSv1.2',
    checkServerIdentity: (_, certificate: PeerCertificate) =>
      checkServerIdentity(domain, certificate) && checkServerIdentity(host, certificate),
  };
}

function hasCode(fault: unknown): boolean {
  return typeof fault === 'object' && fault !== null && 'code' in fault;
}

function malformed(fault: unknown): StreamFault {
  return new StreamFault(
    'malformed',
    `what the server sent cannot be read: ${fault instanceof Error ? fault.name : 'fault'}`,
  );
}
