import { App, type Environment } from './app';
import { freePort } from './ports';

export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

interface Ports {
  readonly a: number;
  readonly b: number;
  readonly http: number;
}

/** The simulated pair of CTI servers as a process of its own, with a client of its HTTP interface. */
export class CtiSimulator {
  constructor(
    readonly app: App,
    readonly ports: Ports,
  ) {}

  /** On free ports. */
  static async start(env: Environment = {}): Promise<CtiSimulator> {
    const ports = { a: await freePort(), b: await freePort(), http: await freePort() };
    const own = {
      CTI_A: `127.0.0.1:${String(ports.a)}`,
      CTI_B: `127.0.0.1:${String(ports.b)}`,
      LOG_LEVEL: 'warn',
      DESKTOP_TOKEN_SECRET: 'a secret of more than thirty-two characters',
    };
    const simulator = new CtiSimulator(new App('simulator', ports.http, { ...own, ...env }), ports);
    await simulator.app.start();
    return simulator;
  }

  get(path: string): Promise<HttpAnswer> {
    return this.request('GET', path);
  }

  post(path: string, body?: object | string): Promise<HttpAnswer> {
    return this.request('POST', path, typeof body === 'object' ? JSON.stringify(body) : body);
  }

  async request(
    method: string,
    path: string,
    body?: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<HttpAnswer> {
    const response = await fetch(`${this.app.url}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : (JSON.parse(text) as unknown) };
  }

  stop(): Promise<number | null> {
    return this.app.stop();
  }
}
