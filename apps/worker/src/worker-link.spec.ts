import { AgentState } from '#cti-protocol/enumerations';
import { type AgentDesk } from '#cti-client/agent-desk';
import { type AgentView, makeView } from '#cti-client/agent-view';
import { type OwnOutcome } from '#cti-client/own-change';
import { standingOf } from '#store/link-call.spec-support';
import { WorkerLink } from './worker-link';

const view: AgentView = makeView(
  {
    agentId: '1001',
    state: AgentState.NOT_READY,
    reasonCode: 0,
    nextState: undefined,
    extension: '3001',
    instrument: '3001',
  },
  [],
);

function newLink(outcome: OwnOutcome = { kind: 'done', view }, password?: string) {
  const keeper = { isActive: true, mayRequest: () => keeper.isActive, holdsLease: () => true, whyNot: 'Not now.' };
  const asked: { what: string; agentId: string; request: Record<string, unknown>; mayStillSend: boolean }[] = [];
  const record = (what: string) => (agentId: string, request: { mayStillSend: () => boolean }) => {
    const { mayStillSend, ...rest } = request;
    asked.push({ what, agentId, request: rest, mayStillSend: mayStillSend() });
    return Promise.resolve(outcome);
  };
  const own = { signIn: record('signIn'), setState: record('setState'), signOut: record('signOut') };
  const look = (agentId: string) =>
    Promise.resolve(agentId === '1001' ? ({ kind: 'known', view } as const) : ({ kind: 'unknownAgent' } as const));
  const agentDesk = { own, look } as unknown as Pick<AgentDesk, 'look' | 'own'>;
  const standings = { of: () => standingOf() };
  return { link: new WorkerLink({ keeper, agentDesk, standings, password }), keeper, asked };
}

describe('a worker’s link for servers', () => {
  it('tells standings and unknown agents while it may send requests, and why not otherwise', async () => {
    const { link, keeper } = newLink();
    expect(link.service()).toEqual({ inService: true });
    expect(await link.look('1001')).toEqual({ kind: 'known', standing: standingOf() });
    expect(await link.look('9')).toEqual({ kind: 'unknownAgent' });
    keeper.isActive = false;
    expect(link.service()).toEqual({ inService: false, why: 'Not now.' });
    expect(await link.look('1001')).toEqual({ kind: 'unavailable', why: 'Not now.' });
  });

  it('carries orders out with their own password, else with the site’s', async () => {
    const { link, asked } = newLink({ kind: 'done', view }, 'site');
    await link.change('1001', { kind: 'signIn', extension: '3001', password: 'own' }, () => true);
    await link.change('1001', { kind: 'signIn', extension: '3001' }, () => true);
    await link.change('1001', { kind: 'setState', state: 'READY', reasonCode: 0 }, () => true);
    await link.change('1001', { kind: 'setState', state: 'NOT_READY', reasonCode: 5 }, () => true);
    await link.change('1001', { kind: 'signOut', reasonCode: 7 }, () => true);
    expect(asked.map(({ what, request }) => [what, request])).toEqual([
      ['signIn', { extension: '3001', password: 'own' }],
      ['signIn', { extension: '3001', password: 'site' }],
      ['setState', { state: AgentState.AVAILABLE, reasonCode: 0 }],
      ['setState', { state: AgentState.NOT_READY, reasonCode: 5 }],
      ['signOut', { reasonCode: 7, password: 'site' }],
    ]);
  });

  it('lets nothing be written when the order has expired or the lease is gone', async () => {
    const { link, keeper, asked } = newLink();
    await link.change('1001', { kind: 'signOut', reasonCode: 0 }, () => false);
    await link.change('1001', { kind: 'signOut', reasonCode: 0 }, () => {
      keeper.isActive = false;
      return true;
    });
    expect(asked.map(({ mayStillSend }) => mayStillSend)).toEqual([false, false]);
    expect(await link.change('1001', { kind: 'signOut', reasonCode: 0 }, () => true)).toEqual({
      kind: 'unavailable',
      why: 'Not now.',
    });
    expect(asked).toHaveLength(2);
  });

  it.each<[OwnOutcome, object]>([
    [
      { kind: 'done', view },
      { kind: 'done', standing: standingOf() },
    ],
    [
      { kind: 'rejected', code: 'CF_X', peripheralErrorCode: 1, sentence: 'No.' },
      { kind: 'rejected', code: 'CF_X', peripheralErrorCode: 1, sentence: 'No.' },
    ],
    [
      { kind: 'inDoubt', why: 'lost' },
      { kind: 'inDoubt', why: 'lost' },
    ],
    [
      { kind: 'notSent', why: 'busy' },
      { kind: 'unavailable', why: 'busy' },
    ],
  ])('tells what came of it: %j', async (outcome, result) => {
    const { link } = newLink(outcome);
    expect(await link.change('1001', { kind: 'signOut', reasonCode: 0 }, () => true)).toEqual(result);
  });
});
