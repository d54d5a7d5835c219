import { inShort, textIn } from '../kit/finesse/finesse-events';
import { sideBySide } from '../kit/side-by-side';
import { siteTimes } from '../kit/site/site-times';
import { startXmppSite, type XmppSite } from '../kit/site/xmpp-site';
import { pause, waitFor } from '../kit/wait';
import { SlixmppDesktop } from '../kit/xmpp/slixmpp-desktop';

/** Desktops that were not written for Lastcall: slixmpp and Python's urllib, a real Prosody, both sides, real processes. */

const agentIds = ['1001', '1002', '1003', '1004', '1005', '1006', '1007'];

/** What an element holds; when the state was seen is a matter of who saw it, for one may have asked the other side. */
function fieldsOf(element: string, document: string): string | undefined {
  const [, fields] = new RegExp(`<${element}>(.*)</${element}>`, 's').exec(document) ?? [];
  return fields?.replace(/<stateChangeTime>[^<]+</, '<stateChangeTime><');
}

/** Longer than a desktop written in Python takes to start on a busy machine. */
/** A desktop that comes back is a Python process that has to start first. */
const times = { ...siteTimes, graceMs: 8_000, graceServerLostMs: 9_000 };
/** Longer than any wait after which somebody would be signed out who should not be. */
const longEnoughMs = times.leaseMs + times.graceServerLostMs + 2 * times.sweepMs + 2_000;

