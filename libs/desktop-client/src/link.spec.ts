import { usualLimits } from './limits';
import { FakePage, type FakeServer, Observed, primary } from './page.spec-support';

const { pingEveryMs, pongMsMax, wakePongMsMax } = usualLimits;

describe('a link', () => {
  let page: FakePage;
  let server: FakeServer;
  let observed: Observed;

  beforeEach(async () => {
    page = new FakePage();
    server = page.servers[primary];
    observed = new Observed(page);
    await page.pass(10);
    expect(observed.names).toEqual(['opened']);
  });

  const pings = (): number => server.last.sent.filter(({ type }) => type === 'ping').length;

  it('asks a silent server every ten seconds whether it is there, and is content with any answer', async () => {
    await page.pass(60_000);
    expect(pings()).toBe(6);
    expect(observed.names).toEqual(['opened']);
  });

  it('does not ask while the server speaks by itself', async () => {
    for (let n = 0; n < 10; n += 1) {
      await page.pass(pingEveryMs - 1_000);
      server.last.acknowledge();
    }
    expect(pings()).toBe(0);
  });

  it('ends when the server has been silent for the time of detection', async () => {
    server.last.isDead = true;
    await page.pass(pingEveryMs + pongMsMax - 100);
    expect(observed.names).toEqual(['opened']);
    await page.pass(100);
    expect(observed.of('interrupted')).toMatchObject([{ code: 1006, reason: 'the server is silent' }]);
  });

  it.each([
    [1006, 'the connection broke'],
    [1005, 'the server closed the connection (1005)'],
  ])('says why it ended where the browser gives no reason: %i', async (code, reason) => {
    server.last.end(code);
    await page.pass(0);
    expect(observed.of('interrupted')).toMatchObject([{ code, reason }]);
  });

  it('does not take the silence of a page that stood still for the silence of the server', async () => {
    server.last.isDead = true;
    await page.pass(pingEveryMs);
    // The answer lies unread while the page stands still; its timer comes first afterwards.
    page.sleep(600_000);
    await page.pass(0);
    expect(observed.names).toEqual(['opened']);
    expect(pings()).toBe(2);
    server.last.isDead = false;
    server.last.tell({ type: 'pong', n: 1 });
    await page.pass(60_000);
    expect(observed.names).toEqual(['opened']);
  });

  it('that is silent after the page stood still ends soon', async () => {
    server.last.isDead = true;
    await page.pass(pingEveryMs);
    page.sleep(600_000);
    await page.pass(wakePongMsMax);
    expect(observed.names).toEqual(['opened', 'interrupted']);
  });

  it('lives with timers that come once a minute', async () => {
    for (let minute = 0; minute < 10; minute += 1) {
      page.sleep(60_000);
      await page.pass(0);
    }
    expect(observed.names).toEqual(['opened']);
    expect(pings()).toBe(10);
  });

  it('lets be what it cannot read or does not know', async () => {
    for (const message of ['{', 'null', '7', '[]', '{"type":"news"}', '']) server.last.tell(message);
    await page.pass(1_000);
    expect(observed.names).toEqual(['opened']);
  });

  it('asks once, however often it is woken', async () => {
    for (let n = 0; n < 100; n += 1) page.listener?.woke();
    expect(pings()).toBe(1);
    await page.pass(1_000);
    page.listener?.woke();
    expect(pings()).toBe(2);
  });
});
