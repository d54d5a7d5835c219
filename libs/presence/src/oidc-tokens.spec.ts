import { exportJWK, exportSPKI, type FetchImplementation, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { OidcTokens, type OidcVerdict } from './oidc-tokens';

const issuer = 'https://login.example';
const nowMs = 1_700_000_000_000;
const nowS = nowMs / 1000;

describe('tokens of an OpenID provider', () => {
  let keys: Awaited<ReturnType<typeof generateKeyPair>>;
  let documents: Map<string, unknown>;
  let asked: string[];

  const fetch: FetchImplementation = (url) => {
    asked.push(url);
    const document = documents.get(url);
    return Promise.resolve(document === undefined ? new Response(null, { status: 404 }) : Response.json(document));
  };

  beforeAll(async () => {
    keys = await generateKeyPair('RS256', { extractable: true });
  });
  beforeEach(async () => {
    asked = [];
    documents = new Map<string, unknown>([
      [`${issuer}/.well-known/openid-configuration`, { issuer, jwks_uri: `${issuer}/keys` }],
      [`${issuer}/keys`, { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256' }] }],
    ]);
  });

  const verifier = (now: () => number = () => nowMs): OidcTokens =>
    new OidcTokens({ issuer, audience: 'lastcall', agentClaim: 'agent', now, fetch });
  const good = { iss: issuer, aud: 'lastcall', exp: nowS + 60, agent: '1001' };
  const sign = (payload: JWTPayload, header: object = {}): Promise<string> =>
    new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'one', ...header }).sign(keys.privateKey);
  const refused = (text: RegExp): OidcVerdict => ({
    kind: 'refused',
    sentence: expect.stringMatching(text) as unknown as string,
  });

  it.each([[1], [null], [['once']]])('with an id that is no text are refused: %j', async (jti) => {
    expect(await verifier().check(await sign({ ...good, jti } as unknown as JWTPayload))).toEqual(
      refused(/^jti is not text$/),
    );
  });

  it('stand for the agent of the configured claim', async () => {
    expect(await verifier().check(await sign({ ...good, sub: 'someone', jti: 'j' }))).toEqual({
      kind: 'agent',
      agentId: '1001',
      expiresAtS: nowS + 60,
      tokenId: 'j',
    });
  });

  it('may come from a provider whose issuer ends in a slash', async () => {
    documents.set(`${issuer}/.well-known/openid-configuration`, { issuer: `${issuer}/`, jwks_uri: `${issuer}/keys` });
    expect(await verifier().check(await sign({ ...good, iss: `${issuer}/` }))).toMatchObject({ kind: 'agent' });
  });

  it.each([
    ['that have expired', { exp: nowS - 60 }, /expired/],
    ['of another issuer', { iss: 'https://evil.example' }, /iss/],
    ['for another audience', { aud: 'payroll' }, /aud/],
    ['that never expire', { exp: undefined }, /exp/],
    ['without the claim', { agent: undefined }, /agent/],
    ['whose claim is no agent id', { agent: '../1002' }, /agent/],
    ['whose claim is a list', { agent: ['1001'] }, /agent/],
    ['that are not valid yet', { nbf: nowS + 600 }, /nbf/],
  ])('are refused %s', async (_what, different, text) => {
    const payload = Object.fromEntries(
      Object.entries({ ...good, ...different }).filter(([, value]) => value !== undefined),
    );
    expect(await verifier().check(await sign(payload))).toEqual(refused(text));
  });

  it('are refused without a signature', async () => {
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    expect(await verifier().check(`${encode({ alg: 'none' })}.${encode(good)}.`)).toMatchObject({ kind: 'refused' });
  });

  it('are refused when the public key was the secret of an HS256', async () => {
    const secret = new TextEncoder().encode(await exportSPKI(keys.publicKey));
    const token = await new SignJWT(good).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(secret);
    expect(await verifier().check(token)).toEqual(refused(/algorithm/));
  });

  it('are refused with a key that they brought along, and its address is never asked', async () => {
    const stranger = await generateKeyPair('RS256', { extractable: true });
    const jwk = await exportJWK(stranger.publicKey);
    const token = await new SignJWT(good)
      .setProtectedHeader({ alg: 'RS256', kid: 'one', jwk, jku: 'https://evil.example/keys' })
      .sign(stranger.privateKey);
    expect(await verifier().check(token)).toEqual(refused(/signature/));
    expect(asked.filter((url) => !url.startsWith(issuer))).toEqual([]);
  });

  it('are refused with a key that the provider does not have, and cannot make us ask it without end', async () => {
    const tokens = verifier();
    for (let n = 0; n < 20; n++) {
      expect(await tokens.check(await sign(good, { kid: `unknown-${String(n)}` }))).toEqual(refused(/key/));
    }
    expect(asked.filter((url) => url.endsWith('/keys')).length).toBeLessThanOrEqual(2);
  });

  it.each(['', 'x', 'a.b.c', 'a.b.c.d.e', 'x'.repeat(10_000)])(
    'are refused when they are none: %.20s',
    async (token) => {
      expect(await verifier().check(token)).toMatchObject({ kind: 'refused' });
    },
  );

  it.each([
    ['is away', undefined],
    ['names another issuer', { issuer: 'https://evil.example', jwks_uri: `${issuer}/keys` }],
    ['keeps its keys elsewhere', { issuer, jwks_uri: 'https://evil.example/keys' }],
    ['has no keys', { issuer }],
    ['talks nonsense', 'nonsense'],
    ['has lost its keys', { issuer, jwks_uri: `${issuer}/lost` }],
  ])('cannot be judged when the provider %s', async (_what, document) => {
    documents.set(`${issuer}/.well-known/openid-configuration`, document);
    expect(await verifier().check(await sign(good))).toMatchObject({ kind: 'unavailable' });
    expect(asked.filter((url) => !url.startsWith(issuer))).toEqual([]);
  });

  it('are judged again when the provider is back, which is asked once in a while only', async () => {
    const document = documents.get(`${issuer}/.well-known/openid-configuration`);
    documents.delete(`${issuer}/.well-known/openid-configuration`);
    let atMs = nowMs;
    const tokens = verifier(() => atMs);
    const token = await sign(good);
    for (let n = 0; n < 5; n++) expect(await tokens.check(token)).toMatchObject({ kind: 'unavailable' });
    expect(asked).toHaveLength(1);
    documents.set(`${issuer}/.well-known/openid-configuration`, document);
    atMs += 3_000;
    expect(await tokens.check(token)).toMatchObject({ kind: 'agent' });
  });
});
