import { type Site } from '../kit/site/site';
import { type SiteOptions } from '../kit/site/site-options';
import { startSite } from '../kit/site/start-site';
import { waitFor } from '../kit/wait';
import { SideLink } from './link-service.spec-support';

/** Longer than any freeze here: the worker still believes in its lease when it thaws. */
const longLease = { times: { leaseMs: 20_000 } };

async function withSite(options: SiteOptions, body: (site: Site) => Promise<void>): Promise<void> {
  const site = await startSite(options);
  try {
    await body(site);
  } finally {
    await site.stop();
  }
}

describe('the CTI link as servers have it, when something breaks', () => {
  it('its holder is killed: out of service until the other worker of the side holds it, then it signs agents in', () =>
    withSite({}, async (site) => {
      const second = await site.prepare('worker', {
        ...{ SIDE: 'primary', WORKER_ID: 'worker-primary-2', CTI_CLIENT_ID: 'second' },
      });
      await second.start();
      const link = await SideLink.open(site, 'primary');
      try {
        await site.signIn('1001');
        await link.untilStanding('1001', ({ signedOut }) => !signedOut);
        link.services.length = 0;
        await site.workers.primary.kill9();
        await waitFor('the other worker to be heard', () => link.services.some(({ inService }) => inService));
        expect(link.services.at(-1)).toEqual({ inService: true });
        expect(await link.caller.change('1002', { kind: 'signIn', extension: '3002' })).toMatchObject({ kind: 'done' });
        expect(await site.requests('1002')).toMatchObject([
          { stateName: 'LOGIN', clientId: 'second', effective: true },
        ]);
        await link.untilStanding('1001', ({ state }) => state === 'NOT_READY');
      } finally {
        await link.close();
      }
    }));

  it('its holder is frozen with an order on its way: the caller is left in doubt, and the order is never carried out', () =>
    withSite(longLease, async (site) => {
      const link = await SideLink.open(site, 'primary');
      try {
        await link.untilStanding('1001', ({ signedOut }) => signedOut);
        site.workers.primary.freeze();
        const result = await link.caller.change('1001', { kind: 'signIn', extension: '3001' });
        expect(result).toMatchObject({ kind: 'inDoubt' });
        await link.untilService(false);
        site.workers.primary.thaw();
        await link.untilService(true);
        // Orders are taken in their turn: when this one is done, the late one has been refused.
        expect(await link.caller.change('1002', { kind: 'signIn', extension: '3002' })).toMatchObject({ kind: 'done' });
        expect(await link.caller.look('1001')).toMatchObject({ kind: 'known', standing: { signedOut: true } });
        expect(await site.requests('1001')).toEqual([]);
      } finally {
        await link.close();
      }
    }));

  describe('one after the other', () => {
    let site: Site;
    let link: SideLink;

    beforeAll(async () => {
      site = await startSite();
      link = await SideLink.open(site, 'primary');
    });
    afterAll(async () => {
      await link.close();
      await site.stop();
    });

    it('its CTI servers are gone: the reason is told, nothing is sent, and looks work again when they are back', async () => {
      await site.signIn('1001');
      await link.untilStanding('1001', ({ signedOut }) => !signedOut);
      for (const side of ['A', 'B']) await site.post('/faults', { side, fault: 'down' });
      const out = await link.untilService(false);
      expect(out).toMatchObject({ why: expect.stringMatching(/^The CTI link is not in service: /) as string });
      expect(await link.caller.look('1001')).toMatchObject({ kind: 'unavailable' });
      expect(await link.caller.change('1001', { kind: 'signOut', reasonCode: 0 })).toMatchObject({
        kind: 'unavailable',
      });
      for (const side of ['A', 'B']) await site.post('/faults', { side, fault: 'up' });
      await link.untilService(true);
      await link.untilStanding('1001', ({ state }) => state === 'NOT_READY');
      expect(await site.requests('1001')).toEqual([]);
    });

    it('Redis is restarted: out of service with it, and what changed meanwhile is seen when it is back', async () => {
      await link.untilStanding('1002', ({ signedOut }) => signedOut);
      await site.redis.kill9();
      await link.untilService(false);
      await site.signIn('1002');
      link.services.length = 0;
      await site.redis.restart();
      await link.untilService(true);
      expect(link.services.at(-1)).toEqual({ inService: true });
      await link.untilStanding('1002', ({ state }) => state === 'NOT_READY');
    });

    it('its worker is stopped: that is told at once, not after a silence', async () => {
      link.services.length = 0;
      await site.workers.primary.stop();
      const first = await waitFor('the link to change', () => link.services[0]);
      expect(first).toEqual({ inService: false, why: 'The worker is being stopped.' });
    });
  });
});
