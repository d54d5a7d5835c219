import { cookieName, SessionCookies, sessionMs } from './session-cookie';

const now = new Date('2026-11-23T03:00:00Z');
const cookies = new SessionCookies({ user: 'admin', password: 'correct horse' }, '/');

async function issued(): Promise<string> {
  return (await cookies.issue(now, false)).split(';')[0] ?? '';
}

describe('a session cookie', () => {
  it('is out of reach for scripts and other sites', async () => {
    expect(await cookies.issue(now, true)).toMatch(
      /^lastcall_console=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200; Secure$/,
    );
  });

  it('goes to a console below a path and to nothing beside it', async () => {
    const below = new SessionCookies({ user: 'admin', password: 'correct horse' }, '/lastcall/');
    expect(await below.issue(now, false)).toContain('; Path=/lastcall/; ');
    expect(below.forget(false)).toContain('; Path=/lastcall/; ');
  });

  it('names its user until it expires', async () => {
    const header = `other=1; ${await issued()}`;
    expect(await cookies.read(header, now)).toBe('admin');
    expect(await cookies.read(header, new Date(now.getTime() + sessionMs + 1_000))).toBeUndefined();
  });

  it('is nobody when it was forged', async () => {
    const [head, body, signature] = (await issued()).slice(cookieName.length + 1).split('.');
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${String(body)}.`;
    const changed = `${String(head)}.${Buffer.from('{"sub":"root","iss":"lastcall-console"}').toString('base64url')}.${String(signature)}`;
    expect(await cookies.read(`${cookieName}=${unsigned}`, now)).toBeUndefined();
    expect(await cookies.read(`${cookieName}=${changed}`, now)).toBeUndefined();
  });

  it('is nobody when the password has changed', async () => {
    const later = new SessionCookies({ user: 'admin', password: 'another horse' }, '/');
    expect(await later.read(await issued(), now)).toBeUndefined();
  });

  it('is nobody when there is none, or after signing out', async () => {
    expect(await cookies.read(undefined, now)).toBeUndefined();
    expect(await cookies.read(cookies.forget(false).split(';')[0], now)).toBeUndefined();
  });
});
