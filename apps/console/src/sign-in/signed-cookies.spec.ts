import { browserCookie, sessionCookie, SignedCookies } from './signed-cookies';

const now = new Date('2026-11-23T03:00:00Z');
const cookies = new SignedCookies({ user: 'admin', password: 'correct horse' }, '');

async function issued(kind = sessionCookie): Promise<string> {
  return (await cookies.issue(kind, 'an-id', now, false)).split(';')[0] ?? '';
}

describe('a session cookie', () => {
  const { name, lifeMs } = sessionCookie;

  it('is out of reach for scripts and other sites', async () => {
    expect(await cookies.issue(sessionCookie, 'an-id', now, true)).toMatch(
      /^lastcall_console=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200; Secure$/,
    );
  });

  it('goes to a console below a path and to nothing beside it', async () => {
    const below = new SignedCookies({ user: 'admin', password: 'correct horse' }, '/lastcall');
    expect(await below.issue(sessionCookie, 'an-id', now, false)).toContain('; Path=/lastcall/; ');
    expect(await below.issue(browserCookie, 'an-id', now, false)).toContain('; Path=/lastcall/sign-in; ');
    expect(below.forget(sessionCookie, false)).toContain('; Path=/lastcall/; ');
  });

  it('names its user and itself until it expires', async () => {
    const header = `other=1; ${await issued()}`;
    expect(await cookies.read(sessionCookie, header, now)).toEqual({ id: 'an-id', user: 'admin' });
    const later = new Date(now.getTime() + lifeMs + 1_000);
    expect(await cookies.read(sessionCookie, header, later)).toBeUndefined();
  });

  it('is nobody when it was forged', async () => {
    const [head, body, signature] = (await issued()).slice(name.length + 1).split('.');
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${String(body)}.`;
    const claims = `{"sub":"root","jti":"1","aud":"${name}","iss":"lastcall-console"}`;
    const changed = `${String(head)}.${Buffer.from(claims).toString('base64url')}.${String(signature)}`;
    expect(await cookies.read(sessionCookie, `${name}=${unsigned}`, now)).toBeUndefined();
    expect(await cookies.read(sessionCookie, `${name}=${changed}`, now)).toBeUndefined();
  });

  it('is nobody when the password has changed', async () => {
    const later = new SignedCookies({ user: 'admin', password: 'another horse' }, '');
    expect(await later.read(sessionCookie, await issued(), now)).toBeUndefined();
  });

  it('is nobody when there is none, or after signing out', async () => {
    expect(await cookies.read(sessionCookie, undefined, now)).toBeUndefined();
    expect(await cookies.read(sessionCookie, cookies.forget(sessionCookie, false).split(';')[0], now)).toBeUndefined();
  });
});

describe('the cookie of a browser that has signed in', () => {
  it('goes to the sign-in page alone, and is no session', async () => {
    expect(await cookies.issue(browserCookie, 'an-id', now, false)).toContain('; Path=/sign-in; HttpOnly; ');
    const [, token] = (await issued(browserCookie)).split('=');
    expect(await cookies.read(sessionCookie, `${sessionCookie.name}=${String(token)}`, now)).toBeUndefined();
    expect(await cookies.read(browserCookie, `${browserCookie.name}=${String(token)}`, now)).toMatchObject({
      id: 'an-id',
    });
  });

  it('is not forged from a session', async () => {
    const [, token] = (await issued()).split('=');
    expect(await cookies.read(browserCookie, `${browserCookie.name}=${String(token)}`, now)).toBeUndefined();
  });
});
