import { CommandFailure, ExitCode } from '../exit-codes';
import { type CheckFlags, readCheck } from './check-settings';

const none: CheckFlags = { streamManagement: 'both', within: 25, wait: 60 };
const env = { XMPP_MODE: 'watcher', XMPP_URL: 'xmpp://a.example:5222', XMPP_USER: 'w', XMPP_PASSWORD: 'a secret' };

function refusal(flags: CheckFlags, given: Record<string, string>): CommandFailure {
  try {
    readCheck(flags, given);
  } catch (error) {
    if (error instanceof CommandFailure) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the settings of a check', () => {
  it('are those of the environment, as for a server', () => {
    expect(readCheck(none, env)).toEqual({
      watch: {
        mode: 'watcher',
        url: 'xmpp://a.example:5222',
        domain: 'localhost',
        user: 'w',
        password: 'a secret',
        tls: 'required',
        ca: undefined,
        stepMsMax: 60_000,
      },
      test: undefined,
      managements: ['unused', 'used'],
      withinMs: 25_000,
      waitMs: 60_000,
    });
  });

  it('are those of the options where they are given', () => {
    const flags = {
      ...none,
      mode: 'component',
      url: 'xmpp://b.example:5347',
      domain: 'b.example',
      user: 'p.b.example',
    };
    expect(readCheck({ ...flags, tls: 'off', streamManagement: 'used' }, env)).toMatchObject({
      watch: { mode: 'component', url: 'xmpp://b.example:5347', domain: 'b.example', user: 'p.b.example', tls: 'off' },
      managements: ['used'],
    });
  });

  it('name everything that is missing, with its option and its key', () => {
    const { exitCode, message } = refusal(none, { XMPP_USER: 'w' });
    expect(exitCode).toBe(ExitCode.misused);
    expect(message).toBe('missing: --mode (XMPP_MODE), --url (XMPP_URL), --password-file (XMPP_PASSWORD)');
  });

  it('are refused without a value in the sentence, which could be a secret', () => {
    const { message } = refusal(none, { ...env, XMPP_URL: 'http://oops:secret@host' });
    expect(message).toMatch(/^--url \(XMPP_URL\) /);
    expect(message).not.toContain('secret@');
  });

  it('are refused where a server would not connect either: a component that is not on loopback, without a word', () => {
    const component = { ...none, mode: 'component', url: 'xmpp://b.example:5347' };
    expect(refusal(component, env).message).toMatch(
      /^--url \(XMPP_URL\) is not on loopback, and a component has no TLS/,
    );
    const webSocket = { ...component, url: 'ws://127.0.0.1:5280/xmpp' };
    expect(refusal(webSocket, env).message).toMatch(/^--url \(XMPP_URL\) is a WebSocket, and a component speaks TCP/);
    expect(refusal({ ...none, url: 'ws://b.example/xmpp' }, env).message).toMatch(/WebSocket without TLS/);
  });

  it('are refused with a CA that cannot be used, as a server refuses it', () => {
    expect(refusal({ ...none, tlsCa: '/no/such/ca.pem' }, env).message).toBe(
      '--tls-ca (XMPP_TLS_CA) names the file /no/such/ca.pem, which cannot be used (ENOENT)',
    );
  });

  it('take a test user only with a password from a file', () => {
    expect(refusal({ ...none, testUser: 't' }, env).message).toBe('missing: --test-password-file');
    expect(refusal({ ...none, testUser: 't', testPasswordFile: '/nowhere' }, env).message).toBe(
      '--test-password-file: /nowhere cannot be read (ENOENT)',
    );
    expect(refusal({ ...none, testUrl: 'xmpp://a.example:5222' }, env).message).toMatch(/no use without --test-user/);
  });
});
