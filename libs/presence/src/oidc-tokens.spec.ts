import { exportJWK, exportSPKI, type FetchImplementation, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { pino } from 'pino';
import { keysKeptMsMax, OidcProvider, renewalMs, retryMs } from './oidc-provider';
import { OidcTokens, type OidcVerdict } from './oidc-tokens';

const issuer = 'https://login.example';
const nowMs = 1_700_000_000_000;
const nowS = nowMs / 1000;

describe('tokens of an OpenID provider', () => {
  let keys: Awaited<ReturnType<typeof generateKeyPair>>;
  let documents: Map<string, unknown>;
  let asked: string[];
  let monotonicMs: number;
  let provider: OidcProvider;

  const fetch: FetchImplementation = (url) => {
    asked.push(url);
    const document = documents.get(url);
    return Promise.resolve(document === undefined ? new Response(null, { status: 404 }) : Response.json(document));
  };

  beforeAll(async () => {
    keys = await generateKeyPair('RS256', { extractable: true });
  });
  beforeEach(async () => {
    [asked, monotonicMs] = [[], 0];
    documents = new Map<string, unknown>([
      [`${issuer}/.well-known/openid-configuration`, { issuer, jwks_uri: `${issuer}/keys` }],
      [`${issuer}/keys`, { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'RS256' }] }],
    ]);
  });

  const verifier = (keysOrigins: readonly string[] = []): OidcTokens => {
    const log = pino({ level: 'silent' });
    provider = new OidcProvider({ issuer, keysOrigins, monotonicMs: () => monotonicMs, fetch, log });
    return new OidcTokens({ provider, audience: 'lastcall', agentClaim: 'agent', now: () => nowMs });
  };
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

  it.each<[string, unknown, string]>([
    ['a number', 1001, '1001'],
    ['a list of one', ['1001'], '1001'],
    ['a list of one number', [1001], '1001'],
    ['a login name', 'ada@example.com', 'ada@example.com'],
  ])('may have %s as the claim', async (_what, agent, agentId) => {
    expect(await verifier().check(await sign({ ...good, agent }))).toMatchObject({ kind: 'agent', agentId });
  });

  it('may be signed by a key from another origin, where that is allowed', async () => {
    const keysAt = 'https://keys.example/all';
    documents.set(`${issuer}/.well-known/openid-configuration`, { issuer, jwks_uri: keysAt });
    documents.set(keysAt, documents.get(`${issuer}/keys`));
    const token = await sign(good);
    expect(await verifier(['https://keys.example']).check(token)).toMatchObject({ kind: 'agent' });
    expect(await verifier(['https://other.example', 'http://keys.example']).check(token)).toMatchObject({
      kind: 'unjudged',
    });
  });

  it('may have the issuer that AD FS has in access tokens, and no other one', async () => {
    const access_token_issuer = 'http://login.example/adfs/services/trust';
    documents.set(`${issuer}/.well-known/openid-configuration`, {
      ...{ issuer, jwks_uri: `${issuer}/keys` },
      access_token_issuer,
    });
    const tokens = verifier();
    for (const iss of [issuer, access_token_issuer]) {
      expect(await tokens.check(await sign({ ...good, iss }))).toMatchObject({ kind: 'agent' });
    }
    expect(await tokens.check(await sign({ ...good, iss: `${access_token_issuer}/` }))).toEqual(refused(/iss/));
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
    ['whose claim is a list of two', { agent: ['1001', '1002'] }, /agent/],
    ['whose claim is a list of nobody', { agent: [] }, /agent/],
    ['whose claim is a list of a list', { agent: [['1001']] }, /agent/],
    ['whose claim is a fraction', { agent: 10.5 }, /agent/],
    ['whose claim is true', { agent: true }, /agent/],
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
    ['is away', undefined, 'NO_DOCUMENT'],
    ['names another issuer', { issuer: 'https://evil.example', jwks_uri: `${issuer}/keys` }, 'WRONG_ISSUER'],
    ['keeps its keys elsewhere', { issuer, jwks_uri: 'https://evil.example/keys' }, 'FOREIGN_KEYS'],
    ['has no address of keys', { issuer }, 'NO_KEYS'],
    ['talks nonsense', null, 'NO_JSON'],
    ['has lost its keys', { issuer, jwks_uri: `${issuer}/lost` }, 'NO_DOCUMENT'],
    ['has no key', { issuer, jwks_uri: `${issuer}/none` }, 'NO_KEYS'],
    ['has keys that are none', { issuer, jwks_uri: `${issuer}/nonsense` }, 'KEYS_UNREADABLE'],
  ])('cannot be judged when the provider %s, which says so', async (_what, document, code) => {
    documents.set(`${issuer}/.well-known/openid-configuration`, document);
    documents.set(`${issuer}/none`, { keys: [] });
    documents.set(`${issuer}/nonsense`, 'nonsense');
    expect(await verifier().check(await sign(good))).toMatchObject({
      kind: 'unjudged',
      sentence: expect.stringContaining(code) as unknown,
    });
    expect(provider.isUsable).toBe(false);
    expect(provider.trouble).toMatchObject({ code });
    expect(asked.filter((url) => !url.startsWith(issuer))).toEqual([]);
  });

  it('are judged again when the provider is back, which is asked once in a while only', async () => {
    const document = documents.get(`${issuer}/.well-known/openid-configuration`);
    documents.delete(`${issuer}/.well-known/openid-configuration`);
    const tokens = verifier();
    const token = await sign(good);
    for (let n = 0; n < 5; n++) expect(await tokens.check(token)).toMatchObject({ kind: 'unjudged' });
    expect(asked).toHaveLength(1);
    documents.set(`${issuer}/.well-known/openid-configuration`, document);
    monotonicMs += retryMs;
    expect(await tokens.check(token)).toMatchObject({ kind: 'agent' });
    expect(provider.trouble).toBeUndefined();
  });

  it('are judged by the keys that are known while the provider is away, for a shift', async () => {
    const tokens = verifier();
    const token = await sign(good);
    expect(await tokens.check(token)).toMatchObject({ kind: 'agent' });
    documents.clear();
    for (monotonicMs of [renewalMs, 6 * renewalMs, keysKeptMsMax - 1]) {
      await provider.renew().catch(() => undefined);
      expect(await tokens.check(token)).toMatchObject({ kind: 'agent' });
      expect([provider.isUsable, provider.trouble?.code]).toEqual([true, 'NO_DOCUMENT']);
    }
    monotonicMs = keysKeptMsMax;
    expect(await tokens.check(token)).toMatchObject({ kind: 'unjudged' });
    expect(provider.isUsable).toBe(false);
  });

  it('cannot be judged with a key that is new while the provider is away, and cannot make us ask it without end', async () => {
    const tokens = verifier();
    expect(await tokens.check(await sign(good))).toMatchObject({ kind: 'agent' });
    documents.clear();
    asked.length = 0;
    // The library does not ask again shortly after it was answered.
    jest.useFakeTimers({ now: new Date('2100-01-01') });
    for (let n = 0; n < 20; n++) {
      expect(await tokens.check(await sign(good, { kid: `new-${String(n)}` }))).toMatchObject({ kind: 'unjudged' });
    }
    jest.useRealTimers();
    expect(asked).toHaveLength(1);
  });

  it('are refused with a key that the provider has withdrawn, from the next renewal on', async () => {
    const tokens = verifier();
    const token = await sign(good);
    expect(await tokens.check(token)).toMatchObject({ kind: 'agent' });
    const others = await generateKeyPair('RS256', { extractable: true });
    documents.set(`${issuer}/keys`, { keys: [{ ...(await exportJWK(others.publicKey)), kid: 'two', alg: 'RS256' }] });
    await provider.renew();
    expect(await tokens.check(token)).toEqual(refused(/key/));
  });
});
