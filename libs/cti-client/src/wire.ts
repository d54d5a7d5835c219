import net from 'node:net';
import tls from 'node:tls';

export interface HostPort {
  host: string;
  port: number;
}

/** TLS towards the CTI servers. The CA is pinned: only certificates it signed are taken, the system's CAs are not. */
export interface LinkTls {
  /** PEM. */
  ca: string;
  /** The name the certificate must carry, where it is not the host. */
  servername?: string;
  /** PEM; for servers that ask clients for a certificate. */
  cert?: string;
  key?: string;
}

/** What a connection tells. `closed` comes at most once, and nothing comes after it or after `reset`. */
export interface WireEvents {
  connected: () => void;
  received: (chunk: Uint8Array) => void;
  /** The connection could not be made, was lost, or was ended by the peer; `why` is for a log. */
  closed: (why: string) => void;
}

/** One byte stream to a CTI server. */
export interface Wire {
  write: (bytes: Uint8Array) => void;
  /** Bytes given to `write` that the network has not taken yet. */
  readonly backlogBytes: number;
  /** Ends it at once, without waiting for anything (the guide: SO_LINGER 0). */
  reset: () => void;
}

/** Begins to connect and answers at once; events come later, never during the call. In tests: a stream in memory. */
export type OpenWire = (endpoint: HostPort, events: WireEvents) => Wire;

/** Connections over TCP, or over TLS when `security` is given. Nagle's algorithm is off (GED-188). */
export function tcpWires(security?: LinkTls): OpenWire {
  return (endpoint, events) => {
    const { host, port } = endpoint;
    const socket =
      security === undefined
        ? net.connect({ host, port, noDelay: true })
        : tls.connect({
            host,
            port,
            servername: net.isIP(host) === 0 ? host : '',
            ...security,
            minVersion: 'TLSv1.2',
            rejectUnauthorized: true,
          });
    socket.setNoDelay(true);
    return wireOf(socket, security === undefined ? 'connect' : 'secureConnect', events);
  };
}

function wireOf(socket: net.Socket, readyEvent: 'connect' | 'secureConnect', events: WireEvents): Wire {
  let over = false;
  const finish = (why: string): void => {
    if (over) return;
    over = true;
    events.closed(why);
  };
  socket.on(readyEvent, () => {
    if (!over) events.connected();
  });
  socket.on('data', (chunk: Buffer) => {
    if (!over) events.received(chunk);
  });
  // Also keeps an error after `reset` from ending the process.
  socket.on('error', (error: NodeJS.ErrnoException) => {
    finish(`the connection failed: ${error.code ?? error.message}`);
    socket.destroy();
  });
  socket.on('end', () => {
    finish('the CTI server ended the connection');
    socket.destroy();
  });
  socket.on('close', () => {
    finish('the connection was closed');
  });
  return {
    write: (bytes) => {
      if (!over) socket.write(bytes);
    },
    get backlogBytes() {
      return socket.writableLength;
    },
    reset: () => {
      over = true;
      // A TLS socket cannot send RST by itself; destroying it closes the TCP connection under it.
      if (socket instanceof tls.TLSSocket) socket.destroy();
      else socket.resetAndDestroy();
    },
  };
}
