import { randomBytes, scryptSync } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import { type Credentials } from './credentials';

/** What a cookie is for. The name stands in the token as well, so that none passes for another. */
export interface CookieKind {
  readonly name: string;
  /** Of the console, below its base path: browsers send the cookie there and below it. */
  readonly path: string;
  readonly lifeMs: number;
}

/** Signs an operator in: for a shift and its overtime, and then the operator signs in again. */
export const sessionCookie: CookieKind = { name: 'lastcall_console', path: '/', lifeMs: 12 * 60 * 60 * 1_000 };

/** Says that this browser has signed in before; it signs nobody in. It lasts over a long absence. */
export const browserCookie: CookieKind = {
  name: 'lastcall_console_browser',
  path: '/sign-in',
  lifeMs: 90 * 24 * 60 * 60 * 1_000,
};

/** What a genuine cookie says. */
export interface CookieClaims {
  readonly id: string;
  readonly user: string;
}

const algorithm = 'HS256';
const issuer = 'lastcall-console';
const keyBytes = 32;
const idBytes = 16;

/** Signs cookies and reads them. The key is derived from the credentials: a new password makes all of them worthless. */
export class SignedCookies {
  private readonly key: Uint8Array;

  /** Slow on purpose (scrypt): a stolen cookie must not make guessing the password cheap. */
  constructor(
    private readonly expected: Credentials,
    /** As in `belowPath`. */
    private readonly basePath: string,
  ) {
    this.key = scryptSync(expected.password, `${issuer} ${expected.user}`, keyBytes);
  }

  /** A Set-Cookie value for the user who may sign in. */
  async issue(kind: CookieKind, id: string, now: Date, secure: boolean): Promise<string> {
    const token = await new SignJWT()
      .setProtectedHeader({ alg: algorithm })
      .setIssuer(issuer)
      .setAudience(kind.name)
      .setJti(id)
      .setSubject(this.expected.user)
      .setIssuedAt(now)
      .setExpirationTime(new Date(now.getTime() + kind.lifeMs))
      .sign(this.key);
    return this.setCookie(kind, token, kind.lifeMs, secure);
  }

  /** A Set-Cookie value that takes the cookie away. */
  forget(kind: CookieKind, secure: boolean): string {
    return this.setCookie(kind, '', 0, secure);
  }

  /** What the cookie of this kind in a Cookie header says; undefined without one that is genuine and in time. */
  async read(kind: CookieKind, header: string | undefined, now: Date): Promise<CookieClaims | undefined> {
    const token = readCookie(kind.name, header);
    if (token === undefined) return undefined;
    const options = { algorithms: [algorithm], issuer, audience: kind.name, currentDate: now };
    try {
      const { payload } = await jwtVerify(token, this.key, options);
      const { jti: id, sub: user } = payload;
      return id === undefined || user === undefined ? undefined : { id, user };
    } catch {
      // Forged, expired, of another kind or of an earlier password: each is nobody.
      return undefined;
    }
  }

  private setCookie({ name, path }: CookieKind, value: string, maxAgeMs: number, secure: boolean): string {
    const where = `Path=${this.basePath}${path}`;
    const attributes = `${where}; HttpOnly; SameSite=Strict; Max-Age=${String(maxAgeMs / 1_000)}`;
    return `${name}=${value}; ${attributes}${secure ? '; Secure' : ''}`;
  }
}

/** An id that nobody guesses. */
export function newCookieId(): string {
  return randomBytes(idBytes).toString('base64url');
}

function readCookie(name: string, header: string | undefined): string | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}
