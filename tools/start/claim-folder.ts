import { commandOf } from './command-of';
import { claimFree, readClaim, type Running } from './running-file';
import { StartFailure } from './start-failure';
import { say } from './terminal';

const lookMs = 100;
const launcherMark = 'tools/start.js';

/**
 * Makes sure that no other launcher uses the folder, and stops what a killed one left running there.
 * @throws StartFailure when a launcher runs there.
 */
export async function claimFolder(runningPath: string, dataDir: string, stopMsMax: number): Promise<void> {
  const claim = readClaim(runningPath, launcherMark, commandOf);
  if (claim.kind === 'taken') {
    throw new StartFailure(
      `Lastcall already runs from this folder's data (${dataDir}): process ${String(claim.launcher)}, console ${claim.console}.\n` +
        'Stop it with Ctrl-C where it was started, or start a second one with data of its own: npm start -- --data <folder>',
    );
  }
  // In the order of a usual stop: what was started last goes first, and Redis last.
  for (const orphan of claim.leftBehind.toReversed()) {
    say(`Stopping ${orphan.name} (process ${String(orphan.pid)}), which a killed start left behind.`);
    await stopStranger(orphan, stopMsMax);
  }
  // Stopping took its time: another start may have come meanwhile.
  const again = readClaim(runningPath, launcherMark, commandOf);
  if (again.kind === 'taken' || !claimFree(runningPath, process.pid)) {
    throw new StartFailure(
      `Another start has just taken the data folder ${dataDir}; choose one for this: npm start -- --data <folder>`,
    );
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
