import { type Agent, type Desktop, unseenAgent } from '#domain/agent';
import { FakeAgentLink, standingOf } from '#store/link-call.spec-support';
import { ConnectedUsers } from './connected-users';
import { plainProfile } from './user-document';
import { writeXmlFragment } from './xml';

const at = Date.UTC(2026, 0, 1, 8, 0, 0);

function desktopOf(serverId: string, desktopId: string): Desktop {
  return { connection: `${serverId}:${desktopId}`, desktopId, serverId, side: 'primary' };
}

describe('the connected users', () => {
  let nowMs: number;
  let reads: number;
  const records = new Map<string, Desktop[]>([
    ['1001', [desktopOf('primary-1', 'tab'), desktopOf('secondary-1', '1001@desk.example/phone')]],
    ['1002', [desktopOf('secondary-1', '1002@desk.example/desktop')]],
  ]);
  const link = new FakeAgentLink();
  link.standings.set('1001', standingOf({ extension: '3999' }));

  beforeEach(() => {
    nowMs = 0;
    reads = 0;
  });

  function users(): ConnectedUsers {
    const load = ({ agentId }: { agentId: string }): Promise<{ agent: Agent; version: string; now: number }> => {
      reads += 1;
      const desktops = Object.fromEntries((records.get(agentId) ?? []).map((one) => [one.connection, one]));
      return Promise.resolve({
        agent: { ...unseenAgent({ peripheralId: 5000, agentId }), desktops },
        version: '',
        now: 0,
      });
    };
    return new ConnectedUsers({
      leases: {
        live: () =>
          Promise.resolve(
            ['primary-1', 'secondary-1'].map((serverId) => ({ serverId, side: 'primary', asserted: '' })),
          ),
        recordedAgents: (serverId) => Promise.resolve(serverId === 'primary-1' ? ['1001'] : ['1001', '1002']),
      },
      store: { load },
      times: { ask: () => Promise.resolve(new Map([['primary-1:tab', at - 61_500]])) },
      link,
      peripheralId: 5000,
      now: () => at,
      monotonicMs: () => nowMs,
    });
  }
  const profileOf = (agentId: string): ReturnType<typeof plainProfile> =>
    agentId === '1002'
      ? { ...plainProfile('1002'), extension: '3002', team: 'sales', firstName: 'Ada' }
      : plainProfile(agentId);

  it('are every desktop of every record, with what is known of it', async () => {
    const xml = writeXmlFragment({ ConnectedUsersInfo: await users().read(profileOf) });
    const detail = (...texts: string[]): string => {
      const names = ['loginId', 'userType', 'xmppJID', 'teamName', 'extension', 'firstName', 'lastName'];
      const more = ['connectedTime', 'connectedDuration', 'connectedHostName', 'connectedSide'];
      const all = [...names, ...more].map((name, n) => `<${name}>${texts[n] ?? ''}</${name}>`);
      return `<userDetail>${all.join('')}</userDetail>`;
    };
    expect(xml).toBe(
      '<ConnectedUsersInfo><userSummary><desktopUsers>2</desktopUsers><fippaUsers>0</fippaUsers>' +
        '<thirdPartyUsers>1</thirdPartyUsers><totalConnectedUsers>3</totalConnectedUsers>' +
        '<totalConnectedUsersViaProxy>0</totalConnectedUsersViaProxy></userSummary><userDetails>' +
        detail('1001', 'DESKTOP', 'tab', '', '3999', '', '', '2026-01-01T07:58:58.500Z', '61', 'primary-1', 'primary') +
        detail('1001', 'THIRDPARTY', '1001@desk.example/phone', '', '3999', '', '', '', '', 'secondary-1', 'primary') +
        detail(
          '1002',
          'DESKTOP',
          '1002@desk.example/desktop',
          'sales',
          '3002',
          'Ada',
          '',
          '',
          '',
          'secondary-1',
          'primary',
        ) +
        '</userDetails><uri>/finesse/api/ConnectedUsersInfo</uri></ConnectedUsersInfo>',
    );
  });

  it('are read once in five seconds, however often they are asked for', async () => {
    const list = users();
    await Promise.all([list.read(profileOf), list.read(profileOf)]);
    nowMs = 4_999;
    await list.read(profileOf);
    expect(reads).toBe(2);
    nowMs = 5_000;
    await list.read(profileOf);
    expect(reads).toBe(4);
  });
});
