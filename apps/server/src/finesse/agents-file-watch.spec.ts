import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentDirectory } from '#config/agent-directory';
import { AgentsFileWatch } from './agents-file-watch';

describe('the file of agents', () => {
  let directory: AgentDirectory;
  let folder: string;
  let path: string;
  const lines: string[] = [];
  const log = {
    info: (_fields: unknown, line?: string) => lines.push(line ?? ''),
    error: (_fields: unknown, line?: string) => lines.push(line ?? ''),
  };
  const write = (text: string): void => {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'directory-'));
    path = join(folder, 'agents.yaml');
    lines.length = 0;
    directory = new AgentDirectory();
    write('agents: [{ id: 1001 }]');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const open = (at: string | undefined = path): AgentsFileWatch => new AgentsFileWatch(at, directory, log as never);

  it('reads its file again when it has changed, and only then', () => {
    const file = open();
    file.look();
    write('agents: [{ id: 1002, firstName: Grace }]');
    file.look();
    file.look();
    expect([file.profile('1001'), file.profile('1002')?.firstName]).toEqual([undefined, 'Grace']);
    expect(lines).toHaveLength(1);
  });

  it('feeds the directory, and knows an agent by whatever spelling', () => {
    write('agents: [{ id: Agent001 }]');
    const file = open();
    expect([directory.canonical('AGENT001'), file.profile('agent001')?.agentId]).toEqual(['Agent001', 'Agent001']);
    write('agents: [{ id: Agent002 }]');
    file.look();
    expect([directory.canonical('AGENT001'), directory.canonical('agent002')]).toEqual([undefined, 'Agent002']);
  });

  it('names ids that the directory has from elsewhere in another case', () => {
    directory.replace('ctiConfiguration', ['agent001']);
    write('agents: [{ id: Agent001 }]');
    open();
    expect(lines).toEqual([expect.stringContaining('differ in case alone')]);
  });

  it.each([
    [
      'is wrong',
      () => {
        write('agents: [{ id: 1002, password: hunter2 }]');
      },
    ],
    [
      'is gone',
      () => {
        rmSync(path);
      },
    ],
  ])('keeps what it knows when the new file %s, says so once, and reads the next one', (_what, spoil) => {
    const file = open();
    spoil();
    file.look();
    file.look();
    expect(file.profile('1001')).toBeDefined();
    expect(lines).toEqual([expect.stringContaining('the former one still counts')]);
    write('agents: [{ id: 1003 }]');
    file.look();
    expect(file.profile('1003')).toBeDefined();
  });

  it('cannot be opened with a file that is wrong from the start', () => {
    write('agents: [{ id: 1002, password: hunter2 }]');
    expect(() => open()).toThrow(/agents\[0\]\.password/);
  });

  it('knows nobody without a file', () => {
    const file = new AgentsFileWatch(undefined, directory, log as never);
    file.look();
    expect([file.profile('1001'), file.hasPasswords, directory.isKnown]).toEqual([undefined, false, false]);
  });
});
