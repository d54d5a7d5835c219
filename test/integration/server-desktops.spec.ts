import { UnsecuredJWT } from 'jose';
import { type App } from '../kit/app';
import { desktopToken } from '../kit/desktop';
import { peripheralId, secret } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { pause } from '../kit/wait';
import { RawSocket, ServerStage } from './server-stage.spec-support';

/** Of a server that has to miss a desktop. */
const detectionMs = 1_000;

describe('desktops at a server', () => {
  let stage: ServerStage;
  let server: App;
  /** Every story has an agent of its own. */
  let agent = 1000;
  let agentId: string;

  beforeAll(async () => {
    stage = await ServerStage.begin();
    server = await stage.server();
  });
  afterAll(async () => {
    await stage.end();
  });
  beforeEach(() => {
    agentId = String(++agent);
  });

  async function address(id = agentId): Promise<string> {
    return `${server.url}/desktop?token=${await desktopToken({ agentId: id, secret })}`;
  }

  describe('an opening', () => {
    it('is acknowledged with the epoch of the record, which then holds the connection', async () => {
      const desktop = await stage.open(server, agentId, { desktopId: 'tab-1' });
      const { epoch, mustSignIn, byeToken } = desktop.opened!;
      const record = await stage.record(agentId);
      expect(record).toMatchObject({ epoch, phase: { name: 'present' } });
      expect(mustSignIn).toBe(false);
      expect(byeToken.length).toBeGreaterThanOrEqual(32);
      const [held] = Object.values(record.desktops);
      expect(held).toMatchObject({ desktopId: 'tab-1', side: 'primary' });
      expect(held?.serverId).toMatch(/^primary-1\./);
      expect(await stage.lastLook(agentId)).toEqual({ answer: 'holds', desktop: held });
    });

    it('tells an agent who was signed out to sign in', async () => {
      await (await stage.open(server, agentId)).bye();
      await stage.phase(agentId, 'grace');
      await stage.happens(agentId, { type: 'signedOut', evidence: 'by hand' });
      expect((await stage.open(server, agentId)).opened).toMatchObject({ mustSignIn: true });
    });

    it('is not acknowledged while a request for the agent is on its way (rule GATE)', async () => {
      (await stage.open(server, agentId)).crash();
      await stage.phase(agentId, 'grace');
      await stage.issue(agentId);
      const back = await stage.connect(server, agentId);
      const issuing = await stage.until(agentId, ({ desktops }) => Object.keys(desktops).length === 1);
      await pause(500);
      expect(back.opened).toBeUndefined();
      const { epoch } = issuing;
      const result = {
        kind: 'confirmed',
        became: 'loggedOut',
        evidence: 'AGENT_STATE_EVENT LOGOUT',
        othersActed: false,
        reasonCode: 255,
      } as const;
      await stage.happens(agentId, { type: 'outcomeSeen', epoch, attempts: 1, result });
      expect(await back.whenOpened()).toMatchObject({ mustSignIn: true, epoch: epoch + 1 });
    });

    it('that dies while it waits leaves nothing behind in the record', async () => {
      (await stage.open(server, agentId)).crash();
      await stage.phase(agentId, 'grace');
      await stage.issue(agentId);
      const back = await stage.connect(server, agentId);
      await stage.until(agentId, ({ desktops }) => Object.keys(desktops).length === 1);
      back.crash();
      await stage.until(agentId, ({ desktops }) => Object.keys(desktops).length === 0);
    });

    it('may come for several desktops of one agent; only the last one that goes is a loss', async () => {
      const one = await stage.open(server, agentId, { desktopId: 'one' });
      const two = await stage.open(server, agentId, { desktopId: 'two' });
      await one.bye();
      await stage.until(agentId, ({ desktops }) => Object.keys(desktops).length === 1);
      expect((await stage.record(agentId)).phase.name).toBe('present');
      await two.bye();
      await stage.phase(agentId, 'grace');
    });
  });

  describe('the end of a desktop', () => {
    it('is a bye when the desktop says so', async () => {
      const desktop = await stage.open(server, agentId);
      expect(await desktop.bye()).toEqual({ code: 1000, reason: 'bye' });
      expect((await stage.phase(agentId, 'grace')).phase).toMatchObject({ loss: { cause: 'bye' } });
    });

    it('is a loss when the connection breaks', async () => {
      (await stage.open(server, agentId)).crash();
      expect((await stage.phase(agentId, 'grace')).phase).toMatchObject({ loss: { cause: 'lost' } });
    });

    it('is a loss when a page goes away, and a refresh within the grace makes it good', async () => {
      const desktop = await stage.open(server, agentId);
      const again = await desktop.refresh();
      expect(again.opened!.epoch).toBeGreaterThan(desktop.opened!.epoch);
      expect((await stage.record(agentId)).phase.name).toBe('present');
    });

    it('is a loss after DETECTION_MS of silence, though the connection still stands', async () => {
      const quick = await stage.server({ SERVER_ID: 'primary-4', DETECTION_MS: String(detectionMs) });
      const desktop = await stage.open(quick, agentId);
      desktop.freeze();
      const frozenAt = Date.now();
      expect((await stage.phase(agentId, 'grace')).phase).toMatchObject({ loss: { cause: 'lost' } });
      expect(Date.now() - frozenAt).toBeGreaterThan(0.5 * detectionMs);
    });

    it('does not come while the desktop only answers pings, as a throttled page does', async () => {
      const desktop = await stage.open(server, agentId);
      await pause(1.5 * siteTimes.detectionMs);
      expect(desktop.closed).toBeUndefined();
      expect((await stage.record(agentId)).phase.name).toBe('present');
    });
  });

  it('answers the ping of a desktop with its number', async () => {
    const desktop = await stage.open(server, agentId);
    desktop.send({ type: 'ping', n: 42 });
    expect(await desktop.whenTold('pong')).toEqual({ type: 'pong', n: 42 });
  });

  describe('a bye by beacon', () => {
    const post = (body: string, type = 'text/plain;charset=UTF-8'): Promise<Response> =>
      fetch(`${server.url}/desktop/bye`, { method: 'POST', headers: { 'content-type': type }, body });

    it.each(['text/plain;charset=UTF-8', 'application/json'])('ends its own connection, sent as %s', async (type) => {
      const desktop = await stage.open(server, agentId);
      const answer = await post(JSON.stringify({ token: desktop.opened!.byeToken }), type);
      expect(answer.status).toBe(204);
      expect(await desktop.whenClosed()).toEqual({ code: 1000, reason: 'bye' });
      expect((await stage.phase(agentId, 'grace')).phase).toMatchObject({ loss: { cause: 'bye' } });
    });

    it('that comes late cannot end the connection that came after', async () => {
      const old = await stage.open(server, agentId);
      const now = await old.refresh();
      expect((await post(JSON.stringify({ token: old.opened!.byeToken }))).status).toBe(204);
      now.send({ type: 'ping', n: 1 });
      await now.whenTold('pong');
      expect((await stage.record(agentId)).phase.name).toBe('present');
    });

    it('ends nothing with a JWT or with any other secret, and does not say so', async () => {
      const desktop = await stage.open(server, agentId);
      for (const token of [await desktopToken({ agentId, secret }), 'x'.repeat(32), agentId]) {
        expect((await post(JSON.stringify({ token }))).status).toBe(204);
      }
      desktop.send({ type: 'ping', n: 1 });
      await desktop.whenTold('pong');
      expect((await stage.record(agentId)).phase.name).toBe('present');
    });

    it.each(['', '{', '{}', '"x"', '{"token":7}'])('is refused with 400 when its body is %j', async (body) => {
      const answer = await post(body);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({
        error: { code: expect.stringMatching(/BODY_UNREADABLE|FIELD_INVALID/) as string },
      });
    });
  });

  describe('bad input', () => {
    it.each([
      ['text that is no JSON', '{', 4400, 'the message is not JSON'],
      ['an unknown type', '{"type":"hello"}', 4400, 'type is not open, ping, pong or bye'],
      ['a field of the wrong type', '{"type":"ping","n":"1"}', 4400, 'n is missing or has the wrong type'],
      ['a second open', '{"type":"open","desktopId":"x"}', 4409, 'open came twice'],
      ['4097 bytes', `{"type":"ping","n":1,"x":"${'x'.repeat(4096)}"}`, 1009, ''],
    ])('ends the connection with its own code: %s', async (_what, message, code, reason) => {
      const desktop = await stage.open(server, agentId);
      desktop.send(message);
      expect(await desktop.whenClosed()).toEqual({ code, reason });
      expect((await stage.phase(agentId, 'grace')).phase).toMatchObject({ loss: { cause: 'lost' } });
    });

    it('of exactly 4096 bytes is read', async () => {
      const desktop = await stage.open(server, agentId);
      const frame = '{"type":"ping","n":1,"x":""}';
      desktop.send(frame.replace('""', `"${'x'.repeat(4096 - frame.length)}"`));
      await desktop.whenTold('pong');
    });

    it('in a binary frame is refused', async () => {
      const desktop = await stage.open(server, agentId);
      desktop.send(new Uint8Array([1, 2, 3]));
      expect(await desktop.whenClosed()).toMatchObject({ code: 4400 });
    });

    it('that comes too fast ends the connection', async () => {
      const desktop = await stage.open(server, agentId);
      for (let n = 0; n < 40; n += 1) desktop.send({ type: 'ping', n });
      expect(await desktop.whenClosed()).toMatchObject({ code: 4429 });
      expect(desktop.messages().filter(({ type }) => type === 'pong').length).toBeLessThan(25);
    });

    it('does no harm to others', async () => {
      const other = await stage.open(server, agentId);
      const bad = await stage.open(server, String(++agent));
      bad.send('{');
      await bad.whenClosed();
      other.send({ type: 'ping', n: 7 });
      expect(await other.whenTold('pong')).toMatchObject({ n: 7 });
    });

    it('before open ends the connection', async () => {
      const raw = await new RawSocket(await address()).connected();
      raw.socket.send('{"type":"bye"}');
      expect(await raw.closed).toEqual({ code: 4409, reason: 'bye came before open' });
      expect((await stage.record(agentId)).phase.name).toBe('unseen');
    });

    it('that never comes ends the connection after five seconds', async () => {
      const raw = await new RawSocket(await address()).connected();
      expect(await raw.closed).toMatchObject({ code: 4408 });
    });
  });

  describe('a token', () => {
    const claims = (): Record<string, unknown> => ({
      sub: agentId,
      peripheralId,
      exp: Math.floor(Date.now() / 1000) + 60,
    });

    it.each([
      ['is missing', () => Promise.resolve(''), 'the token is missing'],
      ['is no JWT', () => Promise.resolve('abc'), 'the token is not a signed JWT'],
      [
        'was signed by somebody else',
        () => desktopToken({ agentId, secret: `${secret}!` }),
        'the signature of the token is wrong',
      ],
      ['has expired', () => desktopToken({ agentId, secret, expiresInS: -60 }), 'the token has expired'],
      [
        'is for another peripheral',
        () => desktopToken({ agentId, secret, peripheralId: 5001 }),
        'peripheralId is not that of this server',
      ],
      [
        'names no agent',
        () => desktopToken({ agentId: '{5000}', secret }),
        /^sub is neither an agent id nor a login name/,
      ],
      ['is not signed (alg none)', () => Promise.resolve(new UnsecuredJWT(claims()).encode()), /token/],
    ])('is refused with 4401 when it %s', async (_what, token, reason) => {
      const raw = new RawSocket(`${server.url}/desktop?token=${await token()}`);
      const closed = await raw.closed;
      expect(closed.code).toBe(4401);
      expect(closed.reason).toMatch(reason);
      expect((await stage.record(agentId)).phase.name).toBe('unseen');
    });
  });

  describe('an upgrade', () => {
    it('is refused to pages of a foreign origin', async () => {
      expect(await new RawSocket(await address(), { origin: 'https://evil.example' }).refused).toBe(403);
    });

    it('is granted to pages of the same host and port', async () => {
      await stage.open(server, agentId, { origin: server.url });
    });

    it('is granted at an address with repeated slashes', async () => {
      const raw = await new RawSocket((await address()).replace('/desktop?', '//desktop?')).connected();
      raw.socket.terminate();
    });

    it('is refused at another path', async () => {
      expect(await new RawSocket(`${server.url}/desktops?token=x`).refused).toBe(404);
    });

    it('is refused for more than 32 connections of one agent', async () => {
      const raws = await Promise.all(
        Array.from({ length: 32 }, async () => new RawSocket(await address()).connected()),
      );
      const last = new RawSocket(await address());
      expect(await last.closed).toEqual({ code: 4413, reason: `agent ${agentId} has 32 connections here` });
      for (const raw of raws) raw.socket.terminate();
    });
  });

  describe('the list of origins', () => {
    it('lets in its own and nobody else', async () => {
      const listed = await stage.server({ ORIGINS: 'https://desk.example', SERVER_ID: 'primary-2' });
      await stage.open(listed, agentId, { origin: 'https://desk.example' });
      const token = await desktopToken({ agentId, secret });
      const same = new RawSocket(`${listed.url}/desktop?token=${token}`, { origin: listed.url });
      expect(await same.refused).toBe(403);
      const readableBy = async (origin: string): Promise<string | null> =>
        (await fetch(`${listed.url}/api/system-info`, { headers: { origin } })).headers.get(
          'access-control-allow-origin',
        );
      expect(await readableBy('https://desk.example')).toBe('https://desk.example');
      expect(await readableBy('https://evil.example')).toBeNull();
      expect(await listed.stop()).toBe(0);
    });
  });
});
