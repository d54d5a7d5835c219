import { usualLimits } from './limits';
import { FakePage, type FakeServer, Observed, primary, secondary } from './page.spec-support';

const moment = 10;
const { spreadMsMax, backOffMsMin, backOffMsMax } = usualLimits;

describe('a desktop', () => {
  let page: FakePage;
  let one: FakeServer;
  let two: FakeServer;

  beforeEach(() => {
    page = new FakePage();
    one = page.servers[primary];
    two = page.servers[secondary];
  });

  async function opened(options: ConstructorParameters<typeof Observed>[1] = {}): Promise<Observed> {
    const observed = new Observed(page, options);
    await page.pass(moment);
    expect(observed.desktop.state).toBe('open');
    return observed;
  }

  describe('that begins', () => {
    it('opens on the first side, with a ticket in the address and the token in a header only', async () => {
      const { desktop, heard } = await opened();
      expect(one.asked).toEqual(['GET /api/system-info', 'POST /desktop/ticket']);
      expect(one.tokens).toEqual(['Bearer jwt']);
      expect(one.last.url).toBe('wss://primary.example/desktop?ticket=ticket-1');
      expect(one.last.sent).toEqual([{ type: 'open', desktopId: desktop.desktopId }]);
      expect(heard).toEqual([['opened', { server: primary, epoch: 1, mustSignIn: false }]]);
      expect(desktop.server).toBe(primary);
      expect(two.asked).toEqual([]);
    });

    it.each([
      ['does not answer', (server: FakeServer) => (server.isUp = false)],
      ['is out of service', (server: FakeServer) => (server.status = 'OUT_OF_SERVICE')],
    ])('opens on the second side when the first %s', async (_what, harm) => {
      harm(one);
      const { names } = await opened();
      expect(names).toEqual(['opened']);
      expect(one.sockets).toEqual([]);
    });

    it('goes to the other side when it gets no ticket, and not for ever to the same', async () => {
      one.ticketStatus = 503;
      const observed = new Observed(page);
      await page.pass(backOffMsMin);
      expect(observed.desktop.server).toBe(secondary);
    });

    it('stays with a side that cannot judge its token now: the other one asks the same provider', async () => {
      one.ticketStatus = 424;
      const observed = new Observed(page);
      await page.pass(60_000);
      expect([observed.names, two.asked]).toEqual([[], []]);
      one.ticketStatus = 200;
      await page.pass(backOffMsMax);
      expect(observed.desktop).toMatchObject({ state: 'open', server: primary });
      one.last.end(4424, 'the token cannot be judged');
      await page.pass(backOffMsMax);
      expect([observed.names, two.asked]).toEqual([['opened', 'interrupted', 'opened'], []]);
    });

    it('tries again with longer and longer waits while nobody is there, and opens when somebody is', async () => {
      one.isUp = two.isUp = false;
      const observed = new Observed(page);
      await page.pass(60_000);
      const attempts = one.asked.length;
      expect(attempts).toBeGreaterThan(60_000 / backOffMsMax);
      expect(attempts).toBeLessThan(15);
      two.isUp = true;
      await page.pass(backOffMsMax);
      expect(observed.desktop).toMatchObject({ state: 'open', server: secondary });
      expect(observed.names).toEqual(['opened']);
    });

    it('is told that the agent must sign in', async () => {
      one.mustSignIn = true;
      const { names } = await opened();
      expect(names).toEqual(['opened', 'mustSignIn']);
    });

    it('is not open before it is acknowledged, and gives up after 30 s for the other side', async () => {
      one.acknowledges = false;
      const observed = new Observed(page);
      await page.pass(usualLimits.openedMsMax - 100);
      expect([observed.desktop.state, observed.names]).toEqual(['connecting', []]);
      await page.pass(backOffMsMin + 200);
      expect(observed.desktop).toMatchObject({ state: 'open', server: secondary });
    });

    it('waits no longer than 20 s for the page to find a token, and asks it again', async () => {
      let asked = 0;
      const token = (): Promise<string> => (++asked === 1 ? new Promise(() => undefined) : Promise.resolve('jwt'));
      const observed = new Observed(page, { token });
      await page.pass(usualLimits.tokenMsMax + backOffMsMin + moment);
      expect([asked, observed.desktop.state]).toEqual([2, 'open']);
    });

    it('asks the page again when it could not say', async () => {
      let asked = 0;
      const token = (): Promise<string> =>
        ++asked < 3 ? Promise.reject(new Error('offline')) : Promise.resolve('jwt');
      const observed = new Observed(page, { token });
      await page.pass(4 * backOffMsMin);
      expect([asked, observed.desktop.state]).toEqual([3, 'open']);
    });

    it('fetches another token when one is refused, and tells the page', async () => {
      one.ticketStatus = 401;
      const observed = new Observed(page);
      await page.pass(moment);
      expect(observed.heard).toEqual([['tokenRefused', { server: primary, sentence: 'the token has expired' }]]);
      one.ticketStatus = 200;
      await page.pass(backOffMsMin);
      expect(observed.desktop.state).toBe('open');
    });

    it('ends when its only token is refused', async () => {
      one.ticketStatus = 401;
      const observed = new Observed(page, { token: 'fixed' });
      await page.pass(moment);
      expect(observed.of('closed')).toEqual([{ cause: 'fault', code: 4401, sentence: 'the token has expired' }]);
      expect(page.waiting).toBe(0);
    });

    it.each([[[]], [['primary.example']], [['ftp://x']]])('refuses the addresses %j', (servers) => {
      expect(() => new Observed(page, { servers })).toThrow(TypeError);
    });
  });

  describe('whose connection breaks', () => {
    it('opens again on the same side, after a random part of the spread', async () => {
      const observed = await opened();
      one.last.end(1006);
      expect(observed.desktop.state).toBe('connecting');
      await page.pass(spreadMsMax / 2 - moment);
      expect(one.sockets.length).toBe(1);
      await page.pass(2 * moment);
      expect(observed.names).toEqual(['opened', 'interrupted', 'opened']);
      expect(one.sockets.length).toBe(2);
    });

    it('fails over when its server is gone', async () => {
      const observed = await opened();
      one.isUp = false;
      one.last.end(1006);
      await page.pass(spreadMsMax);
      expect(observed.names).toEqual(['opened', 'interrupted', 'failover', 'opened']);
      expect(observed.of('failover')).toEqual([{ from: primary, to: secondary }]);
    });

    it('looks whether the other side is in service before it moves, and stays when it is not', async () => {
      await opened();
      two.status = 'OUT_OF_SERVICE';
      one.last.end(1012);
      await page.pass(spreadMsMax);
      expect([two.asked, two.sockets]).toEqual([['GET /api/system-info'], []]);
      expect(one.sockets.length).toBe(2);
    });

    it.each([1012, 1013])('opens on the other side first after %d', async (code) => {
      const observed = await opened();
      one.last.end(code);
      await page.pass(spreadMsMax);
      expect(observed.desktop.server).toBe(secondary);
    });

    it('opens again when the server says bye though nobody here did', async () => {
      const observed = await opened();
      one.last.end(1000, 'bye');
      await page.pass(spreadMsMax);
      expect(observed.desktop.state).toBe('open');
    });

    it('stays with the side that it went to', async () => {
      const observed = await opened();
      one.isUp = false;
      one.last.end(1006);
      await page.pass(spreadMsMax);
      one.isUp = true;
      two.last.end(1006);
      await page.pass(spreadMsMax);
      expect(observed.desktop.server).toBe(secondary);
      expect(observed.of('failover').length).toBe(1);
    });

    it('tries the other side when its own says that it is in service and lets nobody in', async () => {
      const observed = await opened();
      one.acknowledges = false;
      one.last.end(1006);
      await page.pass(spreadMsMax / 2 + moment);
      one.last.end(1006);
      await page.pass(backOffMsMin);
      expect(observed.desktop.server).toBe(secondary);
    });

    it('waits longer when it was too fast', async () => {
      await opened();
      one.last.end(4429);
      await page.pass(usualLimits.slowMsMin - moment);
      expect(one.sockets.length).toBe(1);
      await page.pass(2 * moment);
      expect(one.sockets.length).toBe(2);
    });

    it.each([4400, 1009, 4409])('ends for good after %d: it would only happen again', async (code) => {
      const observed = await opened();
      one.last.end(code, 'type is not open, ping, pong or bye');
      expect(observed.of('closed')).toEqual([
        { cause: 'fault', code, sentence: 'type is not open, ping, pong or bye' },
      ]);
      await page.pass(100_000);
      expect([one.sockets.length, two.sockets.length, page.waiting]).toEqual([1, 0, 0]);
    });

    it('spreads over the whole time, one desktop here and another there', async () => {
      const waits: number[] = [];
      for (const dice of [0, 0.2, 0.999]) {
        page = new FakePage();
        [one, two] = [page.servers[primary], page.servers[secondary]];
        const observed = await opened();
        page.dice = dice;
        one.isUp = false;
        one.last.end(1006);
        const brokeAt = page.nowMs;
        while (observed.desktop.state !== 'open') await page.pass(moment);
        waits.push(page.nowMs - brokeAt);
      }
      expect(waits.map((ms) => Math.round(ms / 100) * 100)).toEqual([0, 0.2 * spreadMsMax, spreadMsMax]);
    });
  });

  describe('whose server goes out of service', () => {
    it('goes to the other side, and leaves its own only when the other has acknowledged', async () => {
      const observed = await opened();
      two.acknowledges = false;
      one.last.tell({ type: 'outOfService' });
      expect(observed.desktop).toMatchObject({ state: 'outOfService', server: primary });
      await page.pass(spreadMsMax);
      expect(two.sockets.length).toBe(1);
      expect([one.last.saidBye, one.last.isClosedByPage]).toEqual([false, false]);
      two.last.acknowledge();
      expect([one.last.saidBye, one.last.isClosedByPage]).toEqual([true, true]);
      expect(observed.names).toEqual(['opened', 'outOfService', 'failover', 'opened']);
    });

    it('stays when the other side is out of service too, and is open again when its own is well', async () => {
      const observed = await opened();
      two.status = 'OUT_OF_SERVICE';
      one.last.tell({ type: 'outOfService' });
      await page.pass(30_000);
      expect(two.sockets).toEqual([]);
      one.last.acknowledge();
      expect(observed.desktop).toMatchObject({ state: 'open', server: primary });
      await page.pass(9_000);
      expect(two.sockets).toEqual([]);
      expect(observed.names).toEqual(['opened', 'outOfService', 'opened']);
    });

    it('gives up the journey when its own server is well before the other has acknowledged', async () => {
      const observed = await opened();
      two.acknowledges = false;
      one.last.tell({ type: 'outOfService' });
      await page.pass(spreadMsMax);
      one.last.acknowledge();
      expect(two.last.isClosedByPage).toBe(true);
      two.last.acknowledge();
      expect(observed.desktop).toMatchObject({ state: 'open', server: primary });
    });

    it('goes on with its journey when the old connection ends meanwhile', async () => {
      const observed = await opened();
      two.acknowledges = false;
      one.last.tell({ type: 'outOfService' });
      await page.pass(spreadMsMax);
      one.last.end(1012);
      two.last.acknowledge();
      expect(observed.desktop).toMatchObject({ state: 'open', server: secondary });
      await page.pass(9_000);
      expect([one.sockets.length, two.sockets.length]).toEqual([1, 1]);
    });
  });

  describe('whose page is left', () => {
    it('says bye by socket and by beacon, with the secret of the connection', async () => {
      await opened();
      page.listener?.left();
      expect(one.last.saidBye).toBe(true);
      expect(page.beacons).toEqual([
        { url: 'https://primary.example/desktop/bye', body: { token: `secret of ${one.last.url}` } },
      ]);
      await page.pass(100_000);
      expect([one.sockets.length, page.waiting]).toEqual([1, 0]);
    });

    it('says nothing before it was acknowledged', async () => {
      one.acknowledges = false;
      new Observed(page);
      await page.pass(moment);
      page.listener?.left();
      expect([page.beacons, one.last.saidBye, one.last.isClosedByPage]).toEqual([[], false, true]);
    });

    it('opens again at once, with the same id, when the page comes back', async () => {
      const observed = await opened();
      const { desktopId } = observed.desktop;
      page.listener?.left();
      expect(page.memory.values.size).toBe(1);
      page.listener?.cameBack();
      expect(page.memory.values.size).toBe(0);
      await page.pass(moment);
      expect(observed.desktop.state).toBe('open');
      expect(one.last.sent).toEqual([{ type: 'open', desktopId }]);
      expect(one.sockets.length).toBe(2);
    });

    it('and refreshed has the same id; a page in a copy of the tab has another', async () => {
      const first = await opened();
      const copy = new FakePage();
      for (const [key, value] of page.memory.values) copy.memory.setItem(key, value);
      copy.randomId = () => 'of the copy';
      expect(new Observed(copy).desktop.desktopId).toBe('of the copy');
      page.listener?.left();
      expect(new Observed(page).desktop.desktopId).toBe(first.desktop.desktopId);
    });
  });

  describe('that is closed', () => {
    it('says bye, and does nothing any more', async () => {
      const observed = await opened();
      observed.desktop.bye();
      expect(one.last.saidBye).toBe(true);
      expect(observed.of('closed')).toEqual([{ cause: 'bye', code: 1000, sentence: 'bye' }]);
      one.last.end(1000, 'bye');
      await page.pass(100_000);
      expect([observed.names, page.waiting, page.listener]).toEqual([['opened', 'closed'], 0, undefined]);
    });

    it('without a word leaves the rest to the server', async () => {
      const observed = await opened();
      observed.desktop.close();
      expect([one.last.saidBye, one.last.isClosedByPage]).toEqual([false, true]);
      expect(observed.of('closed')).toMatchObject([{ cause: 'closed' }]);
    });

    it('on its way to a server opens nothing there', async () => {
      const observed = new Observed(page);
      observed.desktop.close();
      await page.pass(10_000);
      expect([one.asked, one.sockets]).toEqual([[], []]);
      const another = new Observed(page);
      await Promise.resolve();
      another.desktop.close();
      await page.pass(10_000);
      expect(one.sockets).toEqual([]);
    });

    it('by a listener tells nothing after it', async () => {
      const observed = await opened();
      observed.desktop.on('interrupted', () => {
        observed.desktop.close();
      });
      one.last.end(1006);
      await page.pass(100_000);
      expect(observed.names).toEqual(['opened', 'interrupted', 'closed']);
    });
  });

  describe('that wakes', () => {
    it('does not wait any longer than a moment for its next attempt', async () => {
      one.isUp = two.isUp = false;
      const observed = new Observed(page);
      await page.pass(40_000);
      one.isUp = true;
      page.listener?.woke();
      await page.pass(backOffMsMin);
      expect(observed.desktop.state).toBe('open');
    });

    it('finds out within five seconds that its connection has died, and opens another', async () => {
      const observed = await opened();
      one.last.isDead = true;
      page.sleep(3_600_000);
      page.listener?.woke();
      await page.pass(usualLimits.wakePongMsMax + spreadMsMax);
      expect(observed.names).toEqual(['opened', 'interrupted', 'opened']);
    });
  });
});
