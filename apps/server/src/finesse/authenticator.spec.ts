import { type AgentProfile } from '#config/agents-file';
import { type OidcVerdict } from '#presence/oidc-tokens';
import {
  Authenticator,
  type AuthenticatorParts,
  requireAdministrator,
  requireSelf,
  requireSelfOrAdministrator,
} from './authenticator';
import { type PasswordVerdict } from './password-checks';
import { MinuteCounts } from '#config/minute-counts';
import { Refusal } from './refusals';
import { plainProfile } from './user-document';

const network = '192.0.2.7';
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

interface Scene {
  readonly profiles?: readonly AgentProfile[];
  readonly verdict?: PasswordVerdict | Error;
  readonly blockedMs?: number;
  readonly token?: OidcVerdict;
  readonly hasPasswords?: boolean;
  readonly onCheck?: (agentId: string) => void;
  readonly isKnownRight?: boolean;
  readonly wrongProofs?: MinuteCounts;
  readonly isRead?: boolean;
}

function authenticatorOf({
  profiles = [],
  verdict = 'right',
  blockedMs = 0,
  token,
  hasPasswords = true,
  onCheck = () => undefined,
  isKnownRight = false,
  wrongProofs = new MinuteCounts(600),
  isRead = true,
}: Scene): Authenticator {
  const parts: AuthenticatorParts = {
    agentsFile: { hasPasswords, profile: (agentId) => profiles.find((one) => one.agentId === agentId) },
    ids: {
      whenRead: () => Promise.resolve(),
      isRead,
      canonical: (given) =>
        profiles.find(({ agentId, loginName }) =>
          [agentId, loginName].some((name) => name?.toLowerCase() === given.toLowerCase()),
        )?.agentId,
    },
    checks: {
      of: ({ agentId }) => {
        onCheck(agentId);
        return verdict instanceof Error ? Promise.reject(verdict) : Promise.resolve(verdict);
      },
      isKnownRight: () => isKnownRight,
      noteWrong: () => undefined,
    },
    wrongProofs,
    blockedForMs: () => Promise.resolve(blockedMs),
    oidcTokens: token === undefined ? null : { check: () => Promise.resolve(token) },
    log: { info: () => undefined, warn: () => undefined, debug: () => undefined },
  };
  return new Authenticator(parts);
}

async function refusedWith(scene: Scene, header: string | undefined): Promise<Refusal> {
  const refused = await authenticatorOf(scene)
    .of(header, network)
    .catch((error: unknown) => error);
  if (refused instanceof Refusal) return refused;
  throw new Error('it was let in');
}

