import { createHmac } from 'node:crypto';
import { type CryptoKey, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { type App } from '../kit/app';
import { desktopToken, type TestDesktop } from '../kit/desktop';
import { OidcIssuer } from '../kit/oidc-issuer';
import { peripheralId, secret } from '../kit/site/site';
import { apiToken, RawSocket, ServerStage } from './server-stage.spec-support';

const ours = 'https://desk.example';
const evil = 'https://evil.example';

/** Further hostile clients are in server-desktops.spec.ts: malformed messages, tokens that are not acceptable, limits. */
describe('a hostile client', () => {
  let stage: ServerStage;
  let issuer: OidcIssuer;
  let server: App;
  let other: App;
  let agent = 3000;
  let agentId: string;

  beforeAll(async () => {
    stage = await ServerStage.begin();
    issuer = await OidcIssuer.start();
    const env = { ORIGINS: ours, OIDC_ISSUER: issuer.url };
    server = await stage.server(env);
    other = await stage.server({ ...env, SIDE: 'secondary', SERVER_ID: 'secondary-1' });
  });
  afterAll(async () => {
    await stage.end();
    await issuer.stop();
  });
  beforeEach(() => {
    agentId = String(++agent);
  });

  function askTicket(token: string | undefined, headers: Record<string, string> = {}, at = server): Promise<Response> {
    const bearer: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return fetch(`${at.url}/desktop/ticket`, { method: 'POST', headers: { ...bearer, ...headers } });
  }

  async function ticketOf(id: string, at = server): Promise<string> {
    const answer = await askTicket(await desktopToken({ agentId: id, secret }), {}, at);
    expect(answer.status).toBe(200);
    return ((await answer.json()) as { ticket: string }).ticket;
  }

  const withTicket = (ticket: string, at = server): RawSocket => new RawSocket(`${at.url}/desktop?ticket=${ticket}`);
  const withToken = (token: string, at = server): RawSocket => new RawSocket(`${at.url}/desktop?token=${token}`);

  const used = { code: 4401, reason: 'the ticket is unknown, used or older than 30 s' };
  const spent = { code: 4401, reason: 'the token was used before, and it opens one desktop only' };

  describe('with a ticket', () => {
    it('gets in once, on the side that did not give it out as well', async () => {
      const raw = await withTicket(await ticketOf(agentId), other).connected();
      raw.socket.send('{"type":"open","desktopId":"d"}');
      expect((await stage.phase(agentId, 'present')).phase.name).toBe('present');
      raw.socket.terminate();
    });

    it('that was used before is refused on both sides', async () => {
      const ticket = await ticketOf(agentId);
      (await withTicket(ticket).connected()).socket.terminate();
      expect(await withTicket(ticket).closed).toEqual(used);
      expect(await withTicket(ticket, other).closed).toEqual(used);
    });

    it('that it made up is refused', async () => {
      expect(await withTicket('x'.repeat(43)).closed).toEqual(used);
      expect(await withTicket('').closed).toEqual(used);
    });

    it('gets one ticket less than it wants, and takes none from another agent', async () => {
      const token = await desktopToken({ agentId, secret });
      const statuses = (await Promise.all(Array.from({ length: 60 }, () => askTicket(token)))).map(
        ({ status }) => status,
      );
      expect(new Set(statuses)).toEqual(new Set([200, 429]));
      await ticketOf(String(++agent));
    });
  });

  describe('that asks for a ticket', () => {
    it.each([
      ['without a token', () => Promise.resolve(undefined)],
      ['with a token of somebody else', () => desktopToken({ agentId, secret: `${secret}!` })],
      ['with a token that expired', () => desktopToken({ agentId, secret, expiresInS: -60 })],
    ])('%s gets none', async (_what, token) => {
      const answer = await askTicket(await token());
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(await answer.json()).toMatchObject({ error: { code: 'UNAUTHORIZED' } });
    });

    it('from a page of a foreign origin gets none, and its browser no leave to ask', async () => {
      const token = await desktopToken({ agentId, secret });
      expect((await askTicket(token, { origin: evil })).status).toBe(403);
      const asked = (origin: string): Promise<Response> =>
        fetch(`${server.url}/desktop/ticket`, {
          method: 'OPTIONS',
          headers: {
            origin,
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'authorization',
          },
        });
      const [no, yes] = [await asked(evil), await asked(ours)];
      expect([no.status, no.headers.get('access-control-allow-origin')]).toEqual([403, null]);
      expect([yes.status, yes.headers.get('access-control-allow-origin')]).toEqual([204, ours]);
      expect(yes.headers.get('access-control-allow-headers')).toMatch(/^authorization$/i);
      const granted = await askTicket(token, { origin: ours });
      expect([granted.status, granted.headers.get('access-control-allow-origin')]).toEqual([200, ours]);
      expect(granted.headers.get('cache-control')).toBe('no-store');
    });
  });

  describe('with a token', () => {
    const once = (claims: Record<string, unknown> = {}): Promise<string> =>
      new SignJWT({ peripheralId, jti: `of ${agentId}`, ...claims })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(agentId)
        .setExpirationTime('1m')
        .sign(new TextEncoder().encode(secret));

    it('that has an id gets in once, on either side, and no ticket afterwards', async () => {
      const token = await once();
      expect((await askTicket(token)).status).toBe(200);
      (await withToken(token).connected()).socket.terminate();
      expect(await withToken(token).closed).toEqual(spent);
      expect(await withToken(token, other).closed).toEqual(spent);
      expect((await askTicket(token, {}, other)).status).toBe(401);
      expect(await withToken(await once({ exp: Math.floor(Date.now() / 1000) + 90 })).closed).toEqual(spent);
    });

    it('of the OpenID provider is believed only as the provider signed it', async () => {
      (await withToken(await issuer.token(agentId)).connected()).socket.terminate();
      const forged = [
        issuer.unsigned(agentId),
        await issuer.confused(agentId),
        await issuer.withOwnKeys(agentId, `${issuer.url}/keys`),
        await issuer.token(agentId, { issuer: evil }),
        await issuer.token(agentId, { audience: 'somebody else' }),
        await issuer.token(agentId, { expiresInS: -60 }),
      ];
      for (const token of forged) {
        expect((await withToken(token).closed).code).toBe(4401);
        expect((await askTicket(token)).status).toBe(401);
      }
      expect((await stage.record(agentId)).phase.name).toBe('unseen');
    });

    it('of ours does not get in with a key pair or a public key in place of the secret', async () => {
      const pair = await generateKeyPair('RS256', { extractable: true });
      const payload = { sub: agentId, peripheralId, exp: Math.floor(Date.now() / 1000) + 60 };
      const byKeyPair = await new SignJWT(payload).setProtectedHeader({ alg: 'RS256' }).sign(pair.privateKey);
      for (const token of [byKeyPair, await signedWithPublicKey(pair.publicKey, payload)]) {
        expect((await withToken(token).closed).code).toBe(4401);
      }
    });
  });

  /** What every message of a desktop may hold to name somebody else; none of it counts. */
  it('cannot speak for another agent than that of its token', async () => {
    const victim = await stage.open(server, agentId);
    const attackerId = String(++agent);
    const attacker = await stage.connect(server, attackerId, {
      desktopId: victim.desktopId,
      token: await desktopToken({ agentId: attackerId, secret }),
    });
    await attacker.whenOpened();
    attacker.send({ type: 'ping', n: 1, agentId, sub: agentId });
    attacker.send({ type: 'bye', agentId, desktopId: victim.desktopId, byeToken: victim.opened!.byeToken });
    await attacker.whenClosed();
    await stage.phase(attackerId, 'grace');
    await answers(victim);
    expect((await stage.record(agentId)).phase.name).toBe('present');
  });

  it('that sends a thousand messages in a second is cut off, and nobody else waits for an answer', async () => {
    const neighbour = await stage.open(server, String(++agent));
    const flood = await stage.open(server, agentId);
    for (let n = 0; n < 1_000; n += 1) flood.send({ type: 'ping', n });
    await answers(neighbour);
    expect(await flood.whenClosed()).toMatchObject({ code: 4429 });
    expect(flood.messages().length).toBeLessThan(40);
    expect(neighbour.closed).toBeUndefined();
  });

  it('that sends a megabyte is cut off after 4096 bytes, in one frame or in many', async () => {
    const desktop = await stage.open(server, agentId);
    desktop.send('x'.repeat(1_048_576));
    expect((await desktop.whenClosed()).code).toBe(1009);
    const pieces = await stage.open(server, String(++agent));
    for (let n = 0; n < 5; n += 1) pieces.socket.send('x'.repeat(1_000), { fin: false });
    expect((await pieces.whenClosed()).code).toBe(1009);
  });

  it('cannot make an agent vanish, whatever it tries', async () => {
    const victim = await stage.open(server, agentId, { desktopId: 'the-victim' });
    const old = await stage.open(server, agentId, { desktopId: 'the-victim' });
    const oldSecret = old.opened!.byeToken;
    old.crash();
    await stage.until(agentId, ({ desktops }) => Object.keys(desktops).length === 1);
    const { epoch, phase } = await stage.record(agentId);
    expect(phase.name).toBe('present');
    const [connection = ''] = Object.keys((await stage.record(agentId)).desktops);
    const strangers = await desktopToken({ agentId: '9999', secret });

    for (const at of [server, other]) {
      const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
        fetch(`${at.url}${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        });
      // A forged bye, and one that comes late from the connection before: 204 says nothing, and nothing happens.
      for (const token of [oldSecret, agentId, 'the-victim', connection, strangers, 'x'.repeat(32)]) {
        expect((await post('/desktop/bye', { token })).status).toBe(204);
        expect((await post('/desktop/bye', { token, agentId, desktopId: 'the-victim' })).status).toBe(204);
      }
      // A feed, without the bearer token or with one that is no API_TOKEN.
      const gone = { agentId, desktopId: 'the-victim', presence: 'unavailable', cause: 'bye' };
      for (const headers of [{}, { authorization: `Bearer ${strangers}` }, { authorization: `Basic ${apiToken}` }]) {
        expect((await post('/api/presence', gone, headers)).status).toBe(401);
      }
      // A desktop of another agent that calls itself the same and says bye; one that never opens; foreign pages.
      const same = await stage.open(at, '9999', { desktopId: 'the-victim' });
      await same.bye();
      const mute = await withToken(await desktopToken({ agentId, secret: `${secret}?` }), at).closed;
      expect(mute.code).toBe(4401);
      const token = await desktopToken({ agentId, secret });
      expect(await new RawSocket(`${at.url}/desktop?token=${token}`, { origin: evil }).refused).toBe(403);
    }
    // Even with a good token of the agent: a connection that misbehaves before it opened is no loss of the agent's.
    const raw = await withToken(await desktopToken({ agentId, secret })).connected();
    raw.socket.send('{"type":"bye"}');
    expect((await raw.closed).code).toBe(4409);

    await answers(victim);
    const record = await stage.record(agentId);
    expect(record).toMatchObject({ epoch, phase: { name: 'present' } });
    expect(Object.keys(record.desktops)).toEqual([connection]);
  });

  async function answers(desktop: TestDesktop): Promise<void> {
    const before = desktop.log.length;
    desktop.send({ type: 'ping', n: 7 });
    await desktop.whenTold('pong', before);
  }
});

/** HS256 with the PEM of a public key as its secret, made by hand: libraries refuse to. */
async function signedWithPublicKey(key: CryptoKey, payload: object): Promise<string> {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode({ alg: 'HS256' })}.${encode(payload)}`;
  return `${text}.${createHmac('sha256', await exportSPKI(key))
    .update(text)
    .digest('base64url')}`;
}
