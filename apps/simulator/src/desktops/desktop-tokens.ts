import { SignJWT } from 'jose';

/** A desktop's token need not outlive the opening of its connection by much; an hour is kind to whoever debugs. */
export const tokenTtlSeconds = 3_600;

/** Makes the tokens that an identity provider would make: `{ sub: agentId, peripheralId, exp }`, HS256. */
export class DesktopTokens {
  readonly #key: Uint8Array;

  constructor(
    secret: string,
    private readonly peripheralId: number,
  ) {
    this.#key = new TextEncoder().encode(secret);
  }

  async issue(agentId: string, ttlSeconds: number = tokenTtlSeconds): Promise<string> {
    return new SignJWT({ peripheralId: this.peripheralId })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
      .setSubject(agentId)
      .setIssuedAt()
      .setExpirationTime(`${ttlSeconds}s`)
      .sign(this.#key);
  }
}