describe('the authentication of a request', () => {
  const ada: AgentProfile = { ...plainProfile('1001'), firstName: 'Ada', roles: ['Agent', 'Administrator'] };

  it('means one agent by all spellings of an id, and counts the tries of none of them apart', async () => {
    const asked: string[] = [];
    const parts = { profiles: [plainProfile('Agent001')], verdict: 'right' } as const;
    const authenticator = authenticatorOf({ ...parts, onCheck: (agentId) => asked.push(agentId) });
    const found = await Promise.all(
      ['agent001:x', 'AGENT001:x'].map((text) => authenticator.of(basic(text), network).then(({ agentId }) => agentId)),
    );
    expect([found, asked]).toEqual([
      ['Agent001', 'Agent001'],
      ['Agent001', 'Agent001'],
    ]);
  });

  it('means the agent by the login name, and counts its tries with those of the id', async () => {
    const asked: string[] = [];
    const profiles = [{ ...plainProfile('1001'), loginName: 'Ada@example.com' }];
    const authenticator = authenticatorOf({ profiles, onCheck: (agentId) => asked.push(agentId) });
    expect(await authenticator.of(basic('ada@EXAMPLE.com:x'), network)).toMatchObject({ agentId: '1001' });
    expect(asked).toEqual(['1001']);
  });

  it('does not say to whom a login name belongs that is blocked', async () => {
    const profiles = [{ ...plainProfile('1001'), loginName: 'ada' }];
    expect((await refusedWith({ profiles, blockedMs: 5_000 }, basic('ada:x'))).body).not.toContain('1001');
  });

  it('lets a token in that names its agent by the login name, and nobody by one that no agent has', async () => {
    const token: OidcVerdict = { kind: 'agent', agentId: 'ada@example.com', expiresAtS: 0, tokenId: undefined };
    const profiles = [{ ...plainProfile('1001'), loginName: 'ada@example.com' }];
    expect(await authenticatorOf({ token, profiles }).of('Bearer x', network)).toMatchObject({ agentId: '1001' });
    expect(await refusedWith({ token }, 'Bearer x')).toMatchObject({ status: 401 });
    // Somebody may have it all the same.
    expect(await refusedWith({ token, isRead: false }, 'Bearer x')).toMatchObject({ status: 503 });
    expect(await refusedWith({ isRead: false }, basic('ada@example.com:x'))).toMatchObject({ status: 503 });
  });

  it('lets an agent in by password, and tells administrators apart', async () => {
    const profiles = [ada, plainProfile('1002')];
    const [first, second] = await Promise.all(
      ['1001:x', '1002:x'].map((text) => authenticatorOf({ profiles }).of(basic(text), network)),
    );
    expect(first).toMatchObject({
      agentId: '1001',
      isAdministrator: true,
      password: 'x',
      profile: { firstName: 'Ada' },
    });
    expect(second).toMatchObject({ agentId: '1002', isAdministrator: false });
  });

  it('lets an agent in by token, whether or not the file knows him', async () => {
    const token: OidcVerdict = { kind: 'agent', agentId: '1001', expiresAtS: 0, tokenId: undefined };
    expect(await authenticatorOf({ token, profiles: [ada] }).of('Bearer x', network)).toMatchObject({
      isAdministrator: true,
    });
    expect(await authenticatorOf({ token }).of('Bearer x', network)).toMatchObject({
      agentId: '1001',
      isAdministrator: false,
    });
  });

  it.each<[string, number, Scene, string | undefined]>([
    ['nothing is proved', 401, {}, undefined],
    ['the header cannot be read', 401, {}, 'Digest x'],
    ['the password is wrong', 401, { verdict: 'wrong' }, basic('1001:x')],
    ['the agent is blocked', 401, { blockedMs: 1_500 }, basic('1001:x')],
    ['the agent was blocked meanwhile', 401, { verdict: 'blocked' }, basic('1001:x')],
    ['there are no passwords here', 401, { hasPasswords: false }, basic('1001:x')],
    ['there is no provider of tokens', 401, {}, 'Bearer x'],
    ['the token is refused', 401, { token: { kind: 'refused', sentence: 'x' } }, 'Bearer x'],
    [
      'the provider is away, and so it is for the other side',
      401,
      { token: { kind: 'unjudged', sentence: 'x' } },
      'Bearer x',
    ],
    ['too many passwords wait', 503, { verdict: 'busy' }, basic('1001:x')],
    ['the store is away', 503, { verdict: new Error('away') }, basic('1001:x')],
  ])('refuses when %s: %i', async (_what, status, scene, header) => {
    expect((await refusedWith(scene, header)).status).toBe(status);
  });

  it('counts wrong proofs against their network, and looks at no further password from there', async () => {
    const wrongProofs = new MinuteCounts(2);
    const refused: number[] = [];
    for (const scene of [
      { verdict: 'wrong' },
      { token: { kind: 'refused', sentence: 'x' } },
      { token: { kind: 'refused', sentence: 'x' } },
      { verdict: 'right' },
    ] satisfies Scene[]) {
      const header = scene.token === undefined ? basic('1001:x') : 'Bearer x';
      refused.push((await refusedWith({ ...scene, wrongProofs }, header)).status);
    }
    expect(refused).toEqual([401, 401, 429, 429]);
    const elsewhere = authenticatorOf({ wrongProofs, profiles: [ada] });
    expect(await elsewhere.of(basic('1001:x'), '192.0.2.8')).toMatchObject({ agentId: '1001' });
  });

  it('refuses nobody who has proved something, whatever was counted', async () => {
    const wrongProofs = new MinuteCounts(0);
    const token: OidcVerdict = { kind: 'agent', agentId: '1001', expiresAtS: 0, tokenId: undefined };
    expect(await authenticatorOf({ token, wrongProofs }).of('Bearer x', network)).toMatchObject({ agentId: '1001' });
    const known = authenticatorOf({ isKnownRight: true, wrongProofs, blockedMs: 1_000 });
    expect(await known.of(basic('1001:x'), network)).toMatchObject({ agentId: '1001' });
    expect((await refusedWith({ wrongProofs }, undefined)).status).toBe(401);
  });

  it('says which proofs it takes, and how long a block lasts', async () => {
    const token: OidcVerdict = { kind: 'refused', sentence: 'x' };
    expect((await refusedWith({ token }, undefined)).headers).toEqual({
      'WWW-Authenticate': 'Basic realm="Lastcall", charset="UTF-8", Bearer realm="Lastcall"',
    });
    const blocked = await refusedWith({ blockedMs: 1_500 }, basic('1001:x'));
    expect(blocked.code).toBe('BLOCKED');
    expect(blocked.headers).toMatchObject({ 'Retry-After': '2' });
  });
});

describe('what a principal may do', () => {
  const agent = { agentId: '1001', profile: plainProfile('1001'), isAdministrator: false, password: undefined };
  const boss = { ...agent, isAdministrator: true };

  it('is to act on himself, and as an administrator to look at everybody', () => {
    for (const principal of [agent, boss]) {
      expect(() => {
        requireSelf(principal, '1001');
      }).not.toThrow();
      expect(() => {
        requireSelf(principal, '1002');
      }).toThrow(/don't match/);
    }
    expect(() => {
      requireSelfOrAdministrator(agent, '1002');
    }).toThrow(/don't match/);
    expect(() => {
      requireSelfOrAdministrator(boss, '1002');
      requireAdministrator(boss);
    }).not.toThrow();
    expect(() => {
      requireAdministrator(agent);
    }).toThrow('ADMINISTRATORS_ONLY');
  });
});
