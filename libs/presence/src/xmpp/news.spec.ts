import { xml } from '@xmpp/client';
import { hibernationNamespace, type News, readNews } from './news';

const component = { domain: 'localhost', account: null };
const watcher = { domain: 'localhost', account: 'watcher@localhost' };

const presence = (from: string, type?: string, who: typeof component | typeof watcher = component): News =>
  readNews(xml('presence', { from, ...(type === undefined ? {} : { type }) }), who);

describe('a presence', () => {
  it('is available without a type, and unavailable with that one', () => {
    const desktop = { jid: '1001@localhost/desk', agentId: '1001' };
    expect(presence('1001@localhost/desk')).toEqual({ type: 'available', ...desktop });
    expect(presence('1001@localhost/desk', 'unavailable')).toEqual({ type: 'unavailable', ...desktop });
  });

  it.each(['error', 'probe', 'subscribe', 'subscribed', 'unsubscribe', 'unsubscribed', 'gone'])(
    'of the type %s says nothing of a desktop',
    (type) => {
      expect(presence('1001@localhost/desk', type)).toEqual({ type: 'ignored', why: 'other' });
    },
  );

  it('of another domain, of no connection or of no agent is ignored, and why is told', () => {
    expect(presence('1001@evil.example/desk', 'unavailable')).toEqual({ type: 'ignored', why: 'foreign' });
    expect(presence('1001@localhost', 'unavailable')).toEqual({ type: 'ignored', why: 'bare' });
    expect(presence('the\\20night\\20watchman@localhost/x')).toEqual({ type: 'ignored', why: 'notAnAgent' });
    expect(readNews(xml('presence', {}), component)).toEqual({ type: 'ignored', why: 'foreign' });
  });

  it('of our own account is not a desktop, on whichever server it watches', () => {
    expect(presence('watcher@localhost/secondary-1', undefined, watcher)).toEqual({
      type: 'ignored',
      why: 'ownAccount',
    });
    expect(presence('Watcher@localhost/secondary-1', undefined, watcher)).toMatchObject({ why: 'ownAccount' });
    expect(presence('watcher@localhost/desk')).toMatchObject({ type: 'available', agentId: 'watcher' });
  });
});

describe('an answer', () => {
  const answer = (from: string | undefined, type: string, who: typeof component | typeof watcher): News =>
    readNews(xml('iq', { from, type, id: 'p' }, type === 'error' ? xml('error', {}, xml('gone')) : undefined), who);

  it('is one when the domain gives it', () => {
    expect(answer('localhost', 'result', component)).toMatchObject({ type: 'answer', id: 'p', condition: null });
    expect(answer('localhost', 'error', component)).toMatchObject({ type: 'answer', id: 'p', condition: 'gone' });
  });

  it('is none when an account or another host gives it, be the id the right one', () => {
    for (const from of ['1001@localhost/desk', '1001@localhost', 'evil.localhost', 'localhost/x', undefined]) {
      expect(answer(from, 'result', component).type).toBe('ignored');
    }
    for (const from of ['1001@localhost/desk', '1001@localhost', 'watcher@localhost/other']) {
      expect(answer(from, 'result', watcher).type).toBe('ignored');
    }
  });

  it("is one for an account when it comes in the account's own name, or in nobody's", () => {
    expect(answer('watcher@localhost', 'result', watcher).type).toBe('answer');
    expect(answer('Watcher@localhost', 'result', watcher).type).toBe('answer');
    expect(answer(undefined, 'result', watcher).type).toBe('answer');
  });

  it('is none when it is a question', () => {
    expect(answer('localhost', 'get', component).type).toBe('ignored');
  });
});

describe('a message', () => {
  const hibernation = (from: string, state: string, jid = '1001@localhost/desk'): News =>
    readNews(xml('message', { from }, xml('hibernation', { xmlns: hibernationNamespace, jid, state })), component);

  it('of the domain says that a connection is gone, or back, behind its stream management', () => {
    const desktop = { jid: '1001@localhost/desk', agentId: '1001' };
    expect(hibernation('localhost', 'began')).toEqual({ type: 'unavailable', ...desktop });
    expect(hibernation('localhost', 'ended')).toEqual({ type: 'available', ...desktop });
  });

  it('of anybody else says nothing, so nobody can make another vanish', () => {
    for (const from of ['1002@localhost/desk', '1002@localhost', 'pubsub.localhost', 'localhost/x']) {
      expect(hibernation(from, 'began')).toEqual({ type: 'ignored', why: 'other' });
    }
    expect(hibernation('localhost', 'began', '1001@evil.example/desk').type).toBe('ignored');
  });

  it('tells what a component may see', () => {
    const privilege = (version: string, type: string, access = 'presence'): News =>
      readNews(
        xml(
          'message',
          { from: 'localhost' },
          xml('privilege', `urn:xmpp:privilege:${version}`, xml('perm', { access, type })),
        ),
        component,
      );
    expect(privilege('2', 'managed_entity')).toEqual({ type: 'privilege', presence: true });
    expect(privilege('1', 'roster')).toEqual({ type: 'privilege', presence: true });
    expect(privilege('2', 'none')).toEqual({ type: 'privilege', presence: false });
    expect(privilege('2', 'get', 'roster')).toEqual({ type: 'privilege', presence: false });
  });

  it('of an account is not read, whatever it holds', () => {
    const text = readNews(
      xml('message', { from: '1001@localhost/desk', to: 'x' }, xml('body', {}, 'hello')),
      component,
    );
    expect(text).toEqual({ type: 'ignored', why: 'other' });
  });
});
