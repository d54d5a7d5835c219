import { type App } from '../kit/app';
import { type Site } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { pause } from '../kit/wait';
import { holder, leaseEnd, roleOf, startTwoOnOneSide, untilActive } from './two-workers.spec-support';

/** One message a second and nothing asked in advance: a request waits long enough to be frozen before it is written. */
const slowPace = { CTI_MESSAGES_PER_SECOND_MAX: '1', CTI_ENQUIRIES_PER_SECOND_MAX: '0' };

describe('two workers on one side', () => {
  it('the active one is killed: the other is active after the lease’s end, and signs the due ghost out, once', async () => {
    const { site, first, second } = await startTwoOnOneSide();
    try {
      const before = await holder(site);
      expect(before?.workerId).toBe('worker-primary-1');
      (await site.open('1001', 'primary')).crash();
      await site.untilPhase('1001', 'grace');
      await first.kill9();
      const endsAt = await leaseEnd(site);
      await untilActive(second);
      expect(Date.now()).toBeGreaterThanOrEqual(endsAt);
      const after = await holder(site);
      expect(after?.workerId).toBe('worker-primary-2');
      expect(after?.token).toBeGreaterThan(before?.token ?? Number.POSITIVE_INFINITY);
      await site.untilOutcome('1001', 'loggedOut');
      expect(await site.logouts('1001')).toMatchObject([{ clientId: 'second', effective: true }]);
    } finally {
      await site.stop();
    }
  });

  /**
   * Loses the desktops of agents until the active worker is frozen between a commit and its request, and answers whose. On a
   * busy machine a request can leave before we come to freeze its worker.
   */
  async function frozenWithRequestInHand(site: Site, first: App): Promise<string> {
    for (const agentId of ['1001', '1002', '1003', '1004', '1005']) {
      await site.signIn(agentId);
      (await site.open(agentId, 'primary')).crash();
      await site.untilPhase(agentId, 'issuing');
      first.freeze();
      if ((await site.logouts(agentId)).length === 0) return agentId;
      first.thaw();
      await site.untilOutcome(agentId, 'loggedOut');
    }
    throw new Error('each request left before its worker was frozen');
  }

  it('the active one is frozen past its lease with a request in hand: thawed, it sends nothing; the other has signed the ghost out', async () => {
    const { site, first, second } = await startTwoOnOneSide(slowPace);
    try {
      const before = await holder(site);
      await site.untilIssuable();
      const agentId = await frozenWithRequestInHand(site, first);
      await untilActive(second);
      await site.untilOutcome(agentId, 'loggedOut');
      expect((await holder(site))?.token).toBeGreaterThan(before?.token ?? Number.POSITIVE_INFINITY);
      // Back at once, so that a request of the thawed worker would have somebody to sign out.
      await site.signIn(agentId);
      first.thaw();
      await pause(2 * siteTimes.leaseMs);
      expect(await roleOf(first)).toBe('standby');
      expect(await site.requests(agentId)).toMatchObject([
        { stateName: 'LOGOUT', clientId: 'second', effective: true },
      ]);
      expect(await site.ctiAgent(agentId)).toMatchObject({ stateName: 'NOT_READY' });
    } finally {
      await site.stop();
    }
  });
});
