import { type Server } from 'node:http';
import { ConfigError, errorCode } from './config-error';
import { type App } from './key';

/** Headers, and a whole request, arrive within this time, from the first byte or the connection on; Node looks every 30 s. */
const requestHeadersMsMax = 10_000;
const requestMsMax = 20_000;

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** What Node calls it when an address cannot be taken: in use, not allowed, or none of this machine. */
const refusals = ['listen', 'bind', 'getaddrinfo'];

/**
 * Listens where the configuration says.
 * @param keys the keys that say it, as the sentence begins: `HTTP_PORT and HTTP_HOST`
 * @throws ConfigError naming them when nobody can listen there; any other error as it is
 */
export async function listenAt(
  app: App,
  keys: string,
  { host, port }: ListenAddress,
  listen: () => Promise<unknown>,
): Promise<void> {
  try {
    await listen();
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error && refusals.includes(String(error.syscall)))) throw error;
    const [key = keys, ...others] = keys.split(' ');
    const where = `${host}:${String(port)}`;
    const sentence = [...others, `cannot be listened on: ${where} gives ${errorCode(error)}`].join(' ');
    throw new ConfigError(app, [{ key, sentence }]);
  }
}

/** What listens, and how it is made to. */
export interface HttpListener {
  readonly server: Server;
  readonly listen: (port: number, host: string) => Promise<unknown>;
}

/**
 * The same for the health, pages and interfaces that every app has. Requests that do not come to their end are ended
 * (408), wherever they stop: their connections would stay open for minutes by the defaults of Node.
 */
export function listenHttp(
  app: App,
  { httpHost, httpPort }: { readonly httpHost: string; readonly httpPort: number },
  { server, listen }: HttpListener,
): Promise<void> {
  server.headersTimeout = requestHeadersMsMax;
  server.requestTimeout = requestMsMax;
  const address = { host: httpHost, port: httpPort };
  return listenAt(app, 'HTTP_PORT and HTTP_HOST', address, () => listen(httpPort, httpHost));
}
