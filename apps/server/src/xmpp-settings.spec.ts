import { ConfigError } from '#config/config-error';
import { watchSettings, type XmppConfig } from './xmpp-settings';

const whole: XmppConfig = {
  xmppMode: 'component',
  xmppUrl: 'xmpp://127.0.0.1:5347',
  xmppDomain: 'localhost',
  xmppUser: 'presence-1.localhost',
  xmppPassword: 'hush',
  xmppTls: 'required',
  xmppTlsCa: undefined,
};

function complaintOf(change: Partial<XmppConfig>): string {
  try {
    watchSettings({ ...whole, ...change }, 'primary-1.abc');
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

describe('how an XMPP server is watched', () => {
  it('is not at all without a mode', () => {
    expect(watchSettings({ ...whole, xmppMode: undefined }, 'p')).toBeUndefined();
  });

  it('is as the configuration says, with the process as the resource', () => {
    expect(watchSettings(whole, 'primary-1.abc')).toEqual({
      mode: 'component',
      url: 'xmpp://127.0.0.1:5347',
      domain: 'localhost',
      user: 'presence-1.localhost',
      password: 'hush',
      tls: 'required',
      ca: undefined,
      resource: 'primary-1.abc',
    });
  });

  it('names everything that a half-given set lacks, and no secret', () => {
    const complaint = complaintOf({ xmppUrl: undefined, xmppUser: undefined });
    expect(complaint).toContain('XMPP_URL');
    expect(complaint).toContain('XMPP_USER');
    expect(complaint).not.toContain('XMPP_PASSWORD');
    expect(complaint).not.toContain('hush');
  });

  it.each<[Partial<XmppConfig>, string]>([
    [{ xmppUrl: 'xmpp://xmpp.example:5347' }, 'not on loopback'],
    [{ xmppMode: 'watcher', xmppUrl: 'ws://127.0.0.1:5280/ws' }, 'WebSocket without TLS'],
    [{ xmppUrl: 'wss://xmpp.example/ws' }, 'a component speaks TCP'],
    [{ xmppTlsCa: '/nowhere/ca.pem' }, 'ENOENT'],
    [{ xmppTlsCa: __filename }, 'no PEM certificate'],
  ])('refuses %j', (change, words) => {
    expect(complaintOf(change)).toContain(words);
  });

  it.each<Partial<XmppConfig>>([
    { xmppUrl: 'xmpp://localhost:5347' },
    { xmppUrl: 'xmpp://[::1]:5347' },
    { xmppUrl: 'xmpps://xmpp.example:5348' },
    { xmppUrl: 'xmpp://xmpp.example:5347', xmppTls: 'off' },
    { xmppMode: 'watcher', xmppUrl: 'xmpp://xmpp.example:5222' },
    { xmppMode: 'watcher', xmppUrl: 'wss://xmpp.example/ws' },
    { xmppMode: 'watcher', xmppUrl: 'ws://xmpp.example/ws', xmppTls: 'off' },
  ])('takes %j', (change) => {
    expect(complaintOf(change)).toBe('');
  });
});
