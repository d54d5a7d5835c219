import {
  basic,
  FinesseClient,
  type FinesseAnswer,
  type FinesseCall,
  inShort,
  textOf,
} from '../kit/finesse/finesse-client';
import { waitFor } from '../kit/wait';
import { FinesseStage, password } from './finesse-stage.spec-support';

/** More than the wrong proofs of one address that are answered with 401 in a minute. */
const beyondTheLimit = 650;
/** More than the checks of passwords that may wait. */
const flooding = 260;
const atOnceMax = 50;

/** What one client can do to the others, who share an address with it or not. The servers are behind a proxy. */
describe('the REST surface of Finesse, asked too much', () => {
  let stage: FinesseStage;
  beforeAll(async () => {
    stage = await FinesseStage.begin({ TRUSTED_PROXIES: '127.0.0.1' });
  });
  afterAll(() => stage.end());

  /** A client at that address. It asks again only where the link of a machine that stands still is out of service. */
  function clientAt(address: string, authorization?: string): (path: string) => Promise<FinesseAnswer> {
    const client = new FinesseClient(stage.site.servers.primary.url, authorization);
    const call = (path: string): FinesseCall => ({
      path: `/finesse/api/${path}`,
      headers: { 'X-Forwarded-For': address },
    });
    return (path) =>
      waitFor(`${path} to be answered by a server in service`, async () => {
        const answer = await client.call(call(path));
        return textOf(answer.text, 'ErrorMessage') === 'SERVER_OUT_OF_SERVICE' ? undefined : answer;
      });
  }

  async function timesOver(count: number, ask: (n: number) => Promise<FinesseAnswer>): Promise<Map<string, number>> {
    const answers = new Map<string, number>();
    for (let begun = 0; begun < count; begun += atOnceMax) {
      const group = Array.from({ length: Math.min(atOnceMax, count - begun) }, (_, n) => ask(begun + n));
      for (const answer of await Promise.all(group))
        answers.set(inShort(answer), (answers.get(inShort(answer)) ?? 0) + 1);
    }
    return answers;
  }

  it('counts no question about colleagues as a guess', async () => {
    const address = '198.51.100.1';
    const supervisor = clientAt(address, basic('1001', password));
    const answers = await timesOver(beyondTheLimit, (n) => supervisor(`User/${String(1002 + (n % 12))}`));
    expect(answers).toEqual(new Map([['401 Invalid Authorization User Specified 1001', beyondTheLimit]]));
    expect(inShort(await clientAt(address)('SystemInfo'))).toBe('200');
    expect(inShort(await clientAt(address, basic('1002', password))('User/1002'))).toBe('200');
  });

  it('refuses guesses of an address, and neither what is open to anybody nor who has proved something', async () => {
    const address = '198.51.100.2';
    const agent = clientAt(address, basic('1003', password));
    expect(inShort(await agent('User/1003'))).toBe('200');
    const guesses = await timesOver(beyondTheLimit, (n) => clientAt(address, `Bearer a.b.${String(n)}`)('User/1003'));
    expect([...guesses.keys()].sort()).toEqual(['401 Authorization Failure', '429 Too Many Requests']);
    expect(inShort(await clientAt(address, basic('1004', 'wrong'))('User/1004'))).toBe('429 Too Many Requests');
    expect(inShort(await clientAt(address)('SystemInfo'))).toBe('200');
    expect(inShort(await agent('User/1003'))).toBe('200');
    const token = `Bearer ${await stage.issuer.token('1005')}`;
    expect(inShort(await clientAt(address, token)('User/1005'))).toBe('200');
    // Another client of the proxy is another address, whatever it writes into the header itself.
    expect(inShort(await clientAt(`${address}, 198.51.100.3`, basic('1004', password))('User/1004'))).toBe('200');
  });

  it('gives names that nobody has no place among the checks of passwords', async () => {
    const flood = Array.from({ length: flooding }, (_, n) =>
      clientAt('198.51.100.4', basic(`x${String(n)}`, 'guess'))(`User/x${String(n)}`),
    );
    const right = await Promise.all(
      ['1006', '1007', '1008', '1009', '1010'].map((id) => clientAt('198.51.100.5', basic(id, password))(`User/${id}`)),
    );
    expect(right.map(inShort)).toEqual(right.map(() => '200'));
    const refused = new Set((await Promise.all(flood)).map(inShort));
    expect([...refused].filter((answer) => !/^(401 Authorization Failure|503 )/.test(answer))).toEqual([]);
  });

  it('does not let a stranger elsewhere block an agent who is at work', async () => {
    const agent = clientAt('198.51.100.6', basic('1011', password));
    expect(inShort(await agent('User/1011'))).toBe('200');
    for (let n = 0; n < 6; n += 1) await clientAt('198.51.100.7', basic('1011', `guess ${String(n)}`))('User/1011');
    const stranger = await clientAt('198.51.100.7', basic('1011', password))('User/1011');
    expect(textOf(stranger.text, 'ErrorMessage')).toBe('BLOCKED_AFTER_WRONG_PASSWORDS');
    expect(inShort(await agent('User/1011'))).toBe('200');
  });
});
