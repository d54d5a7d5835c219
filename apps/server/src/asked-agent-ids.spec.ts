import { AgentDirectory } from '#config/agent-directory';
import { type Found } from '#presence/agent-ids';
import { type LookResult } from '#store/link-call';
import { AskedAgentIds } from './asked-agent-ids';

describe('the id of an agent who knocks', () => {
  const directory = new AgentDirectory();
  directory.sourcesRead();
  directory.replace('agentsFile', ['Agent001']);
  const find = (given: string, looked: LookResult): Promise<Found> =>
    new AskedAgentIds({ directory, link: { look: () => Promise.resolve(looked) } }).find(given);

  it('is spelled as the directory has it, and the CTI server is not asked', async () => {
    const link = { look: () => Promise.reject(new Error('asked')) };
    expect(await new AskedAgentIds({ directory, link }).find('AGENT001')).toEqual({
      kind: 'agent',
      agentId: 'Agent001',
    });
  });

  it('is that of nobody when the CTI server does not know it either', async () => {
    expect(await find('agent002', { kind: 'unknownAgent' })).toEqual({ kind: 'unknownAgent' });
  });

  it('is taken as it comes where the CTI server knows it', async () => {
    const looked = { kind: 'known', standing: {} as never } as const;
    expect(await find('agent002', looked)).toEqual({ kind: 'agent', agentId: 'agent002' });
  });

  it('is not asked of the CTI server by login name, which it does not know', async () => {
    const link = { look: () => Promise.reject(new Error('asked')) };
    directory.replace('agentsFile', ['Agent001'], new Map([['Agent001', 'ada@example.com']]));
    const ids = new AskedAgentIds({ directory, link });
    expect(await ids.find('Ada@example.com')).toEqual({ kind: 'agent', agentId: 'Agent001' });
    expect(await ids.find('grace@example.com')).toEqual({ kind: 'unknownAgent' });
    const unread = { canonical: () => undefined, whenRead: () => Promise.resolve(), isRead: false };
    const early = new AskedAgentIds({ directory: unread, link });
    expect(await early.find('ada@example.com')).toEqual({ kind: 'unavailable' });
  });

  it('is nothing to be sure of while the CTI server cannot be asked', async () => {
    expect(await find('agent002', { kind: 'unavailable', why: 'no link' })).toEqual({ kind: 'unavailable' });
  });
});
