import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimFree, readClaim, removeRunning, writeRunning } from './running-file';

const mark = 'tools/start.js';
const running = {
  launcher: 100,
  console: 'http://127.0.0.1:8080',
  processes: [
    { name: 'primary', pid: 101, mark: '/p/dist/bin/server.js' },
    { name: 'redis', pid: 102, mark: '127.0.0.1:8088' },
  ],
};

describe('readClaim', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lastcall-running-'));
  const path = join(folder, 'running.json');
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function claimWith(commands: Record<number, string>): unknown {
    writeRunning(path, running);
    return readClaim(path, mark, (pid) => commands[pid]);
  }

  it('finds the folder free when nobody was there', () => {
    expect(readClaim(join(folder, 'none.json'), mark, () => undefined)).toEqual({ kind: 'free', leftBehind: [] });
  });

  it('finds it taken while the launcher runs', () => {
    expect(claimWith({ 100: 'node dist/tools/start.js' })).toEqual({
      kind: 'taken',
      launcher: 100,
      console: 'http://127.0.0.1:8080',
    });
  });

  it('finds what a killed launcher left behind', () => {
    expect(claimWith({ 101: 'node /p/dist/bin/server.js' })).toEqual({
      kind: 'free',
      leftBehind: [{ name: 'primary', pid: 101, mark: '/p/dist/bin/server.js' }],
    });
  });

  it('lets strangers be that were given the same process ids', () => {
    expect(claimWith({ 100: 'vim', 101: 'sleep 1', 102: 'redis-server *:6379' })).toEqual({
      kind: 'free',
      leftBehind: [],
    });
  });

  it('takes half a file for none', () => {
    writeFileSync(path, '{"launcher": 1');
    expect(readClaim(path, mark, () => 'node tools/start.js')).toEqual({ kind: 'free', leftBehind: [] });
    removeRunning(path);
  });

  it('holds the folder from the claim on, before anything was started', () => {
    expect(claimFree(path, 200)).toBe(true);
    expect(readClaim(path, mark, () => 'node tools/start.js')).toMatchObject({ kind: 'taken', launcher: 200 });
    removeRunning(path);
  });
});
