import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadAgents, parseAgents } from './agents-file';
import { ConfigError } from './config-error';

const hash = '$scrypt$ln=15,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g';

function problemsOf(text: string): string[] {
  try {
    parseAgents(text, 'the test');
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ key, sentence }) => `${key} ${sentence}`);
    throw error;
  }
  return [];
}

describe("the agents' file", () => {
  it('says who may sign in', () => {
    const agents = parseAgents(
      `agents:
  - { id: 1001, firstName: Ada, lastName: Lovelace, extension: "3001", team: sales, password: "${hash}" }
  - { id: 0012, roles: [supervisor, Administrator] }`,
      'the test',
    );
    expect(agents.get('1001')).toMatchObject({
      agentId: '1001',
      firstName: 'Ada',
      lastName: 'Lovelace',
      extension: '3001',
      team: 'sales',
      roles: ['Agent'],
      password: { ln: 15 },
    });
    expect(agents.get('0012')).toEqual({
      agentId: '0012',
      loginName: undefined,
      firstName: '',
      lastName: '',
      extension: undefined,
      team: undefined,
      roles: ['Supervisor', 'Administrator'],
      password: undefined,
    });
  });

  it('may say how else an agent signs in, by the id in another case too', () => {
    const agents = parseAgents(
      `agents: [{ id: 1001, loginName: ada.lovelace+sales@example.com }, { id: Boss, loginName: boss }]`,
      'the test',
    );
    expect([...agents.values()].map(({ loginName }) => loginName)).toEqual(['ada.lovelace+sales@example.com', 'boss']);
  });

  it('may be JSON', () => {
    expect([...parseAgents(JSON.stringify({ agents: [{ id: '1001' }] }), 'the test').keys()]).toEqual(['1001']);
  });

  it.each([
    ['agents[1].password is not a hash made by: lastcall agents hash', [{ id: '1' }, { id: '2', password: 'hunter2' }]],
    ['agents[0].id is missing', [{ firstName: 'Ada' }]],
    ['agents[0].id is not an agent id (1 to 11 of A-Z a-z 0-9 _ . -)', [{ id: '123456789012' }]],
    [
      String.raw`agents[0].loginName is not a login name (1 to 50 of A-Z a-z 0-9 _ . @ + ' & \ -)`,
      [{ id: '1', loginName: `${'x'.repeat(39)}@example.com` }],
    ],
    [
      'agents[1].loginName of agent 2 is ADA@example.com, as that of agent 1',
      [
        { id: '1', loginName: 'ada@example.com' },
        { id: '2', loginName: 'ADA@example.com' },
      ],
    ],
    [
      'agents[0].loginName of agent 1 is BOSS, the id of another agent',
      [{ id: '1', loginName: 'BOSS' }, { id: 'Boss' }],
    ],
    ['agents[1].id is that of an entry before', [{ id: '1' }, { id: '1' }]],
    [
      'agents[0].extension is not an extension (1 to 14 digits, + before them if need be)',
      [{ id: '1', extension: 'x' }],
    ],
    ['agents[0].roles.0 is not agent, supervisor or administrator', [{ id: '1', roles: ['root'] }]],
    ['agents[0].roles is not a list', [{ id: '1', roles: 'administrator' }]],
    ['agents[0].firstName is not text of at most 64 characters', [{ id: '1', firstName: 'x'.repeat(65) }]],
    [
      'agents[2].id is agent001, which differs in case alone from Agent001 of an entry before',
      [{ id: 'Agent001' }, { id: '0012' }, { id: 'agent001' }],
    ],
    ['agents[0] has unknown fields: passwd', [{ id: '1', passwd: hash }]],
    ['agents[0] is not a set of named fields', ['1001']],
  ])('is refused with the entry and the field: %s', (problem, agents) => {
    const problems = problemsOf(JSON.stringify({ agents }));
    expect(problems).toEqual([problem]);
  });

  it('is refused for every entry that is wrong, and never tells a value', () => {
    const problems = problemsOf(JSON.stringify({ agents: [{ id: '1', password: 'hunter2' }, { id: 'no good' }] }));
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['agents[0].password', 'agents[1].id']);
    expect(problems.join()).not.toMatch(/hunter2|no good/);
  });

  it.each([
    ['agents is not a list', '{}'],
    ['the file is not a set of named fields', '- id: 1'],
    ['the file is not a set of named fields', ''],
    ['the file has unknown fields: users', 'agents: []\nusers: []'],
    ['line 2 is neither YAML nor JSON (BAD_INDENT)', 'agents:\n- id: [\n1'],
  ])('is refused: %s', (problem, text) => {
    const problems = problemsOf(text);
    if (problem.startsWith('line'))
      expect(problems).toEqual([expect.stringMatching(/^line \d+ is neither YAML nor JSON/)]);
    else expect(problems).toEqual([problem]);
  });

  it('is read from where it lies, and its absence is told with the key', () => {
    const folder = mkdtempSync(join(tmpdir(), 'agents-'));
    try {
      const path = join(folder, 'agents.yaml');
      expect(() => loadAgents(path)).toThrow(/AGENTS_FILE names a file that cannot be read \(ENOENT\)/);
      writeFileSync(path, 'agents: [{ id: 1001 }]');
      expect(loadAgents(path).size).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
