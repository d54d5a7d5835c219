import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentDirectory } from './agent-directory';

describe('the directory of agents', () => {
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
    write('agents: [{ id: 1001 }]');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const open = (at: string | undefined = path): AgentDirectory => new AgentDirectory(at, log as never);

  it('reads its file again when it has changed, and only then', () => {
    const directory = open();
    directory.look();
    write('agents: [{ id: 1002, firstName: Grace }]');
    directory.look();
    directory.look();
    expect([directory.profile('1001'), directory.profile('1002')?.firstName]).toEqual([undefined, 'Grace']);
    expect(lines).toHaveLength(1);
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
    const directory = open();
    spoil();
    directory.look();
    directory.look();
    expect(directory.profile('1001')).toBeDefined();
    expect(lines).toEqual([expect.stringContaining('the former one still counts')]);
    write('agents: [{ id: 1003 }]');
    directory.look();
    expect(directory.profile('1003')).toBeDefined();
  });

  it('cannot be opened with a file that is wrong from the start', () => {
    write('agents: [{ id: 1002, password: hunter2 }]');
    expect(() => open()).toThrow(/agents\[0\]\.password/);
  });

  it('knows nobody without a file', () => {
    const directory = new AgentDirectory(undefined, log as never);
    directory.look();
    expect([directory.profile('1001'), directory.hasPasswords]).toEqual([undefined, false]);
  });
});
