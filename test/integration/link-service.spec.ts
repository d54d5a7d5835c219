import { type Standing } from '#store/link-call';
import { type Site } from '../kit/site/site';
import { type Side } from '../kit/site/site-options';
import { startSite } from '../kit/site/start-site';
import { waitFor } from '../kit/wait';
import { SideLink } from './link-service.spec-support';

/** When things were seen differs from side to side; what is the case does not. */
const withoutTimes = (standing: Standing): Standing => ({
  ...standing,
  changedAt: 0,
  dialogs: standing.dialogs.map((dialog) => ({
    ...dialog,
    startedAt: 0,
    participants: dialog.participants.map((participant) => ({ ...participant, stateChangedAt: 0 })),
  })),
});

/** States of the parties of the agent's only call. */
const partiesOf = (standing: Standing): Record<string, string> => {
  const [dialog, ...more] = standing.dialogs;
  expect(more).toEqual([]);
  return Object.fromEntries((dialog?.participants ?? []).map(({ mediaAddress, state }) => [mediaAddress, state]));
};

const customer = '5551234';

describe('the CTI link as servers have it', () => {
  let site: Site;
  let links: Record<Side, SideLink>;
  let primary: SideLink;
  let secondary: SideLink;

  beforeAll(async () => {
    site = await startSite();
    const [one, other] = await Promise.all([SideLink.open(site, 'primary'), SideLink.open(site, 'secondary')]);
    [primary, secondary] = [one, other];
    links = { primary, secondary };
  });
  afterAll(async () => {
    await Promise.allSettled([primary, secondary].map((link) => link.close()));
    await site.stop();
  });

  /** Waits until both sides say the same of the agent, and it fits. */
  async function untilBoth(agentId: string, fits: (standing: Standing) => boolean): Promise<Standing> {
    const [one, other] = await Promise.all([
      primary.untilStanding(agentId, fits),
      secondary.untilStanding(agentId, fits),
    ]);
    expect(withoutTimes(one)).toEqual(withoutTimes(other));
    return one;
  }

  const startCall = async (order: object): Promise<string> => String((await site.post('/calls', order))['callId']);

  it.each<[Side, string, string]>([
    ['primary', '1001', '3001'],
    ['secondary', '1002', '3055'],
  ])('signs an agent in through the %s side, and both sides tell the same of it', async (side, agentId, extension) => {
    const { caller } = links[side];
    expect(await caller.change(agentId, { kind: 'signIn', extension })).toMatchObject({
      kind: 'done',
      standing: { state: 'NOT_READY', extension, signedOut: false, onCall: false, dialogs: [] },
    });
    await untilBoth(agentId, (standing) => standing.state === 'NOT_READY' && standing.extension === extension);
    const again = await links[side === 'primary' ? 'secondary' : 'primary'].caller.change(agentId, {
      kind: 'signIn',
      extension,
    });
    expect(again).toMatchObject({ kind: 'done', standing: { state: 'NOT_READY' } });
    expect(await site.requests(agentId)).toMatchObject([{ stateName: 'LOGIN', effective: true }]);
  });

  it('tells what the CTI server refuses: another extension, one that is taken, an unknown agent, a sign-out from Ready', async () => {
    await primary.caller.change('1003', { kind: 'signIn', extension: '3003' });
    await untilBoth('1003', ({ signedOut }) => !signedOut);
    const { caller } = secondary;
    expect(await caller.change('1003', { kind: 'signIn', extension: '3999' })).toMatchObject({
      kind: 'rejected',
      code: 'CF_SPECIFIED_AGENT_ALREADY_SIGNED_ON',
    });
    expect(await caller.change('1004', { kind: 'signIn', extension: '3003' })).toMatchObject({
      kind: 'rejected',
      code: 'CF_INVALID_LOGON_DEVICE_SPECIFIED',
    });
    expect(await caller.change('9999', { kind: 'signIn', extension: '3001' })).toMatchObject({
      kind: 'rejected',
      code: 'CF_INVALID_AGENT_ID_SPECIFIED',
    });
    expect(await caller.look('9999')).toEqual({ kind: 'unknownAgent' });
    const ready = await caller.change('1003', { kind: 'setState', state: 'READY', reasonCode: 0 });
    expect(ready).toMatchObject({ kind: 'done', standing: { state: 'READY' } });
    expect(await caller.change('1003', { kind: 'signOut', reasonCode: 0 })).toMatchObject({
      kind: 'rejected',
      code: 'CF_INVALID_OBJECT_STATE',
      peripheralErrorCode: 10112,
    });
  });

  it('brings the password of an order to the CTI server, and its refusals of a password and of an extension back', async () => {
    await site.post('/settings', { agentPassword: 'sesame', extensions: 'known' });
    try {
      const signIn = (extension: string, password: string) =>
        primary.caller.change('1011', { kind: 'signIn', extension, password });
      expect(await signIn('3011', 'wrong')).toMatchObject({ code: 'CF_INVALID_PASSWORD_SPECIFIED' });
      expect(await signIn('3999', 'sesame')).toMatchObject({ code: 'CF_INVALID_LOGON_DEVICE_SPECIFIED' });
      expect(await signIn('3011', 'sesame')).toMatchObject({ kind: 'done', standing: { extension: '3011' } });
    } finally {
      await site.post('/settings', { agentPassword: null, extensions: 'any' });
    }
  });

  it('changes states and signs out, and followers of both sides hear each change with what was before', async () => {
    const steps = [
      { kind: 'signIn', extension: '3005' },
      { kind: 'setState', state: 'READY', reasonCode: 0 },
      { kind: 'setState', state: 'NOT_READY', reasonCode: 12 },
      { kind: 'signOut', reasonCode: 7 },
    ] as const;
    for (const order of steps) expect(await primary.caller.change('1005', order)).toMatchObject({ kind: 'done' });
    for (const link of [primary, secondary]) {
      await waitFor('the sign-out to be heard', () => link.told('1005').at(-1)?.reasonCode === 7);
      // Whether the state before all this is told once more depends on when this follower came.
      const heard = link.changes.filter(({ after }) => after.agentId === '1005').slice(-steps.length);
      expect(heard.map(({ after: { state, reasonCode } }) => [state, reasonCode])).toEqual([
        ['NOT_READY', 0],
        ['READY', 0],
        ['NOT_READY', 12],
        ['LOGOUT', 7],
      ]);
      expect(heard[0]?.before).toMatchObject({ state: 'LOGOUT' });
      expect(heard.slice(1).map(({ before }) => before)).toEqual(heard.slice(0, -1).map(({ after }) => after));
    }
  });

  it('notes Not Ready during a call, and it takes effect after the call', async () => {
    await primary.caller.change('1006', { kind: 'signIn', extension: '3006' });
    await primary.caller.change('1006', { kind: 'setState', state: 'READY', reasonCode: 0 });
    const callId = await startCall({ agentId: '1006' });
    await primary.untilStanding('1006', ({ state }) => state === 'TALKING');
    expect(await primary.caller.change('1006', { kind: 'setState', state: 'NOT_READY', reasonCode: 4 })).toMatchObject({
      kind: 'done',
      standing: { state: 'TALKING', pendingState: 'NOT_READY', onCall: true },
    });
    await untilBoth('1006', ({ pendingState }) => pendingState === 'NOT_READY');
    await site.post(`/calls/${callId}`, {}, 'DELETE');
    const after = await untilBoth('1006', ({ state }) => state === 'NOT_READY');
    expect(after).toMatchObject({ reasonCode: 4, pendingState: undefined, onCall: false, dialogs: [] });
  });

  it('shows a call that rings, is answered, held, retrieved and transferred, alike on both sides', async () => {
    for (const [agentId, extension] of [
      ['1007', '3007'],
      ['1008', '3008'],
    ] as const) {
      await primary.caller.change(agentId, { kind: 'signIn', extension });
      await primary.caller.change(agentId, { kind: 'setState', state: 'READY', reasonCode: 0 });
    }
    await Promise.all(['1007', '1008'].map((agentId) => untilBoth(agentId, ({ state }) => state === 'READY')));
    const id = await startCall({ agentId: '1007', answered: false });
    const ringing = await untilBoth('1007', ({ state, dialogs }) => state === 'RESERVED' && dialogs.length === 1);
    expect(ringing.dialogs).toMatchObject([{ id, state: 'ALERTING', fromAddress: customer, toAddress: '3007' }]);
    expect(partiesOf(ringing)).toEqual({ '3007': 'ALERTING', [customer]: 'INITIATING' });
    const does = (deed: string, body: object = {}): Promise<unknown> => site.post(`/calls/${id}/${deed}`, body);
    const stateOf = (agentId: string, own: string) =>
      untilBoth(agentId, ({ dialogs: [dialog] }) =>
        (dialog?.participants ?? []).some(
          ({ mediaAddress, state }) => mediaAddress === (agentId === '1007' ? '3007' : '3008') && state === own,
        ),
      );
    await does('answer');
    expect(partiesOf(await stateOf('1007', 'ACTIVE'))).toEqual({ '3007': 'ACTIVE', [customer]: 'ACTIVE' });
    await does('hold');
    const held = await stateOf('1007', 'HELD');
    expect(held).toMatchObject({ dialogs: [{ id, state: 'ACTIVE' }] });
    await does('retrieve');
    await stateOf('1007', 'ACTIVE');
    await does('transfer', { agentId: '1008' });
    const gone = await untilBoth('1007', ({ dialogs }) => dialogs.length === 0);
    expect(gone).toMatchObject({ onCall: false });
    expect(partiesOf(await stateOf('1008', 'ACTIVE'))).toMatchObject({ '3007': 'DROPPED', '3008': 'ACTIVE' });
    await site.post(`/calls/${id}`, {}, 'DELETE');
    await untilBoth('1008', ({ dialogs, onCall }) => dialogs.length === 0 && !onCall);
  });

  it('shows a conference to both its agents, and a call from the agent from its side', async () => {
    for (const [agentId, extension] of [
      ['1009', '3009'],
      ['1010', '3010'],
    ] as const)
      await primary.caller.change(agentId, { kind: 'signIn', extension });
    const id = await startCall({ agentId: '1009', kind: 'outbound' });
    const alone = await untilBoth('1009', ({ dialogs: [dialog] }) => dialog?.state === 'ACTIVE');
    expect(alone.dialogs).toMatchObject([{ id, fromAddress: '3009', toAddress: customer }]);
    await site.post(`/calls/${id}/conference`, { agentId: '1010' });
    const all = { '3009': 'ACTIVE', '3010': 'ACTIVE', [customer]: 'ACTIVE' };
    const isComplete = (standing: Standing): boolean => standing.dialogs[0]?.participants.length === 3;
    expect(partiesOf(await untilBoth('1009', isComplete))).toEqual(all);
    expect(partiesOf(await untilBoth('1010', isComplete))).toEqual(all);
    await site.post(`/calls/${id}`, {}, 'DELETE');
    await untilBoth('1010', ({ dialogs }) => dialogs.length === 0);
  });
});
