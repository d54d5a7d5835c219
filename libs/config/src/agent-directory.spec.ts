import { AgentDirectory } from './agent-directory';

describe('the directory of agents', () => {
  it('takes ids as they come while nobody has named the agents', () => {
    const directory = new AgentDirectory();
    expect(directory.isKnown).toBe(false);
    expect(['agent001', 'Agent001'].map((id) => directory.canonical(id))).toEqual(['agent001', 'Agent001']);
  });

  it('maps every spelling to the one that it was told, and nothing else', () => {
    const directory = new AgentDirectory();
    expect(directory.replace('agentsFile', ['Agent001', '0012'])).toEqual([]);
    expect(['agent001', 'AGENT001', 'Agent001'].map((id) => directory.canonical(id))).toEqual(
      Array.from({ length: 3 }, () => 'Agent001'),
    );
    expect(directory.canonical('0012')).toBe('0012');
    expect(['12', '00012', 'agent01'].map((id) => directory.canonical(id))).toEqual([undefined, undefined, undefined]);
  });

  it('knows the agents of both sources, spelled as AGENTS_FILE has them where both name one', () => {
    const directory = new AgentDirectory();
    directory.replace('ctiConfiguration', ['Agent001', 'Agent002']);
    expect(directory.replace('agentsFile', ['agent001', 'Boss'])).toEqual([
      { kind: 'spelling', agentIds: ['agent001', 'Agent001'] },
    ]);
    expect(['AGENT001', 'AGENT002', 'BOSS'].map((id) => directory.canonical(id))).toEqual([
      'agent001',
      'Agent002',
      'Boss',
    ]);
    expect(directory.size).toBe(3);
  });

  it('names two agents of one source that differ in case alone, and takes neither for the other', () => {
    const directory = new AgentDirectory();
    expect(directory.replace('ctiConfiguration', ['A1', 'a1', 'b1'])).toEqual([
      { kind: 'spelling', agentIds: ['A1', 'a1'] },
    ]);
    expect(['A1', 'a1', 'B1'].map((id) => directory.canonical(id))).toEqual(['A1', 'a1', 'b1']);
  });

  it('finds an agent by login name in any case, of whichever source, and spells the id as AGENTS_FILE does', () => {
    const directory = new AgentDirectory();
    expect(directory.canonical('ada@example.com')).toBeUndefined();
    directory.replace('ctiConfiguration', ['Agent001', '1002'], new Map([['Agent001', 'Ada@example.com']]));
    directory.replace('agentsFile', ['agent001', '1003'], new Map([['1003', 'grace']]));
    expect(['ADA@example.com', 'Grace', 'nobody'].map((name) => directory.canonical(name))).toEqual([
      'agent001',
      '1003',
      undefined,
    ]);
    expect(['agent001', '1002', '1003'].map((agentId) => directory.loginNameOf(agentId))).toEqual([
      'Ada@example.com',
      undefined,
      'grace',
    ]);
  });

  it('takes an id for that of its agent, whoever else has it as a login name, and names them', () => {
    const directory = new AgentDirectory();
    directory.replace('agentsFile', ['1001'], new Map([['1001', 'ada']]));
    const clashes = directory.replace(
      'ctiConfiguration',
      ['1001', '1002', '1003', 'x1'],
      new Map([
        ['1002', '1003'],
        ['1003', 'ADA'],
        ['x1', 'X1'],
      ]),
    );
    expect(clashes).toEqual([
      { kind: 'loginName', loginName: '1003', agentIds: ['1002', '1003'] },
      { kind: 'loginName', loginName: 'ADA', agentIds: ['1003', '1001'] },
    ]);
    expect(['1003', 'ada', 'x1'].map((name) => directory.canonical(name))).toEqual(['1003', '1001', 'x1']);
  });

  it('takes a login name of two agents for that of neither', () => {
    const directory = new AgentDirectory();
    const twins = new Map(['1001', '1002', '1003'].map((agentId) => [agentId, 'twin']));
    const clashes = directory.replace('ctiConfiguration', [...twins.keys()], twins);
    expect(clashes).toEqual([{ kind: 'loginName', loginName: 'twin', agentIds: ['1002', '1001'] }]);
    expect(directory.canonical('twin')).toBeUndefined();
  });

  it('forgets those that a source does not name any more, and tells its followers of each change', () => {
    const directory = new AgentDirectory();
    let changes = 0;
    directory.follow(() => (changes += 1));
    directory.replace('agentsFile', ['A1', 'A2']);
    directory.replace('agentsFile', ['A2']);
    expect([directory.canonical('a1'), directory.canonical('a2'), changes]).toEqual([undefined, 'A2', 2]);
  });
});
