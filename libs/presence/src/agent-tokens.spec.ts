import { SignJWT, UnsecuredJWT } from 'jose';
import { AgentTokens } from './agent-tokens';

const judge = (name: string): { check: (token: string | null) => Promise<{ kind: 'refused'; sentence: string }> } => ({
  check: () => Promise.resolve({ kind: 'refused', sentence: name }),
});

function signed(alg: string): Promise<string> {
  return new SignJWT({ sub: '1001' }).setProtectedHeader({ alg }).sign(new Uint8Array(64));
}

describe('tokens of both kinds', () => {
  const both = new AgentTokens(judge('own'), judge('provider'));

  it('with HS256 go to the judge who has a secret, and to no other', async () => {
    expect(await both.check(await signed('HS256'))).toMatchObject({ sentence: 'own' });
  });

  it.each([
    ['another algorithm', () => signed('HS512')],
    ['no signature', () => Promise.resolve(new UnsecuredJWT({ sub: '1001' }).encode())],
  ])('with %s go to the judge who has public keys', async (_what, token) => {
    expect(await both.check(await token())).toMatchObject({ sentence: 'provider' });
  });

  it.each([null, '', 'nonsense', '..', 'e30.e30.'])(
    'that cannot be read (%j) are judged all the same',
    async (token) => {
      expect(await both.check(token)).toMatchObject({ kind: 'refused' });
    },
  );

  it('all go to our own judge when there is no provider', async () => {
    expect(await new AgentTokens(judge('own'), null).check(await signed('HS512'))).toMatchObject({ sentence: 'own' });
  });
});
