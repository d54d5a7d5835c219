import { request } from 'node:http';
import { waitFor } from '../wait';

export interface FinesseAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface FinesseCall {
  readonly method?: string;
  /** As it goes over the wire: nothing is normalized. */
  readonly path: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export function basic(agentId: string, password: string): string {
  return `Basic ${Buffer.from(`${agentId}:${password}`).toString('base64')}`;
}

/** The text of the first element of that name. */
export function textOf(document: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(document)?.[1];
}

/** `400 Invalid State state` for a refusal, else the status alone. */
export function inShort({ status, text }: FinesseAnswer): string {
  const words = ['ErrorType', 'ErrorData'].map((name) => textOf(text, name) ?? '');
  return [String(status), ...words].join(' ').trim();
}

/** A plain HTTP client of the REST surface: it sends exactly what it is told. */
export class FinesseClient {
  constructor(
    private readonly url: string,
    /** The header `Authorization`; undefined for nobody. */
    private readonly authorization?: string,
    /** Asks again while the answer is 503: the link of a machine that stands still for seconds goes out of service. */
    private readonly isPatient = false,
  ) {}

  as(authorization: string | undefined): FinesseClient {
    return new FinesseClient(this.url, authorization, this.isPatient);
  }

  get(path: string): Promise<FinesseAnswer> {
    return this.call({ path: `/finesse/api/${path}` });
  }

  /** `PUT` of a `<User>` that holds this. */
  put(agentId: string, inner: string, headers: Readonly<Record<string, string>> = {}): Promise<FinesseAnswer> {
    const path = `/finesse/api/User/${agentId}`;
    return this.call({ method: 'PUT', path, body: `<User>${inner}</User>`, headers });
  }

  signIn(agentId: string, extension: string, headers?: Readonly<Record<string, string>>): Promise<FinesseAnswer> {
    return this.put(agentId, `<state>LOGIN</state><extension>${extension}</extension>`, headers);
  }

  call(call: FinesseCall): Promise<FinesseAnswer> {
    if (!this.isPatient) return this.callOnce(call);
    return waitFor(`another answer than 503 to ${call.path}`, async () => {
      const answer = await this.callOnce(call);
      return answer.status === 503 ? undefined : answer;
    });
  }

  private callOnce({ method = 'GET', path, body, headers = {} }: FinesseCall): Promise<FinesseAnswer> {
    const { hostname, port } = new URL(this.url);
    const all = {
      ...(this.authorization === undefined ? {} : { Authorization: this.authorization }),
      ...(body === undefined
        ? {}
        : { 'Content-Type': 'application/xml', 'Content-Length': String(Buffer.byteLength(body)) }),
      ...headers,
    };
    return new Promise((resolve, reject) => {
      const outgoing = request({ hostname, port, method, path, headers: all, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
        });
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}
