import { basic, type FinesseClient, inShort, textOf } from '../kit/finesse/finesse-client';
import { OidcIssuer } from '../kit/oidc-issuer';
import { sideBySide } from '../kit/side-by-side';
import { type Side, sides } from '../kit/site/site-options';
import { FinesseStage, password, signInOf } from './finesse-stage.spec-support';

/** The REST surface of both sides against those who are not who they say, and those who would break it. */

describe('the REST surface of Finesse, attacked', () => {
  let stage: FinesseStage;
  afterAll(async () => {
    await stage.end();
  });

  sideBySide(
    async () => {
      stage = await FinesseStage.begin();
    },
    {
      'lets agents see and change themselves alone, and administrators see everybody': async () => {
        const agent = stage.at('primary', '1007');
        for (const path of ['User/1008', 'User/1008/Dialogs', 'User/9999', 'User/%2e%2e']) {
          expect(inShort(await agent.get(path))).toMatch(/^(401 Invalid Authorization User Specified 1007|404 )/);
        }
        expect(inShort(await agent.signIn('1008', '3008'))).toBe('401 Invalid Authorization User Specified 1007');
        expect(inShort(await agent.get('ConnectedUsersInfo'))).toBe('401 Authorization Failure 1007');
        const boss = stage.at('primary', 'boss');
        expect(textOf((await boss.get('User/1008')).text, 'loginId')).toBe('1008');
        expect(inShort(await boss.put('1008', '<state>LOGOUT</state>'))).toBe(
          '401 Invalid Authorization User Specified boss',
        );
        expect(inShort(await boss.signIn('1008', '3008'))).toBe('401 Invalid Authorization User Specified boss');
        expect(inShort(await boss.get('User/9999'))).toBe('404 User Not Found 9999');
        expect(await stage.state('1008')).toBe('LOGOUT');
      },

      'blocks an agent after five wrong passwords, on both sides, and nobody else': async () => {
        const wrong = (side: Side, n: number): FinesseClient => stage.at(side).as(basic('1011', `wrong ${String(n)}`));
        expect(inShort(await stage.at('secondary', '1011').get('User/1011'))).toBe('200');
        for (let n = 0; n < 4; n++) {
          const answer = await wrong(sides[n % 2] ?? 'primary', n).get('User/1011');
          expect([inShort(answer), answer.headers['www-authenticate']]).toEqual([
            '401 Authorization Failure',
            'Basic realm="Lastcall", charset="UTF-8", Bearer realm="Lastcall"',
          ]);
        }
        expect(inShort(await stage.at('primary', '1011').get('User/1011'))).toBe('200');
        // The right one ended the row.
        for (let n = 0; n < 5; n++) await wrong('primary', n).get('User/1011');
        const elsewhere = await stage.at('secondary').as(basic('1011', 'wrong')).get('User/1011');
        expect(textOf(elsewhere.text, 'ErrorMessage')).toBe('BLOCKED_AFTER_WRONG_PASSWORDS');
        // There the right one was known from before; it is no more after five wrong ones from the same address.
        for (let n = 0; n < 4; n++) await wrong('secondary', n).get('User/1011');
        for (const side of sides) {
          const answer = await stage.at(side, '1011').get('User/1011');
          expect(textOf(answer.text, 'ErrorMessage')).toBe('BLOCKED_AFTER_WRONG_PASSWORDS');
          expect(answer.status).toBe(401);
          const retryS = Number(answer.headers['retry-after']);
          expect([retryS > 240, retryS <= 300]).toEqual([true, true]);
        }
        expect(inShort(await stage.at('primary', '1012').get('User/1012'))).toBe('200');
        // A token is not guessed: it still counts.
        const token = `Bearer ${await stage.issuer.token('1011')}`;
        expect(inShort(await stage.at('primary').as(token).get('User/1011'))).toBe('200');
      },

      'lets a hundred guesses at the same moment be five': async () => {
        const answers = await Promise.all(
          Array.from({ length: 100 }, (_, n) =>
            stage
              .at(sides[n % 2] ?? 'primary')
              .as(basic('1013', n === 99 ? password : `guess ${String(n)}`))
              .get('User/1013'),
          ),
        );
        const blocked = answers.filter(({ text }) => text.includes('BLOCKED_AFTER_WRONG_PASSWORDS'));
        expect(blocked.length).toBeGreaterThanOrEqual(94);
      },

      'takes the tokens of its OpenID provider and no others': async () => {
        const withToken = (token: string): FinesseClient => stage.at('primary').as(`Bearer ${token}`);
        await stage.obeyed(withToken(await stage.issuer.token('1014')), '1014', signInOf('1014'));
        await stage.untilState('1014', 'NOT_READY');
        const other = await OidcIssuer.start();
        try {
          const bad = {
            unsigned: stage.issuer.unsigned('1014'),
            confused: await stage.issuer.confused('1014'),
            ownKeys: await stage.issuer.withOwnKeys('1014', `${other.url}/keys`),
            foreign: await other.token('1014'),
            pretending: await other.token('1014', { issuer: stage.issuer.url }),
            expired: await stage.issuer.token('1014', { expiresInS: -60 }),
            otherAudience: await stage.issuer.token('1014', { audience: 'payroll' }),
            unknownKey: await stage.issuer.token('1014', { kid: 'key-2' }),
            noAgent: await stage.issuer.token('../1015'),
            nonsense: 'a.b.c',
          };
          const refused = await Promise.all(
            Object.entries(bad).map(async ([name, token]) => [name, inShort(await withToken(token).get('User/1014'))]),
          );
          expect(Object.fromEntries(refused)).toEqual(
            Object.fromEntries(Object.keys(bad).map((name) => [name, '401 Authorization Failure'])),
          );
          expect(other.keyFetches).toBe(0);
          expect(inShort(await withToken(await stage.issuer.token('1014')).get('User/1015'))).toBe(
            '401 Invalid Authorization User Specified 1014',
          );
        } finally {
          await other.stop();
        }
      },

      'stands what a hostile client sends': async () => {
        const client = stage.at('primary', '1015');
        const put = (body: string, headers: Record<string, string> = {}): Promise<string> =>
          client.call({ method: 'PUT', path: '/finesse/api/User/1015', body, headers }).then(inShort);
        const layers = Array.from(
          { length: 9 },
          (_, n) => `<!ENTITY l${String(n + 1)} "${`&l${String(n)};`.repeat(10)}">`,
        );
        const bomb = `<!DOCTYPE User [<!ENTITY l0 "lol">${layers.join('')}]><User><state>&l9;</state></User>`;
        expect(await put(bomb)).toBe('400 Bad Request User');
        expect(await put('<!DOCTYPE User SYSTEM "file:///etc/passwd"><User><state>READY</state></User>')).toBe(
          '400 Bad Request User',
        );
        expect(await put(`<User>${'<a>'.repeat(2_000)}</User>`)).toBe('400 Bad Request User');
        expect(await put('<User><state>LOGIN')).toBe('400 Bad Request User');
        expect(await put('')).toBe('400 Bad Request User');
        expect(await put('<User><state>LOGIN</state><extension>9;1</extension></User>')).toBe(
          '400 Invalid Input extension',
        );
        expect(await put(`<User><state>${'x'.repeat(1024 * 1024)}</state></User>`)).toBe('413 Bad Request');
        expect(await put('{"state":"READY"}', { 'Content-Type': 'application/json' })).toBe('415 Bad Request');
        expect(await put('<User/>', { 'Content-Encoding': 'gzip' })).toBe('415 Bad Request');
        expect(await put('<User><state>READY</state></User>', { requestId: 'x'.repeat(300) })).toBe(
          '400 Invalid Input requestId',
        );
        for (const path of [
          '/finesse/api/User/1015/../1016',
          '/finesse/api/User/1015/..%2f1016',
          '/finesse/api/../api/User/1015',
          '/finesse/api/Users',
          '/finesse/api/User',
          '/finesse/api/User/1015/Dialogs/7',
          '/finesse',
        ]) {
          expect([path, (await client.call({ path })).status]).toEqual([path, 404]);
        }
        for (const id of ['1015%2F..%2F1016', '1015%00', 'x'.repeat(4_000), '%E0%A4%A', '1015%20', '1015;x=1']) {
          const answer = await client.call({ path: `/finesse/api/User/${id}` });
          expect([id, answer.status, answer.text.includes('<ApiErrors>')]).toEqual([id, 404, true]);
        }
        for (const method of ['HEAD', 'POST', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) {
          const answer = await client.call({ method, path: '/finesse/api/User/1015' });
          expect([method, answer.status, answer.headers['allow']]).toEqual([method, 405, 'GET, PUT']);
        }
        expect((await client.call({ method: 'PUT', path: '/finesse/api/SystemInfo', body: '<a/>' })).status).toBe(405);
        for (const authorization of [
          'Basic',
          'Basic !!!',
          basic('1015', ''),
          basic('10\r\n15', 'x'),
          'Negotiate abc',
        ]) {
          expect(inShort(await stage.at('primary').as(authorization).get('User/1015'))).toBe(
            '401 Authorization Failure',
          );
        }
        expect(await stage.state('1015')).toBe('LOGOUT');
        expect(stage.site.servers.primary.lines.join('\n')).not.toContain(password);
      },

      'may be asked by pages of the allowed origins': async () => {
        const preflight = (origin: string): Promise<unknown> =>
          stage
            .at('primary')
            .call({
              method: 'OPTIONS',
              path: '/finesse/api/User/1016',
              headers: { origin, 'Access-Control-Request-Method': 'PUT' },
            })
            .then(({ status, headers }) => [status, headers['access-control-allow-origin']]);
        expect(await preflight('https://pages.example')).toEqual([204, 'https://pages.example']);
        expect(await preflight('https://evil.example')).toEqual([405, undefined]);
      },

      'reads repeated slashes in an address as one': async () => {
        const client = stage.at('primary', '1015');
        for (const path of ['//finesse/api/User/1015', '/finesse//api//User//1015', '/finesse/api/User/1015//'])
          expect([path, (await client.call({ path })).status]).toEqual([path, 200]);
      },

      'says to anybody how a user signs in, and whether there is one only to who may know': async () => {
        const client = stage.at('primary');
        const modeOf = async (id: string): Promise<unknown> => {
          const { status, text } = await client.call({ path: `/finesse/api/UserAuthMode/${id}` });
          return [status, textOf(text, 'authMode')];
        };
        expect(await modeOf('1001')).toEqual([200, 'NON_SSO']);
        expect(await modeOf('7777')).toEqual([200, 'SSO']);
        expect((await client.call({ path: '/finesse/api/UserAuthMode/no%20agent' })).status).toBe(404);
      },
    },
  );
});
