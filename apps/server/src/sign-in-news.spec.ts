import { ReasonCode } from '#cti-protocol/enumerations';
import { type SignInState } from '#presence/sign-ins';
import { FakeAgentLink, standingOf } from '#store/link-call.spec-support';
import { SignInNews } from './sign-in-news';

const signedOut = (reasonCode: number) => standingOf({ state: 'LOGOUT', signedOut: true, reasonCode });
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('what the link says of who is signed in', () => {
  let link: FakeAgentLink;
  let news: SignInNews;
  let heard: [string, SignInState][];
  beforeEach(() => {
    link = new FakeAgentLink();
    heard = [];
    const onChange = (agentId: string, signIn: SignInState): number => heard.push([agentId, signIn]);
    news = new SignInNews({ link, table: { agentIds: () => ['1001', '1002'] }, onChange });
    news.start();
  });

  it('is told when an agent is signed out, with what the code says, and when signed in again', () => {
    link.show(standingOf());
    link.show(signedOut(ReasonCode.EXTENSION_TAKEN));
    link.show(standingOf());
    expect(heard).toEqual([
      ['1001', 'signedIn'],
      ['1001', { reasonCode: 32_741, reason: 'another agent signed in on the same extension', isSystem: true }],
      ['1001', 'signedIn'],
    ]);
  });

  it('is no news when something else of an agent changes', () => {
    link.show(standingOf());
    link.show(standingOf({ state: 'TALKING', onCall: true }));
    expect(heard).toHaveLength(1);
  });

  it('names a code of the site by its number, and none as none', () => {
    link.show(signedOut(42));
    expect(news.of('1001')).toEqual({ reasonCode: 42, reason: '', isSystem: false });
    link.show(signedOut(0));
    expect(news.of('1001')).toEqual({ reasonCode: null, reason: '', isSystem: false });
  });

  it('says nothing of a state that the CTI server does not know', () => {
    link.show(standingOf({ state: 'UNKNOWN' }));
    expect(news.of('1001')).toBeUndefined();
    expect(heard).toEqual([]);
  });

  it('is told of a sign-in before which the CTI server did not know the state', () => {
    link.show(signedOut(999));
    link.show(standingOf({ state: 'UNKNOWN' }));
    link.show(standingOf());
    expect(heard.map(([, signIn]) => signIn)).toEqual([expect.objectContaining({ reasonCode: 999 }), 'signedIn']);
  });

  it('is asked for anew, for who has a desktop, when the link is back: something may have been missed', async () => {
    link.show(standingOf());
    link.setService({ inService: false, why: 'away' });
    expect(news.of('1001')).toBeUndefined();
    link.knows(signedOut(999));
    heard.length = 0;
    link.setService({ inService: true });
    await settle();
    expect(heard).toEqual([['1001', { reasonCode: 999, reason: 'a supervisor forced the change', isSystem: true }]]);
  });
});
