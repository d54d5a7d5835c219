import fc from 'fast-check';
import { SignJWT, UnsecuredJWT } from 'jose';
import { isAgentId } from '#domain/agent-id';
import { DesktopTokens } from './desktop-token';

const secret = 'a secret of thirty-two characters';
const nowMs = 1_750_000_000_000;
const nowS = nowMs / 1000;
const tokens = new DesktopTokens(secret, 5000, () => nowMs);

function sign(claims: Record<string, unknown>, options: { alg?: string; secret?: string } = {}): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: options.alg ?? 'HS256' })
    .sign(new TextEncoder().encode(options.secret ?? secret));
}

const good = { sub: '1001', peripheralId: 5000, exp: nowS + 60 };

describe('a desktop token', () => {
  it('names its agent when everything is right', async () => {
    const verdict = { kind: 'agent', agentId: '1001', expiresAtS: nowS + 60 };
    expect(await tokens.check(await sign(good))).toEqual(verdict);
    expect(await tokens.check(await sign({ ...good, jti: 'once' }))).toEqual({ ...verdict, tokenId: 'once' });
  });

  it.each([[1], [null], [true], [['once']], [{ once: 1 }]])(
    'is refused with an id that is no text, since it could not be spent: %j',
    async (jti) => {
      expect(await tokens.check(await sign({ ...good, jti }))).toEqual({
        kind: 'refused',
        sentence: 'jti is not text',
      });
    },
  );

  it('is refused once it has expired, with five seconds for clocks that differ', async () => {
    expect(await tokens.check(await sign({ ...good, exp: nowS - 4 }))).toMatchObject({ kind: 'agent' });
    expect(await tokens.check(await sign({ ...good, exp: nowS - 5 }))).toEqual({
      kind: 'refused',
      sentence: 'the token has expired',
    });
  });

  it.each([
    ['missing', null, 'the token is missing'],
    ['empty', '', 'the token is missing'],
    ['no JWT', 'nonsense', 'the token is not a signed JWT'],
    ['a megabyte', 'x'.repeat(1_000_000), 'the token is too long'],
  ])('is refused when it is %s', async (_what, token, sentence) => {
    expect(await tokens.check(token)).toEqual({ kind: 'refused', sentence });
  });

  it('is refused when somebody else signed it', async () => {
    const forged = await sign(good, { secret: 'another secret of thirty-two chars' });
    expect(await tokens.check(forged)).toEqual({ kind: 'refused', sentence: 'the signature of the token is wrong' });
  });

  it('is refused when it is not signed at all (alg none)', async () => {
    const unsigned = new UnsecuredJWT(good).encode();
    expect(await tokens.check(unsigned)).toMatchObject({ kind: 'refused' });
  });

  it('is refused with another algorithm, though the secret is right', async () => {
    const long = secret.repeat(4);
    const forgiving = new DesktopTokens(long, 5000, () => nowMs);
    expect(await forgiving.check(await sign(good, { alg: 'HS512', secret: long }))).toEqual({
      kind: 'refused',
      sentence: 'the algorithm of the token is not HS256',
    });
  });

  it.each([
    ['exp', { sub: '1001', peripheralId: 5000 }],
    ['sub', { peripheralId: 5000, exp: nowS + 60 }],
  ])('is refused without %s, and the sentence names the claim', async (claim, claims) => {
    const verdict = await tokens.check(await sign(claims));
    expect(verdict).toEqual({ kind: 'refused', sentence: `the claim ${claim} of the token is not acceptable` });
  });

  it.each([5001, '5000', undefined])('is refused for the peripheral %p', async (peripheralId) => {
    const verdict = await tokens.check(await sign({ ...good, peripheralId }));
    expect(verdict).toEqual({ kind: 'refused', sentence: 'peripheralId is not that of this server' });
  });

  it('is refused, whatever it is, and never upsets the check', async () => {
    const part = fc.oneof(
      fc.base64String(),
      fc.json().map((json) => Buffer.from(json).toString('base64url')),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
        expect(await tokens.check(parts.join('.'))).toMatchObject({ kind: 'refused' });
      }),
    );
  });

  it.each(['', 'x'.repeat(51), '10 01', '1001:x', '{5000}', 'ä'])('is refused for the agent id %p', async (sub) => {
    expect(await tokens.check(await sign({ ...good, sub }))).toMatchObject({ kind: 'refused' });
    expect(isAgentId(sub)).toBe(false);
  });
});
