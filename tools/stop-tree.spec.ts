import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { waitFor } from '../test/kit/wait';

interface StopTree {
  stopTree(pid: number): void;
  descendantsOf(pid: number): number[];
}

const sleeper = "require('node:child_process').spawn('sleep', ['600']); setInterval(() => {}, 1000);";

describe('the end of a test run that is stopped', () => {
  it('is that of all that it has started, and of what these have started', async () => {
    const tree = (await import(join(packageRoot(), 'tools', 'stop-tree.mjs'))) as StopTree;
    const child = spawn(process.execPath, ['-e', sleeper], { stdio: 'ignore' });
    const pid = child.pid ?? -1;
    await waitFor('it to start something', () => tree.descendantsOf(pid).length === 1);
    const [grandchild = -1] = tree.descendantsOf(pid);
    expect(tree.descendantsOf(process.pid)).toEqual(expect.arrayContaining([pid, grandchild]));
    tree.stopTree(pid);
    await waitFor('both to be gone', () => [pid, grandchild].every((one) => !isRunning(one)));
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
