import { entryOf } from './plan';
import { commandOf } from './command-of';
import { readClaim, type Running } from './running-file';
import { StartFailure } from './start-failure';
import { say } from './terminal';

const lookMs = 100;

/**
 * Makes sure that no other launcher uses the folder, and stops what a killed one left running there.
 * @throws StartFailure when a launcher runs there.
 */
export async function claimFolder(
  runningPath: string,
  dataDir: string,
  root: string,
  stopMsMax: number,
): Promise<void> {
  const entries = (['server', 'worker', 'console', 'simulator'] as const).map((app) => entryOf(root, app));
  // The last two are Redis: with our settings, or in JavaScript.
  const processes = [...entries, `${dataDir}/redis`, 'redis-server', 'js-redis-server'];
  const claim = readClaim(runningPath, { launcher: 'tools/start.js', processes }, commandOf);
  if (claim.kind === 'taken') {
    throw new StartFailure(
      `Lastcall already runs from this folder's data (${dataDir}): process ${String(claim.launcher)}, console ${claim.console}.\n` +
        'Stop it with Ctrl-C where it was started, or start a second one with data of its own: npm start -- --data <folder>',
    );
  }
  // In the order of a usual stop: what was started last goes first, and Redis last.
  for (const process of claim.leftBehind.toReversed()) {
    say(`Stopping ${process.name} (process ${String(process.pid)}), which a killed start left behind.`);
    await stopStranger(process, stopMsMax);
  }
}

async function stopStranger({ pid }: Running['processes'][number], limitMs: number): Promise<void> {
  const command = commandOf(pid);
  const isThere = (): boolean => command !== undefined && commandOf(pid) === command;
  process.kill(pid, 'SIGTERM');
  const endsAt = performance.now() + limitMs;
  while (isThere() && performance.now() < endsAt) await new Promise((resolve) => setTimeout(resolve, lookMs));
  if (isThere()) process.kill(pid, 'SIGKILL');
}
