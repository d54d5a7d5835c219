import { randomInt } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** A BOSH client (XEP-0124, XEP-0206) that says what it is told to, for what a library hides. One request at a time. */

export interface BoshOptions {
  /** Trusted for https. */
  readonly ca?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const ridMax = 1_000_000;

export class BoshClient {
  private sid = '';
  private rid = randomInt(ridMax);

  constructor(
    private readonly url: string,
    private readonly options: BoshOptions = {},
  ) {}

  /** Begins a session; answers what the server offers. */
  async begin(): Promise<string> {
    const answer = await this.post(`to='localhost' wait='60' hold='1' ver='1.6' ${version}`, '');
    this.sid = / sid='([^']+)'/.exec(answer)?.[1] ?? '';
    return answer;
  }

  /** Sends stanzas, or nothing; answers with what the server says then, which it may take its time for. */
  send(stanzas = ''): Promise<string> {
    return this.post(`sid='${this.sid}'`, stanzas);
  }

  authenticate(user: string, password: string): Promise<string> {
    const credentials = Buffer.from(`\0${user}\0${password}`).toString('base64');
    return this.send(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${credentials}</auth>`);
  }

  /** Once it is authenticated. */
  async bind(): Promise<void> {
    await this.post(`sid='${this.sid}' to='localhost' xmpp:restart='true' ${version}`, '');
    await this.send(
      "<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
    );
  }

  private post(attributes: string, inside: string): Promise<string> {
    const body = `<body rid='${String(++this.rid)}' xmlns='http://jabber.org/protocol/httpbind' ${attributes}>${inside}</body>`;
    const { ca, headers } = this.options;
    // A connection for each request: Prosody closes those that are kept.
    const how = { method: 'POST', agent: false } as const;
    const request = this.url.startsWith('https:') ? httpsRequest(this.url, { ...how, ca }) : httpRequest(this.url, how);
    const all = { ...headers, 'content-type': 'text/xml' };
    for (const [name, value] of Object.entries(all)) request.setHeader(name, value);
    return new Promise((resolve, reject) => {
      request.once('error', reject).once('response', (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (part: string) => (text += part));
        answer.once('error', reject).once('end', () => {
          resolve(text);
        });
      });
      request.end(body);
    });
  }
}

const version = "xmlns:xmpp='urn:xmpp:xbosh' xmpp:version='1.0'";
