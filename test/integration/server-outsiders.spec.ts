import { openingRate } from '#presence/gateway';
import { type App } from '../kit/app';
import { desktopToken } from '../kit/desktop';
import { UpgradeFlood } from '../kit/network/upgrade-flood';
import { secret } from '../kit/site/site';
import { RawSocket, ServerStage } from './server-stage.spec-support';

/** Enough for every place that the server keeps for those whom it tells why they are refused. */
const worthlessUpgrades = 600;

let stage: ServerStage;
let server: App;
beforeAll(async () => {
  stage = await ServerStage.begin();
  server = await stage.server();
});
afterAll(() => stage.end());

describe('an outsider, who can prove nothing', () => {
  it.each([
    ['tickets', `?ticket=${'x'.repeat(43)}`],
    ['tokens', '?token=a.b.c'],
  ])('keeps nobody out with %s by the hundred that it made up', async (_what, query) => {
    const agentId = query.includes('ticket') ? '4001' : '4002';
    const flood = new UpgradeFlood({ url: server.url, query });
    try {
      await flood.send(worthlessUpgrades);
      // The token first: a refusal tells its close code even then.
      const token = await desktopToken({ agentId, secret });
      const raw = new RawSocket(`${server.url}/desktop?token=${token}`);
      expect(await Promise.race([raw.refused, raw.connected().then(() => 'connected')])).toBe('connected');
      raw.socket.terminate();
      await stage.open(server, agentId);
    } finally {
      flood.end();
    }
  });

  it('with a wrong secret is refused, counted by reason and logged once', async () => {
    const misconfigured = await stage.server({
      SERVER_ID: 'primary-2',
      DESKTOP_TOKEN_SECRET: 'another secret than that of those who issue the tokens',
    });
    const token = await desktopToken({ agentId: '4003', secret });
    const ask = (): Promise<Response> =>
      fetch(`${misconfigured.url}/desktop/ticket`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      });
    for (let n = 0; n < 20; n += 1) expect((await ask()).status).toBe(401);
    for (let n = 0; n < 20; n += 1) {
      expect((await new RawSocket(`${misconfigured.url}/desktop?token=${token}`).closed).code).toBe(4401);
    }
    expect((await fetch(`${misconfigured.url}/api/presence`, { method: 'POST' })).status).toBe(401);
    const figures = await (await fetch(`${misconfigured.url}/metrics`)).text();
    const counted = figures.split('\n').filter((line) => line.startsWith('lastcall_refusals_total{'));
    expect(counted.sort()).toEqual([
      'lastcall_refusals_total{surface="desktop",reason="token"} 20',
      'lastcall_refusals_total{surface="feed",reason="UNAUTHORIZED"} 1',
      'lastcall_refusals_total{surface="ticket",reason="UNAUTHORIZED"} 20',
    ]);
    const told = misconfigured.lines.filter((line) => line.includes('the signature of the token is wrong'));
    expect(told.map((line) => (JSON.parse(line) as { surface: string }).surface)).toEqual(['ticket', 'desktop']);
  });
});

describe('an agent whose desktop opens without end', () => {
  it('is let in at a rate with a token that may be used again, and nobody else waits for it', async () => {
    const token = await desktopToken({ agentId: '4004', secret });
    const begunMs = performance.now();
    let opened = 0;
    const refused = new Set<string>();
    for (let n = 0; n < 200; n += 1) {
      const desktop = await stage.connect(server, '4004', { token });
      try {
        await desktop.whenOpened();
        opened += 1;
        desktop.crash();
      } catch {
        refused.add(`${String(desktop.closed?.code)} ${String(desktop.closed?.reason)}`);
      }
    }
    const elapsedS = (performance.now() - begunMs) / 1_000;
    expect([...refused]).toEqual(['4429 agent 4004 opens more than 2 desktops per second']);
    expect(opened).toBeLessThanOrEqual(openingRate.burst + elapsedS * openingRate.perSecond);
    const other = await stage.open(server, '4005');
    expect(other.closed).toBeUndefined();
  });
});
