import { AgentDirectory } from '#config/agent-directory';
import { pubsubNodes } from './standing-news';
import { XmppAccounts } from './xmpp-accounts';

describe('the accounts of an agent at the XMPP server', () => {
  const directory = new AgentDirectory();
  directory.replace('agentsFile', ['Agent001', '1002', '1003'], new Map([['Agent001', 'Ada@example.com']]));

  it('are that of the id, and that of the login name once it has been seen', () => {
    const accounts = new XmppAccounts(directory, true);
    expect(accounts.of('Agent001')).toEqual(['Agent001']);
    expect(accounts.canonical('AGENT001')).toBe('Agent001');
    expect(accounts.of('Agent001')).toEqual(['Agent001']);
    expect(accounts.canonical('ada@example.com')).toBe('Agent001');
    expect(accounts.of('Agent001')).toEqual(['Agent001', 'ada\\40example.com']);
  });

  it('are both where nobody sees who is online, and none for an id that no account can have', () => {
    const accounts = new XmppAccounts(directory, false);
    expect(accounts.of('Agent001')).toEqual(['Agent001', 'ada\\40example.com']);
    expect([accounts.of('1002'), accounts.of('{1003}')]).toEqual([['1002'], []]);
  });

  it('may call nodes by the login name, encoded or not', () => {
    const nodes = pubsubNodes(directory);
    for (const user of ['ada@example.com', 'Ada%40EXAMPLE.com', 'agent001']) {
      expect(nodes.named(`/finesse/api/User/${user}/Dialogs`)).toBe('/finesse/api/User/Agent001/Dialogs');
    }
    for (const node of ['/finesse/api/SystemInfo', '/finesse/api/User/nobody', '/finesse/api/User/%', '']) {
      expect(nodes.named(node)).toBe(node);
    }
  });
});
