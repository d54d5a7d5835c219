import { basic, inShort, textOf } from '../kit/finesse/finesse-client';
import { sideBySide } from '../kit/side-by-side';
import { sides } from '../kit/site/site-options';
import { waitFor } from '../kit/wait';
import { FinesseStage, password, signInOf, stageLoginName } from './finesse-stage.spec-support';

/** The REST surface of both sides, as desktops and clients of Cisco Finesse use it: real processes and a real Redis. */

describe('the REST surface of Finesse', () => {
  let stage: FinesseStage;
  afterAll(async () => {
    await stage.end();
  });

  sideBySide(
    async () => {
      stage = await FinesseStage.begin();
    },
    {
      'says how it is to anybody': async () => {
        for (const side of sides) {
          const { status, text, headers } = await stage.at(side).get('SystemInfo');
          expect([status, headers['content-type']]).toEqual([200, 'application/xml; charset=utf-8']);
          expect(text).toMatch(/^<\?xml version="1\.0" encoding="UTF-8" standalone="yes"\?><SystemInfo>/);
          expect(text).toContain('<primaryNode><host>a.example</host><httpsPort>8445</httpsPort></primaryNode>');
          expect(
            ['status', 'lastCTIHeartbeatStatus', 'systemAuthMode', 'xmppDomain'].map((n) => textOf(text, n)),
          ).toEqual(['IN_SERVICE', 'success', 'HYBRID', 'desk.example']);
        }
      },

      'takes an agent through a shift': async () => {
        const client = await stage.signedIn('1001');
        expect((await stage.site.ctiAgent('1001')) as unknown).toMatchObject({ extension: '3001' });
        await stage.obeyed(client, '1001', '<state>READY</state>');
        await stage.untilShown(client, '1001', 'READY');
        expect(inShort(await client.put('1001', '<state>LOGOUT</state>'))).toBe('400 Invalid State state');
        await stage.obeyed(client, '1001', '<state>NOT_READY</state><reasonCodeId>12</reasonCodeId>');
        const shown = await stage.untilShown(client, '1001', 'NOT_READY');
        expect(textOf(shown, 'reasonCodeId')).toBe('12');
        await stage.obeyed(client, '1001', '<state>LOGOUT</state><reasonCodeId>7</reasonCodeId>');
        await stage.untilState('1001', 'LOGOUT');
        await stage.untilShown(client, '1001', 'LOGOUT');
        expect(await stage.site.ctiAgent('1001')).toMatchObject({ reasonCode: 7 });
        for (const order of ['LOGOUT', 'READY']) {
          expect(inShort(await client.put('1001', `<state>${order}</state>`))).toBe('400 Invalid State state');
        }
      },

      'keeps the state of an agent who signs in again, on either side': async () => {
        const client = await stage.signedIn('1002');
        await stage.obeyed(client, '1002', '<state>READY</state>');
        for (const side of sides) await stage.untilShown(stage.at(side, '1002'), '1002', 'READY');
        const before = (await stage.site.requests('1002')).length;
        for (const side of sides) await stage.obeyed(stage.at(side, '1002'), '1002', signInOf('1002'));
        expect(await stage.state('1002')).toBe('AVAILABLE');
        const after = (await stage.site.requests('1002')).slice(before);
        expect(after.filter(({ effective, stateName }) => effective && stateName !== 'AVAILABLE')).toEqual([]);
      },

      'answers alike on both sides': async () => {
        await stage.signedIn('1017');
        const shown = await Promise.all(
          sides.map((side) => stage.untilShown(stage.at(side, '1017'), '1017', 'NOT_READY')),
        );
        const [first, second] = shown.map((text) => text.replace(/<stateChangeTime>[^<]*/, ''));
        expect(second).toBe(first);
        expect(first).toContain(
          '<firstName>Ada</firstName><lastName>&lt;Lovelace&gt;</lastName><teamId>sales</teamId>',
        );
        expect(first).toContain('<extension>3017</extension>');
      },

      'knows an agent by the login name wherever it knows it by the id': async () => {
        const byId = stage.at('primary', '1016');
        const byName = byId.as(basic(stageLoginName.toUpperCase(), password));
        const inAddress = encodeURIComponent(stageLoginName);
        await stage.obeyed(byName, '1016', signInOf('1016'));
        for (const [client, named] of [
          [byName, '1016'],
          [byId, inAddress],
          [byName, stageLoginName.toLowerCase()],
          [stage.at('secondary', 'boss'), inAddress],
        ] as const) {
          const shown = await stage.untilShown(client, named, 'NOT_READY');
          expect(['uri', 'loginId', 'loginName'].map((name) => textOf(shown, name))).toEqual([
            '/finesse/api/User/1016',
            '1016',
            stageLoginName,
          ]);
          expect((await client.get(`User/${named}/Dialogs`)).status).toBe(200);
        }
        expect((await byName.put(inAddress, '<state>READY</state>')).status).toBe(202);
        await stage.untilState('1016', 'AVAILABLE');
        const token = await stage.issuer.token(stageLoginName);
        expect((await byId.as(`Bearer ${token}`).get('User/1016')).status).toBe(200);
        const mode = await stage.at('primary').get(`UserAuthMode/${inAddress}`);
        expect(['userId', 'authMode'].map((name) => textOf(mode.text, name))).toEqual(['1016', 'NON_SSO']);
        // Who asks by the id is not told the name.
        expect((await stage.at('primary').get('UserAuthMode/1016')).text).not.toContain('example.com');
      },

      'knows nobody by a login name that no agent has, and nobody by that of another': async () => {
        const agent = stage.at('primary', '1015');
        const refused = '401 Invalid Authorization User Specified 1015';
        for (const name of ['Grace.Hopper%40example.com', 'nobody%40example.com']) {
          expect(inShort(await agent.get(`User/${name}`))).toBe(refused);
          expect(inShort(await agent.put(name, signInOf('1015')))).toBe(refused);
        }
        expect(inShort(await stage.at('primary', 'boss').get('User/nobody%40example.com'))).toBe(
          '404 User Not Found nobody@example.com',
        );
        expect(inShort(await agent.as(basic('nobody@example.com', password)).get('User/1016'))).toMatch(/^401 /);
      },

      'lets nobody sit in two places, nor where somebody else sits': async () => {
        const client = await stage.signedIn('1003');
        expect(inShort(await client.signIn('1003', '3999'))).toBe('400 Invalid Device extension');
        const taken = '<state>LOGIN</state><extension>3003</extension>';
        const told = await stage.give(stage.at('primary', '1004'), '1004', taken);
        expect(told).toMatchObject({ kind: 'failed', error: { errorType: 'Invalid Device' } });
        expect(await stage.state('1004')).toBe('LOGOUT');
      },

      'tells what becomes of every order that it accepted, in their order': async () => {
        const client = await stage.signedIn('1005');
        const from = stage.toldOf('1005').length;
        const orders = ['READY', 'NOT_READY', 'READY', 'NOT_READY', 'READY', 'NOT_READY'];
        const accepted: string[] = [];
        for (const order of orders) {
          if ((await client.put('1005', `<state>${order}</state>`)).status === 202) accepted.push(order);
        }
        const all = await waitFor('all to be told', () => {
          const sofar = stage.toldOf('1005').slice(from);
          return sofar.length >= 2 * accepted.length ? sofar : undefined;
        });
        // Done or failed, but nothing is left untold and nothing overtakes.
        expect(all.map(({ kind, action }) => `${kind === 'asked' ? 'asked' : 'told'} ${action}`)).toEqual(
          accepted.flatMap((order) => [`asked ${order}`, `told ${order}`]),
        );
        await stage.obeyed(client, '1005', '<state>NOT_READY</state>');
        await stage.obeyed(client, '1005', '<state>LOGOUT</state>');
        await stage.untilState('1005', 'LOGOUT');
      },

      'shows the calls of an agent': async () => {
        const client = await stage.signedIn('1006');
        expect((await client.get('User/1006/Dialogs')).text).toMatch(/<Dialogs><\/Dialogs>$/);
        await stage.obeyed(client, '1006', '<state>READY</state>');
        await stage.untilShown(client, '1006', 'READY');
        await stage.site.post('/calls', { agentId: '1006' });
        const shown = await waitFor('a dialog', async () => {
          const { text } = await client.get('User/1006/Dialogs');
          return text.includes('<Dialog>') ? text : undefined;
        });
        expect(shown).toContain('<mediaAddress>3006</mediaAddress><mediaAddressType>AGENT_DEVICE</mediaAddressType>');
        expect(inShort(await client.put('1006', '<state>LOGOUT</state>'))).toBe('400 Invalid State state');
      },

      'knows nobody whom the CTI server does not know': async () => {
        const client = stage.at('primary', '8888');
        expect(inShort(await client.get('User/8888'))).toBe('404 User Not Found 8888');
        expect(inShort(await client.signIn('8888', '3001'))).toBe('404 User Not Found 8888');
      },

      'shows administrators who is connected, on all servers': async () => {
        const before = Math.floor(Date.now() / 1_000) * 1_000;
        await stage.site.open('1009', 'primary', { desktopId: 'tab-of-1009' });
        await stage.site.open('1010', 'secondary', { desktopId: 'tab-of-1010' });
        for (const side of sides) {
          const text = await waitFor('both desktops', async () => {
            const shown = (await stage.at(side, 'boss').get('ConnectedUsersInfo')).text;
            return shown.includes('tab-of-1009') && shown.includes('tab-of-1010') ? shown : undefined;
          });
          const [, ofTen = ''] = text.split('<loginId>1010</loginId>');
          expect(textOf(ofTen, 'xmppJID')).toBe('tab-of-1010');
          expect(textOf(ofTen, 'connectedHostName')).toMatch(/^secondary-1/);
          const connectedAt = Date.parse(textOf(ofTen, 'connectedTime') ?? '');
          expect(connectedAt).toBeGreaterThanOrEqual(before);
          expect(connectedAt).toBeLessThanOrEqual(Date.now());
          expect(Number(textOf(ofTen, 'connectedDuration')) * 1_000).toBeLessThanOrEqual(Date.now() - before);
          expect(textOf(text, 'totalConnectedUsers')).toBe(String(text.split('<userDetail>').length - 1));
        }
      },

      'reads its file of agents again, and keeps the old one when the new one is wrong': async () => {
        expect(inShort(await stage.at('primary', '1020').get('User/1020'))).toBe('401 Authorization Failure');
        await stage.addAgent('1020');
        for (const side of sides) await stage.untilSaid(side, 'has changed and was read');
        expect(inShort(await stage.at('secondary', '1020').get('User/1020'))).toBe('200');
        await stage.spoilAgents([{ id: '1020', password: 'in clear' }]);
        await stage.untilSaid('primary', 'the former one still counts');
        expect(inShort(await stage.at('primary', '1020').get('User/1020'))).toBe('200');
        expect(stage.site.servers.primary.lines.join('\n')).not.toContain('in clear');
        await stage.addAgent('1020');
      },
    },
  );
});
