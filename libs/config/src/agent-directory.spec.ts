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
    expect(directory.replace('agentsFile', ['agent001', 'Boss'])).toEqual([['agent001', 'Agent001']]);
    expect(['AGENT001', 'AGENT002', 'BOSS'].map((id) => directory.canonical(id))).toEqual([
      'agent001',
      'Agent002',
      'Boss',
    ]);
    expect(directory.size).toBe(3);
  });

  it('names two agents of one source that differ in case alone, and takes neither for the other', () => {
    const directory = new AgentDirectory();
    expect(directory.replace('ctiConfiguration', ['A1', 'a1', 'b1'])).toEqual([['A1', 'a1']]);
    expect(['A1', 'a1', 'B1'].map((id) => directory.canonical(id))).toEqual(['A1', 'a1', 'b1']);
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
