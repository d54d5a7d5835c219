import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashPassword } from '#config/password-hash';
import { parseRedisUrl } from '#config/redis-url';
import { connect, type RedisConnection } from '#store/connection';
import { Keys } from '#store/keys';
import { pino } from 'pino';
import { basic, FinesseClient, inShort, textOf } from '../support/finesse-client';
import { OidcIssuer } from '../support/oidc-issuer';
import { sideBySide } from '../support/side-by-side';
import { peripheralId, type Side, type Site, startSite, until } from '../support/site';

/** The REST surface of both sides, as desktops and clients of Cisco Finesse use it: real processes and a real Redis. */

const password = 'correct horse';
const sides: readonly Side[] = ['primary', 'secondary'];

interface Told {
  readonly kind: 'asked' | 'done' | 'failed';
  readonly agentId: string;
  readonly action: string;
  readonly requestId?: string;
  readonly error?: { readonly errorType: string };
}

describe('the REST surface of Finesse', () => {
  let site: Site;
  let subscriber: RedisConnection;
  /** What all servers tell each other of their requests. */
  const told: Told[] = [];
  const toldOf = (agentId: string): Told[] => told.filter((one) => one.agentId === agentId);
  const settled = (agentId: string, action: string): Told[] =>
    toldOf(agentId).filter((one) => one.kind !== 'asked' && one.action === action);

  let folder: string;
  let issuer: OidcIssuer;
  let hash: string;

  async function listen(): Promise<RedisConnection> {
    const parsed = parseRedisUrl(site.redis.url);
    if (parsed.kind !== 'address') throw new Error(parsed.sentence);
    const connection = connect(parsed.address, { name: 'test', log: pino({ level: 'silent' }), role: 'subscriber' });
    connection.on('message', (_channel: string, text: string) => {
      told.push((JSON.parse(text) as { event: Told }).event);
    });
    await connection.subscribe(new Keys(peripheralId).restEvents);
    return connection;
  }

  const agentsFile = (): string => join(folder, 'agents.json');
  const writeAgents = async (agents: readonly object[]): Promise<void> => {
    await writeFile(`${agentsFile()}.new`, JSON.stringify({ agents }));
    await rename(`${agentsFile()}.new`, agentsFile());
  };
  const agentsOfFile = (): object[] => [
    ...Array.from({ length: 16 }, (_, n) => ({ id: String(1001 + n), password: hash })),
    { id: '1017', firstName: 'Ada', lastName: '<Lovelace>', team: 'sales', password: hash },
    { id: 'boss', roles: ['administrator'], password: hash },
    { id: '8888', password: hash },
  ];

  const at = (side: Side, agentId?: string): FinesseClient =>
    new FinesseClient(site.servers[side].url, agentId === undefined ? undefined : basic(agentId, password));

  const state = async (agentId: string): Promise<string> => (await site.ctiAgent(agentId)).stateName;
  const untilState = (agentId: string, expected: string): Promise<true> =>
    until(async () => (await state(agentId)) === expected || undefined, `${agentId} to be ${expected}`);

  /** Signed in at the primary, and the link of that side says so. */
  async function signedIn(agentId: string): Promise<FinesseClient> {
    const client = at('primary', agentId);
    const extension = String(Number(agentId) + 2000);
    expect(inShort(await client.signIn(agentId, extension))).toBe('202');
    await untilState(agentId, 'NOT_READY');
    await untilShown(client, agentId, 'NOT_READY');
    return client;
  }

  const untilShown = (client: FinesseClient, agentId: string, expected: string): Promise<string> =>
    until(async () => {
      const { text } = await client.get(`User/${agentId}`);
      return textOf(text, 'state') === expected ? text : undefined;
    }, `${agentId} to be shown as ${expected}`);

  afterAll(async () => {
    subscriber.disconnect();
    await site.stop();
    await issuer.stop();
    await rm(folder, { recursive: true, force: true });
  });

  sideBySide(
    async () => {
      folder = await mkdtemp(join(tmpdir(), 'finesse-'));
      hash = await hashPassword(password, 12);
      await writeAgents(agentsOfFile());
      issuer = await OidcIssuer.start();
      site = await startSite({}, undefined, () => ({
        AGENTS_FILE: agentsFile(),
        OIDC_ISSUER: issuer.url,
        FINESSE_NODES: 'primary=https://a.example:8445,secondary=https://b.example:8445',
        XMPP_DOMAIN: 'desk.example',
        ORIGINS: 'https://pages.example',
      }));
      subscriber = await listen();
      await Promise.all(
        sides.map((side) =>
          until(async () => {
            const { text } = await at(side).get('SystemInfo');
            return textOf(text, 'status') === 'IN_SERVICE' || undefined;
          }, `the ${side} side to be in service`),
        ),
      );
    },
    {
      'says how it is to anybody': async () => {
        for (const side of sides) {
          const { status, text, headers } = await at(side).get('SystemInfo');
          expect([status, headers['content-type']]).toEqual([200, 'application/xml; charset=utf-8']);
          expect(text).toMatch(/^<\?xml version="1\.0" encoding="UTF-8" standalone="yes"\?><SystemInfo>/);
          expect(text).toContain('<primaryNode><host>a.example</host><httpsPort>8445</httpsPort></primaryNode>');
          expect(
            ['status', 'lastCTIHeartbeatStatus', 'systemAuthMode', 'xmppDomain'].map((n) => textOf(text, n)),
          ).toEqual(['IN_SERVICE', 'success', 'HYBRID', 'desk.example']);
        }
      },

      'takes an agent through a shift': async () => {
        const client = await signedIn('1001');
        expect((await site.ctiAgent('1001')) as unknown).toMatchObject({ extension: '3001' });
        expect(inShort(await client.put('1001', '<state>READY</state>'))).toBe('202');
        await untilShown(client, '1001', 'READY');
        expect(inShort(await client.put('1001', '<state>LOGOUT</state>'))).toBe('400 Invalid State state');
        expect(inShort(await client.put('1001', '<state>NOT_READY</state><reasonCodeId>12</reasonCodeId>'))).toBe(
          '202',
        );
        const shown = await untilShown(client, '1001', 'NOT_READY');
        expect(textOf(shown, 'reasonCodeId')).toBe('12');
        expect(inShort(await client.put('1001', '<state>LOGOUT</state><reasonCodeId>7</reasonCodeId>'))).toBe('202');
        await untilState('1001', 'LOGOUT');
        await untilShown(client, '1001', 'LOGOUT');
        expect(await site.ctiAgent('1001')).toMatchObject({ reasonCode: 7 });
        expect(inShort(await client.put('1001', '<state>LOGOUT</state>'))).toBe('400 Invalid State state');
        expect(inShort(await client.put('1001', '<state>READY</state>'))).toBe('400 Invalid State state');
      },

      'keeps the state of an agent who signs in again, on either side': async () => {
        const client = await signedIn('1002');
        await client.put('1002', '<state>READY</state>');
        await untilShown(client, '1002', 'READY');
        await untilShown(at('secondary', '1002'), '1002', 'READY');
        const before = (await site.requests('1002')).length;
        for (const side of sides) {
          expect(inShort(await at(side, '1002').signIn('1002', '3002', { requestId: 'abc-1' }))).toBe('202');
        }
        await until(
          () => Promise.resolve(settled('1002', 'LOGIN').length >= 3 || undefined),
          'both sign-ins to be done',
        );
        expect(settled('1002', 'LOGIN').map(({ kind, requestId }) => [kind, requestId])).toEqual([
          ['done', undefined],
          ['done', 'abc-1'],
          ['done', 'abc-1'],
        ]);
        expect(await state('1002')).toBe('AVAILABLE');
        const after = await site.requests('1002');
        expect(
          after.slice(before).filter(({ effective, stateName }) => effective && stateName !== 'AVAILABLE'),
        ).toEqual([]);
      },

      'answers alike on both sides': async () => {
        await signedIn('1017');
        const shown = await Promise.all(sides.map((side) => untilShown(at(side, '1017'), '1017', 'NOT_READY')));
        const [first, second] = shown.map((text) => text.replace(/<stateChangeTime>[^<]*/, ''));
        expect(second).toBe(first);
        expect(first).toContain(
          '<firstName>Ada</firstName><lastName>&lt;Lovelace&gt;</lastName><teamId>sales</teamId>',
        );
        expect(first).toContain('<extension>3017</extension>');
      },

      'lets nobody sit in two places, nor where somebody else sits': async () => {
        const client = await signedIn('1003');
        expect(inShort(await client.signIn('1003', '3999'))).toBe('400 Invalid Device extension');
        expect(inShort(await at('primary', '1004').signIn('1004', '3003', { requestId: 'taken' }))).toBe('202');
        const failed = await until(() => Promise.resolve(settled('1004', 'LOGIN')[0]), 'the sign-in to fail');
        expect(failed).toMatchObject({ kind: 'failed', requestId: 'taken', error: { errorType: 'Invalid Device' } });
        expect(await state('1004')).toBe('LOGOUT');
      },

      'tells what becomes of every order that it accepted, in their order': async () => {
        const client = await signedIn('1005');
        const orders = ['READY', 'NOT_READY', 'READY', 'NOT_READY', 'LOGOUT'];
        for (const order of orders) {
          const { status, headers } = await client.put('1005', `<state>${order}</state>`, { requestId: `id-${order}` });
          expect([status, headers['requestid']]).toEqual([202, `id-${order}`]);
        }
        await untilState('1005', 'LOGOUT');
        const all = await until(() => {
          const sofar = toldOf('1005');
          return Promise.resolve(sofar.length >= 2 + 2 * orders.length ? sofar : undefined);
        }, 'all to be told');
        expect(all.slice(2).map(({ kind, action }) => `${kind} ${action}`)).toEqual(
          orders.flatMap((order) => [`asked ${order}`, `done ${order}`]),
        );
      },

      'shows the calls of an agent': async () => {
        const client = await signedIn('1006');
        expect((await client.get('User/1006/Dialogs')).text).toMatch(/<Dialogs><\/Dialogs>$/);
        await client.put('1006', '<state>READY</state>');
        await untilShown(client, '1006', 'READY');
        await site.post('/calls', { agentId: '1006' });
        const shown = await until(async () => {
          const { text } = await client.get('User/1006/Dialogs');
          return text.includes('<Dialog>') ? text : undefined;
        }, 'a dialog');
        expect(shown).toContain('<mediaAddress>3006</mediaAddress><mediaAddressType>AGENT_DEVICE</mediaAddressType>');
        expect(inShort(await client.put('1006', '<state>LOGOUT</state>'))).toBe('400 Invalid State state');
      },

      'lets agents see and change themselves alone, and administrators see everybody': async () => {
        const agent = at('primary', '1007');
        for (const path of ['User/1008', 'User/1008/Dialogs', 'User/9999', 'User/%2e%2e']) {
          expect(inShort(await agent.get(path))).toMatch(/^(401 Invalid Authorization User Specified 1007|404 )/);
        }
        expect(inShort(await agent.signIn('1008', '3008'))).toBe('401 Invalid Authorization User Specified 1007');
        expect(inShort(await agent.get('ConnectedUsersInfo'))).toBe('401 Authorization Failure 1007');
        const boss = at('primary', 'boss');
        expect(textOf((await boss.get('User/1008')).text, 'loginId')).toBe('1008');
        expect(inShort(await boss.put('1008', '<state>LOGOUT</state>'))).toBe(
          '401 Invalid Authorization User Specified boss',
        );
        expect(inShort(await boss.signIn('1008', '3008'))).toBe('401 Invalid Authorization User Specified boss');
        expect(inShort(await boss.get('User/9999'))).toBe('404 User Not Found 9999');
        expect(await state('1008')).toBe('LOGOUT');
      },

      'knows nobody whom the CTI server does not know': async () => {
        const client = at('primary', '8888');
        expect(inShort(await client.get('User/8888'))).toBe('404 User Not Found 8888');
        expect(inShort(await client.signIn('8888', '3001'))).toBe('404 User Not Found 8888');
      },

      'shows administrators who is connected, on all servers': async () => {
        await site.open('1009', 'primary', { desktopId: 'tab-of-1009' });
        await site.open('1010', 'secondary', { desktopId: 'tab-of-1010' });
        for (const side of sides) {
          const text = await until(async () => {
            const shown = (await at(side, 'boss').get('ConnectedUsersInfo')).text;
            return shown.includes('tab-of-1009') && shown.includes('tab-of-1010') ? shown : undefined;
          }, 'both desktops');
          const [, ofTen = ''] = text.split('<loginId>1010</loginId>');
          expect(textOf(ofTen, 'xmppJID')).toBe('tab-of-1010');
          expect(textOf(ofTen, 'connectedHostName')).toMatch(/^secondary-1/);
          expect(Number(textOf(ofTen, 'connectedDuration'))).toBeLessThan(120);
          expect(Date.now() - Date.parse(textOf(ofTen, 'connectedTime') ?? '')).toBeLessThan(120_000);
          expect(textOf(text, 'totalConnectedUsers')).toBe(String(text.split('<userDetail>').length - 1));
        }
      },

      'blocks an agent after five wrong passwords, on both sides, and nobody else': async () => {
        const wrong = (side: Side, n: number): FinesseClient => at(side).as(basic('1011', `wrong ${String(n)}`));
        expect(inShort(await at('secondary', '1011').get('User/1011'))).toBe('200');
        for (let n = 0; n < 4; n++) {
          const answer = await wrong(sides[n % 2] ?? 'primary', n).get('User/1011');
          expect([inShort(answer), answer.headers['www-authenticate']]).toEqual([
            '401 Authorization Failure',
            'Basic realm="Lastcall", charset="UTF-8", Bearer realm="Lastcall"',
          ]);
        }
        expect(inShort(await at('primary', '1011').get('User/1011'))).toBe('200');
        // The right one ended the row.
        for (let n = 0; n < 5; n++) await wrong('primary', n).get('User/1011');
        for (const side of sides) {
          const answer = await at(side, '1011').get('User/1011');
          expect(textOf(answer.text, 'ErrorMessage')).toBe('BLOCKED_AFTER_WRONG_PASSWORDS');
          expect(answer.status).toBe(401);
          const retryS = Number(answer.headers['retry-after']);
          expect([retryS > 240, retryS <= 300]).toEqual([true, true]);
        }
        expect(inShort(await at('primary', '1012').get('User/1012'))).toBe('200');
        // A token is not guessed: it still counts.
        const token = `Bearer ${await issuer.token('1011')}`;
        expect(inShort(await at('primary').as(token).get('User/1011'))).toBe('200');
      },

      'lets a hundred guesses at the same moment be five': async () => {
        const answers = await Promise.all(
          Array.from({ length: 100 }, (_, n) =>
            at(sides[n % 2] ?? 'primary')
              .as(basic('1013', n === 99 ? password : `guess ${String(n)}`))
              .get('User/1013'),
          ),
        );
        const blocked = answers.filter(({ text }) => text.includes('BLOCKED_AFTER_WRONG_PASSWORDS'));
        expect(blocked.length).toBeGreaterThanOrEqual(94);
      },

      'takes the tokens of its OpenID provider and no others': async () => {
        const withToken = (token: string): FinesseClient => at('primary').as(`Bearer ${token}`);
        expect(inShort(await withToken(await issuer.token('1014')).signIn('1014', '3014'))).toBe('202');
        await untilState('1014', 'NOT_READY');
        const other = await OidcIssuer.start();
        try {
          const bad = {
            unsigned: issuer.unsigned('1014'),
            confused: await issuer.confused('1014'),
            ownKeys: await issuer.withOwnKeys('1014', `${other.url}/keys`),
            foreign: await other.token('1014'),
            pretending: await other.token('1014', { issuer: issuer.url }),
            expired: await issuer.token('1014', { expiresInS: -60 }),
            otherAudience: await issuer.token('1014', { audience: 'payroll' }),
            unknownKey: await issuer.token('1014', { kid: 'key-2' }),
            noAgent: await issuer.token('../1015'),
            nonsense: 'a.b.c',
          };
          const refused = await Promise.all(
            Object.entries(bad).map(async ([name, token]) => [name, inShort(await withToken(token).get('User/1014'))]),
          );
          expect(Object.fromEntries(refused)).toEqual(
            Object.fromEntries(Object.keys(bad).map((name) => [name, '401 Authorization Failure'])),
          );
          expect(other.keyFetches).toBe(0);
          expect(inShort(await withToken(await issuer.token('1014')).get('User/1015'))).toBe(
            '401 Invalid Authorization User Specified 1014',
          );
        } finally {
          await other.stop();
        }
      },

      'reads its file of agents again, and keeps the old one when the new one is wrong': async () => {
        const late = { id: '1020', password: hash };
        const untilSaid = (side: Side, words: string): Promise<true> =>
          until(
            () => Promise.resolve(site.servers[side].lines.some((line) => line.includes(words)) || undefined),
            `the ${side} server to say: ${words}`,
          );
        expect(inShort(await at('primary', '1020').get('User/1020'))).toBe('401 Authorization Failure');
        await writeAgents([...agentsOfFile(), late]);
        for (const side of sides) await untilSaid(side, 'has changed and was read');
        expect(inShort(await at('secondary', '1020').get('User/1020'))).toBe('200');
        await writeAgents([{ id: '1020', password: 'in clear' }]);
        await untilSaid('primary', 'the former one still counts');
        expect(inShort(await at('primary', '1020').get('User/1020'))).toBe('200');
        expect(site.servers.primary.lines.join('\n')).not.toContain('in clear');
        await writeAgents([...agentsOfFile(), late]);
      },

      'stands what a hostile client sends': async () => {
        const client = at('primary', '1015');
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
          '/finesse/api/User//1015',
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
          expect(inShort(await at('primary').as(authorization).get('User/1015'))).toBe('401 Authorization Failure');
        }
        expect(await state('1015')).toBe('LOGOUT');
        expect(site.servers.primary.lines.join('\n')).not.toContain(password);
      },

      'may be asked by pages of the allowed origins': async () => {
        const preflight = (origin: string): Promise<unknown> =>
          at('primary')
            .call({
              method: 'OPTIONS',
              path: '/finesse/api/User/1016',
              headers: { origin, 'Access-Control-Request-Method': 'PUT' },
            })
            .then(({ status, headers }) => [status, headers['access-control-allow-origin']]);
        expect(await preflight('https://pages.example')).toEqual([204, 'https://pages.example']);
        expect(await preflight('https://evil.example')).toEqual([405, undefined]);
      },
    },
  );
});
