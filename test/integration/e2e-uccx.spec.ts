import { sideBySide } from '../kit/side-by-side';
import { type Site } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

/**
 * A contact centre of the UCCX kind: a forced logout is always a logout, and a call that was not routed shows as Not
 * Ready, so that calls decide and not the state.
 */
describe('a desktop that vanishes on UCCX', () => {
  let site: Site;
  afterAll(() => site.stop());

  sideBySide(
    async () => {
      site = await startSite({ env: { SIM_LOAD: '0' } });
      await site.post('/settings', { mode: 'uccx' });
    },
    {
      'is followed by a logout, whatever LOAD says, and journalled as one': async () => {
        await site.signIn('1001');
        (await site.open('1001')).crash();
        await site.untilOutcome('1001', 'loggedOut');
        expect(await site.ctiAgent('1001')).toMatchObject({ stateName: 'LOGOUT' });
      },

      'leaves an agent alone whose call hides behind Not Ready, until the call has ended': async () => {
        await site.signIn('1002');
        const { callId } = await site.post('/calls', { agentId: '1002', kind: 'nonAcd' });
        await waitFor('the call', async () => (await site.ctiAgent('1002')).calls.length > 0);
        expect(await site.ctiAgent('1002')).toMatchObject({ stateName: 'NOT_READY' });
        (await site.open('1002')).crash();
        const held = await site.untilPhase('1002', 'held');
        expect(held.phase).toMatchObject({ reasons: ['call'] });
        await pause(siteTimes.graceMs);
        expect(await site.logouts('1002')).toEqual([]);
        await site.post(`/calls/${String(callId)}`, {}, 'DELETE');
        await site.untilOutcome('1002', 'loggedOut');
      },
    },
  );
});
