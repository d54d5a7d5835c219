import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readClaim, removeRunning, writeRunning } from './running-file';

const marks = { launcher: 'tools/start.js', processes: ['apps/server/src/main.js'] };
const running = {
  launcher: 100,
  console: 'http://127.0.0.1:8080',
  processes: [
    { name: 'primary', pid: 101 },
    { name: 'secondary', pid: 102 },
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
    return readClaim(path, marks, (pid) => commands[pid]);
  }

  it('finds the folder free when nobody was there', () => {
    expect(readClaim(join(folder, 'none.json'), marks, () => undefined)).toEqual({ kind: 'free', leftBehind: [] });
  });

  it('finds it taken while the launcher runs', () => {
    expect(claimWith({ 100: 'node dist/tools/start.js' })).toEqual({
      kind: 'taken',
      launcher: 100,
      console: 'http://127.0.0.1:8080',
    });
  });

  it('finds what a killed launcher left behind', () => {
    expect(claimWith({ 102: 'node /p/dist/apps/server/src/main.js' })).toEqual({
      kind: 'free',
      leftBehind: [{ name: 'secondary', pid: 102 }],
    });
  });

  it('lets strangers be that were given the same process ids', () => {
    expect(claimWith({ 100: 'vim', 101: 'sleep 1', 102: 'bash' })).toEqual({ kind: 'free', leftBehind: [] });
  });

  it('takes half a file for none', () => {
    writeFileSync(path, '{"launcher": 1');
    expect(readClaim(path, marks, () => 'node tools/start.js')).toEqual({ kind: 'free', leftBehind: [] });
    removeRunning(path);
  });
});
