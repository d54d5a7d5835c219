import { Agent, type ClientRequest, request } from 'node:http';
import { basic } from '../kit/finesse/finesse-client';
import { waitFor } from '../kit/wait';
import { FinesseStage, password, signInOf } from './finesse-stage.spec-support';

interface Answer {
  readonly status: number;
  readonly connection: string | undefined;
  readonly text: string;
}

/** A server that is stopped while it answers: what it has begun is finished, what comes then is refused. */
describe('a server that is stopped', () => {
  let stage: FinesseStage;
  beforeAll(async () => {
    stage = await FinesseStage.begin();
  });
  afterAll(async () => {
    await stage.end();
  });

  /** Not sent to its end before `end` is called. */
  function begin(
    path: string,
    options: { method: string; headers: Record<string, string>; agent: Agent },
  ): { sent: ClientRequest; answer: Promise<Answer> } {
    const { promise: answer, resolve, reject } = Promise.withResolvers<Answer>();
    const sent = request(`${stage.site.servers.primary.url}${path}`, options, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, connection: response.headers.connection, text });
      });
      response.on('error', reject);
    });
    sent.on('error', reject);
    return { sent, answer };
  }

  it('answers what it has begun, and refuses what comes then', async () => {
    const kept = new Agent({ keepAlive: true });
    const ask = (): Promise<Answer> => {
      const { sent, answer } = begin('/health/ready', { method: 'GET', headers: {}, agent: kept });
      sent.end();
      return answer;
    };
    const body = `<User>${signInOf('1001')}</User>`;
    const headers = {
      Authorization: basic('1001', password),
      'Content-Type': 'application/xml',
      'Content-Length': String(body.length),
    };
    const own = new Agent();
    const order = begin('/finesse/api/User/1001', { method: 'PUT', headers, agent: own });
    order.sent.write(body.slice(0, 10));
    // Answered behind it: the order's head has come.
    await new Promise((resolve) => order.sent.once('socket', (socket) => socket.once('connect', resolve)));
    expect((await ask()).status).toBe(200);
    const stopped = stage.site.servers.primary.stop();
    const refused = await waitFor('a refusal', async () => {
      const answer = await ask();
      return answer.status === 503 ? answer : undefined;
    });
    expect(refused).toMatchObject({ connection: 'close' });
    expect(JSON.parse(refused.text)).toMatchObject({ error: { code: 'STOPPING' } });
    const { sent, answer } = begin('/finesse/api/SystemInfo', { method: 'GET', headers: {}, agent: new Agent() });
    sent.end();
    expect(await answer).toMatchObject({ status: 503, text: expect.stringContaining('<ApiErrors>') as string });
    order.sent.end(body.slice(10));
    expect(await order.answer).toMatchObject({ status: 202, connection: 'close' });
    expect(await stopped).toBe(0);
  });
});
