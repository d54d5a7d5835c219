import { scryptSync } from 'node:crypto';
import { jwtVerify, SignJWT } from 'jose';
import { type Credentials } from './credentials';

export const cookieName = 'lastcall_console';
/** A shift and its overtime; after it the operator signs in again. */
export const sessionMs = 12 * 60 * 60 * 1_000;

const algorithm = 'HS256';
const issuer = 'lastcall-console';
const keyBytes = 32;

/**
 * Sessions as signed cookies: nothing is kept here, so any console of the same password accepts them, and a restart
 * ends none. The key is derived from the credentials: a new password ends every session.
 */
export class SessionCookies {
  private readonly key: Uint8Array;

  /** Slow on purpose (scrypt): a stolen cookie must not make guessing the password cheap. */
  constructor(
    private readonly expected: Credentials,
    /** Below which browsers send it. */
    private readonly path: string,
  ) {
    this.key = scryptSync(expected.password, `${issuer} ${expected.user}`, keyBytes);
  }

  /** A Set-Cookie value that signs this user in. */
  async issue(now: Date, secure: boolean): Promise<string> {
    const token = await new SignJWT()
      .setProtectedHeader({ alg: algorithm })
      .setIssuer(issuer)
      .setSubject(this.expected.user)
      .setIssuedAt(now)
      .setExpirationTime(new Date(now.getTime() + sessionMs))
      .sign(this.key);
    return this.setCookie(token, sessionMs, secure);
  }

  /** A Set-Cookie value that signs out. */
  forget(secure: boolean): string {
    return this.setCookie('', 0, secure);
  }

  /** The signed-in user of a Cookie header, or undefined. */
  async read(header: string | undefined, now: Date): Promise<string | undefined> {
    const token = readCookie(header);
    if (token === undefined) return undefined;
    try {
      const { payload } = await jwtVerify(token, this.key, { algorithms: [algorithm], issuer, currentDate: now });
      return payload.sub;
    } catch {
      // Forged, expired or of an earlier password: each is nobody.
      return undefined;
    }
  }

  private setCookie(value: string, maxAgeMs: number, secure: boolean): string {
    const attributes = `Path=${this.path}; HttpOnly; SameSite=Strict; Max-Age=${String(maxAgeMs / 1_000)}`;
    return `${cookieName}=${value}; ${attributes}${secure ? '; Secure' : ''}`;
  }
}

function readCookie(header: string | undefined): string | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1);
}
