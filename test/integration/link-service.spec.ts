import { type Standing } from '#store/link-call';
import { type Site, startSite } from '../support/site';
import { SideLink } from './link-service.spec-support';

/** When things were seen differs from side to side; what is the case does not. */
const withoutTimes = (standing: Standing): object => {
  const { changedAt, dialogs, ...rest } = standing;
  expect(changedAt).toBeGreaterThan(0);
  return {
    ...rest,
    dialogs: dialogs.map(({ startedAt, participants, ...dialog }) => ({
      ...dialog,
      startedAt: startedAt > 0,
      participants: participants.map(({ mediaAddress, state }) => ({ mediaAddress, state })),
    })),
  };
};

describe('the CTI link as servers have it', () => {
  let site: Site;
  let primary: SideLink;
  let secondary: SideLink;

  beforeAll(async () => {
    site = await startSite();
    [primary, secondary] = await Promise.all([SideLink.open(site, 'primary'), SideLink.open(site, 'secondary')]);
  });
  afterAll(async () => {
    await Promise.allSettled([primary, secondary].map((link) => link.close()));
    await site.stop();
  });

  it('signs agents in through either side, and both sides tell the same of them', async () => {
    const first = await primary.caller.change('1001', { kind: 'signIn', extension: '3001' });
    expect(first).toMatchObject({
      kind: 'done',
      standing: { state: 'NOT_READY', extension: '3001', signedOut: false },
    });
    const second = await secondary.caller.change('1002', { kind: 'signIn', extension: '3055' });
    expect(second).toMatchObject({ kind: 'done', standing: { state: 'NOT_READY', extension: '3055' } });
    for (const agentId of ['1001', '1002', '1003']) {
      const isSame = agentId === '1003' ? 'LOGOUT' : 'NOT_READY';
      const [one, other] = await Promise.all([
        primary.untilStanding(agentId, ({ state }) => state === isSame),
        secondary.untilStanding(agentId, ({ state }) => state === isSame),
      ]);
      expect(withoutTimes(one)).toEqual(withoutTimes(other));
    }
    expect(await primary.caller.look('9999')).toEqual({ kind: 'unknownAgent' });
    const requests = [...(await site.requests('1001')), ...(await site.requests('1002'))];
    expect(requests.map(({ stateName, effective }) => [stateName, effective])).toEqual([
      ['LOGIN', true],
      ['LOGIN', true],
    ]);
  });
});
