import { decodeProtectedHeader } from 'jose';
import { FinesseClient, inShort, textOf } from '../kit/finesse/finesse-client';
import { OidcIssuer } from '../kit/oidc-issuer';
import { RealOidcProvider } from '../kit/real-oidc-provider';
import { type Site } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

/**
 * A real OpenID provider as some are: its keys are at another host, its access tokens have another issuer than its discovery
 * document (AD FS), and the agent's id is a number in a list of one. The primary side is told of the keys' host; the
 * secondary side is not, so it cannot use this provider.
 */

const accessTokenIssuer = 'http://login.example/adfs/services/trust';
const agentIds = ['1001', '1002', '1003', '1004'] as const;

interface Health {
  readonly status: string;
  readonly oidc?: { readonly usable: boolean; readonly code?: string; readonly why?: string };
}

describe('an OpenID provider', () => {
  let provider: RealOidcProvider;
  let site: Site;

  beforeAll(async () => {
    provider = await RealOidcProvider.start({ keysElsewhere: true, accessTokenIssuer });
    const oidc = { OIDC_ISSUER: `${provider.issuer}/`, OIDC_AGENT_CLAIM: 'agent' };
    const keys = { OIDC_KEYS_ORIGINS: `https://keys.example,${provider.keysOrigin}` };
    site = await startSite({
      envOf: (app, side) => (app === 'worker' ? {} : side === 'primary' ? { ...oidc, ...keys } : oidc),
    });
    await Promise.all(agentIds.map((agentId) => site.signIn(agentId, 'READY')));
    await waitFor('the primary side to serve', async () => {
      const { text } = await rest('').get('SystemInfo');
      return textOf(text, 'status') === 'IN_SERVICE';
    });
  });

  afterAll(async () => {
    await site.stop();
    await provider.stop();
  });

  const rest = (token: string, side: 'primary' | 'secondary' = 'primary'): FinesseClient =>
    new FinesseClient(site.servers[side].url, `Bearer ${token}`, true);

  async function health(side: 'primary' | 'secondary'): Promise<Health & { readonly httpStatus: number }> {
    const answer = await fetch(`${site.servers[side].url}/health/ready`);
    return { ...((await answer.json()) as Health), httpStatus: answer.status };
  }

  async function ticket(token: string, side: 'primary' | 'secondary' = 'primary'): Promise<Response> {
    const headers = { authorization: `Bearer ${token}` };
    return fetch(`${site.servers[side].url}/desktop/ticket`, { method: 'POST', headers });
  }

  /** A good token of a key that this provider may have by now, as far as anybody knows who cannot ask it. */
  async function ofNewKey(): Promise<string> {
    const other = await OidcIssuer.start();
    const token = await other.token('1001', { issuer: provider.issuer, kid: 'key-2', claims: { agent: '1001' } });
    await other.stop();
    return token;
  }

  it.each([
    ['a list of one number', '1001', [1001]],
    ['a number', '1002', 1002],
    ['text', '1003', '1003'],
  ])('that gives the id as %s is understood by REST and for desktops', async (_what, agentId, claim) => {
    const token = await provider.token(claim);
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'RS256', kid: 'key-1' });
    const { status, text } = await rest(token).get(`User/${agentId}`);
    expect([status, textOf(text, 'loginId')]).toEqual([200, agentId]);
    expect((await ticket(token)).status).toBe(200);
    await site.open(agentId, 'primary', { token });
    await site.untilPhase(agentId, 'present');
    expect(await health('primary')).toMatchObject({ httpStatus: 200, oidc: { usable: true } });
  });

  it('that cannot be used is named where the site looks, and sends no client to the other side', async () => {
    const token = await provider.token('1004');
    const { httpStatus, oidc } = await health('secondary');
    expect(httpStatus).toBe(200);
    expect(oidc).toMatchObject({ usable: false, code: 'FOREIGN_KEYS' });
    expect(oidc?.why).toContain(provider.keysOrigin);
    expect(site.servers.secondary.lines.filter((line) => line.includes('FOREIGN_KEYS'))).toHaveLength(1);
    const refused = await rest(token, 'secondary').get('User/1004');
    expect([refused.status, textOf(refused.text, 'ErrorMessage'), refused.headers['retry-after']]).toEqual([
      401,
      'OPENID_PROVIDER_AWAY',
      '5',
    ]);
    const noTicket = await ticket(token, 'secondary');
    expect([noTicket.status, noTicket.headers.get('retry-after')]).toEqual([424, '5']);
    expect(await noTicket.json()).toMatchObject({ error: { code: 'TOKEN_UNJUDGED' } });
    const desktop = await site.connect('1004', 'secondary', { token });
    expect(await desktop.whenClosed()).toMatchObject({ code: 4424 });
    // Our own tokens do not need it.
    await site.open('1004', 'secondary');
    await site.untilPhase('1004', 'present');
  });

  it('that is away throws out nobody who is in, and lets in whose key is known', async () => {
    const [token, unknown] = [await provider.token('1001'), await ofNewKey()];
    await provider.stop();
    await pause(siteTimes.graceMs + siteTimes.sweepMs);
    expect((await rest(token).get('User/1001')).status).toBe(200);
    const { socket } = await site.open('1001', 'primary', { token });
    // Nothing can be said of another key, not that it is wrong either; but shortly after they were fetched it has no new one.
    await waitFor('a token of a new key not to be judged', async () => {
      const answer = await rest(unknown).get('User/1001');
      expect(inShort(answer)).toBe('401 Authorization Failure');
      return textOf(answer.text, 'ErrorMessage') === 'OPENID_PROVIDER_AWAY';
    });
    expect((await ticket(unknown)).status).toBe(424);
    expect(await health('primary')).toMatchObject({ httpStatus: 200, oidc: { usable: true, code: 'NO_ANSWER' } });
    for (const agentId of agentIds) {
      expect((await site.record(agentId)).phase.name).toBe('present');
      expect(await site.requests(agentId)).toEqual([]);
    }
    socket.terminate();
  });
});
