// Looks for the programs that the tests need and npm cannot bring. As root on Debian or Ubuntu what is missing is
// installed with apt-get; elsewhere this says what to install and fails. Tests are never skipped for want of a program.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const updateMsMax = 120_000;
const installMsMax = 600_000;

/** Any one of `programs` will do; `debian` is the package that has it. */
const needs = [
  {
    programs: ['redis-server'],
    debian: 'redis-server',
    why: 'integration tests start Redis servers of their own',
    isNeeded: () => true,
  },
  {
    programs: ['chromium', 'chromium-browser', 'google-chrome'],
    debian: 'chromium',
    why: 'the pages are tested in a browser',
    isNeeded: () => someTestMentions('playwright-core'),
  },
];

const missing = lookForMissing();
if (missing.length > 0) {
  if (!mayInstall()) giveUp(missing, 'Install them, then run the tests again.');
  install(missing);
  const stillMissing = lookForMissing();
  if (stillMissing.length > 0) giveUp(stillMissing, 'apt-get did not bring them.');
}

function lookForMissing() {
  return needs.filter((need) => need.isNeeded() && !need.programs.some(isOnPath));
}

function isOnPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

function someTestMentions(text) {
  const folder = join(root, 'test', 'integration');
  if (!existsSync(folder)) return false;
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .some((name) => readFileSync(join(folder, name), 'utf8').includes(text));
}

function mayInstall() {
  return process.platform === 'linux' && process.getuid?.() === 0 && isOnPath('apt-get');
}

function install(list) {
  const packages = list.map(({ debian }) => debian);
  process.stdout.write(`Installing what the tests need: ${packages.join(', ')} …\n`);
  apt(['update', '-qq'], updateMsMax);
  apt(['install', '-y', '-qq', '--no-install-recommends', ...packages], installMsMax);
}

function apt(args, limitMs) {
  const { status, error } = spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=60', ...args], {
    // RUNLEVEL 1 keeps Debian from starting a Redis of its own at once.
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: limitMs,
  });
  if (error !== undefined || status !== 0) {
    const why =
      error?.code === 'ETIMEDOUT' ? `took longer than ${limitMs / 1_000} s` : `failed (${status ?? error?.code})`;
    giveUp(missing, `apt-get ${args[0]} ${why}.`);
  }
}

function giveUp(list, what) {
  const lines = list.map(
    ({ programs, debian, why }) => `  ${programs.join(' or ')}: ${why} (Debian package: ${debian})`,
  );
  process.stderr.write(`The tests need programs that are not on the PATH:\n${lines.join('\n')}\n${what}\n`);
  process.exit(1);
}