describe('a desktop made with slixmpp', () => {
  let xmpp: XmppSite;
  const desktops: SlixmppDesktop[] = [];

  afterAll(async () => {
    await Promise.all(desktops.map((desktop) => desktop.kill()));
    await xmpp.stop();
  });

  function newDesktop(agentId: string, resource?: string): SlixmppDesktop {
    const desktop = new SlixmppDesktop(xmpp, agentId, resource);
    desktops.push(desktop);
    return desktop;
  }

  const extensionOf = (agentId: string): string => String(Number(agentId) + 2_000);

  /** Signed in by REST at the primary, present by XMPP, and told so. */
  async function openSignedIn(agentId: string): Promise<SlixmppDesktop> {
    const desktop = await newDesktop(agentId).open();
    await xmpp.site.untilDesktop(agentId);
    expect(await desktop.signIn('primary', extensionOf(agentId))).toMatchObject({ status: 202 });
    await desktop.untilTold(`User/${agentId} PUT user NOT_READY`);
    return desktop;
  }

  async function isSignedIn(agentId: string): Promise<boolean> {
    return (await xmpp.site.ctiAgent(agentId)).stateName !== 'LOGOUT';
  }

  sideBySide(
    async () => {
      xmpp = await startXmppSite(agentIds, { times });
    },
    {
      'hears of its state and of its calls, in the words of REST, with the id of its request': async () => {
        const desktop = await newDesktop('1001').open();
        await xmpp.site.untilDesktop('1001');
        // Each server learns login names from the CTI configuration at a time of its own.
        for (const side of ['primary', 'secondary'] as const) {
          const isKnown = async (): Promise<boolean> =>
            (await desktop.get(side, 'User/1001')).body?.includes('<loginName>agent1001<') === true;
          await waitFor(`the ${side} server to know the login name of 1001`, isKnown);
        }
        expect(await desktop.signIn('primary', '3001', 'request-1')).toMatchObject({ status: 202 });
        const signedIn = await desktop.untilTold('User/1001 PUT user NOT_READY');
        expect(textIn(signedIn.payload, 'requestId')).toBe('request-1');
        expect(textIn(signedIn.payload, 'source')).toBe('/finesse/api/User/1001');
        const [event] = desktop.events.filter((one) => one.payload === signedIn.payload);
        expect(event).toMatchObject({ sender: 'pubsub.localhost', namespace: 'urn:xmpp:push:0' });
        expect(fieldsOf('user', signedIn.payload)).toContain('<state>NOT_READY</state>');
        const { body = '' } = await desktop.get('primary', 'User/1001');
        expect(fieldsOf('user', signedIn.payload)).toBe(fieldsOf('User', body));

        expect(await desktop.put('primary', '<state>READY</state>', 'request-2')).toMatchObject({ status: 202 });
        const ready = await desktop.untilTold('User/1001 PUT user READY');
        expect(textIn(ready.payload, 'requestId')).toBe('request-2');

        // Two servers watch and follow; one tells. On a busy machine its link may be interrupted: then it tells all anew.
        const told = desktop.events.filter((one) => inShort(one) === 'User/1001 PUT user READY');
        const requestIds = told.map(({ payload }) => textIn(payload, 'requestId'));
        expect(requestIds.filter((requestId) => requestId !== '')).toEqual(['request-2']);

        const { callId } = await xmpp.site.post('/calls', { agentId: '1001' });
        await waitFor('the call in the list of dialogs', () =>
          desktop.events.some((one) => /^User\/1001\/Dialogs POST dialogs /.test(inShort(one))),
        );
        await desktop.untilTold('User/1001 PUT user TALKING');
        await xmpp.site.post(`/calls/${String(callId)}`, {}, 'DELETE');
        await desktop.untilTold('User/1001/Dialogs DELETE dialogs DROPPED');
      },

      'is subscribed to its own nodes whether it asks or not, and to nobody else': async () => {
        const desktop = await newDesktop('1002').open();
        expect(await desktop.subscribe('/finesse/api/User/1002')).toMatchObject({ status: 'subscribed' });
        expect(await desktop.subscribe('/finesse/api/User/1001')).toMatchObject({ status: 'not-authorized' });
      },

      'that asks for what cannot be is told so by XMPP': async () => {
        await xmpp.site.signIn('1008');
        const desktop = await newDesktop('1003').open();
        await xmpp.site.untilDesktop('1003');
        // Somebody else sits there, which only the CTI server knows.
        expect(await desktop.signIn('primary', '3008', 'request-3')).toMatchObject({ status: 202 });
        const failed = await waitFor('the error', () =>
          desktop.events.find(({ payload }) => payload.includes('<apiErrors>')),
        );
        expect(textIn(failed.payload, 'requestId')).toBe('request-3');
        expect(textIn(failed.payload, 'errorType')).not.toBe('');
        expect(await isSignedIn('1003')).toBe(false);
      },

      'is signed out when it vanishes, after the grace and not before': async () => {
        const desktop = await openSignedIn('1004');
        const killedAt = Date.now();
        await desktop.kill();
        await xmpp.site.untilOutcome('1004', 'loggedOut');
        const [logout] = await xmpp.site.logouts('1004');
        expect(logout).toMatchObject({ reasonCode: 255 });
        expect((logout?.at ?? 0) - killedAt).toBeGreaterThanOrEqual(times.graceMs - 100);
        expect(await xmpp.site.logouts('1004')).toHaveLength(1);
      },

      'that is back within the grace stays signed in': async () => {
        const desktop = await openSignedIn('1005');
        await desktop.kill();
        await xmpp.site.untilPhase('1005', 'grace');
        await newDesktop('1005', 'another').open();
        await xmpp.site.untilOutcome('1005', 'returned');
        await pause(2 * times.graceMs);
        expect(await xmpp.site.logouts('1005')).toEqual([]);
      },

      'that fails over to the other side stays signed in, although its first connection dies late': async () => {
        const first = await openSignedIn('1006');
        const second = await newDesktop('1006', 'at-secondary').open();
        expect(await second.signIn('secondary', '3006', 'moved')).toMatchObject({ status: 202 });
        const told = await waitFor('the answer to signing in again', () =>
          second.events.find(({ payload }) => textIn(payload, 'requestId') === 'moved'),
        );
        expect(inShort(told)).toBe('User/1006 PUT user NOT_READY');
        await first.kill();
        await pause(2 * times.graceMs + times.sweepMs);
        expect(await xmpp.site.logouts('1006')).toEqual([]);
        expect(await isSignedIn('1006')).toBe(true);
      },
    },
  );

  it('hears that its side is out of service, moves, outlives its old server, and is signed out when it vanishes', async () => {
    const { site } = xmpp;
    const desktop = await openSignedIn('1007');
    await site.workers.primary.kill9();
    await desktop.untilTold('SystemInfo PUT systemInfo OUT_OF_SERVICE');
    expect(await desktop.put('primary', '<state>READY</state>')).toMatchObject({ status: 503 });
    expect(await desktop.get('secondary', 'SystemInfo')).toMatchObject({
      body: expect.stringContaining('<status>IN_SERVICE</status>') as string,
    });

    const told = desktop.events.length;
    expect(await desktop.signIn('secondary', '3007', 'moved')).toMatchObject({ status: 202 });
    await desktop.untilTold('User/1007 PUT user NOT_READY', told);
    await site.servers.primary.kill9();
    await pause(longEnoughMs);
    expect(await site.logouts('1007')).toEqual([]);
    // Agents of the secondary heard nothing of the primary's trouble.
    const elsewhere = desktops.filter(({ agentId }) => agentId === '1006').flatMap(({ events }) => events.map(inShort));
    expect(elsewhere).not.toContain('SystemInfo PUT systemInfo OUT_OF_SERVICE');

    const toldBefore = desktop.events.length;
    expect(await desktop.put('secondary', '<state>READY</state>')).toMatchObject({ status: 202 });
    await desktop.untilTold('User/1007 PUT user READY', toldBefore);
    await desktop.kill();
    await site.untilOutcome('1007', 'loggedOut');
  });
});
