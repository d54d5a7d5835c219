// Looks for the programs and files that the tests need and npm cannot bring; system-requirements.json lists them. As root
// on Debian or Ubuntu it installs what is missing with apt-get; elsewhere it says what to install, and fails. No test is
// skipped because a program is missing. What takes root is skipped without it: this says so, by name, and goes on.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = dirname(fileURLToPath(import.meta.url));
const table = JSON.parse(readFileSync(join(folder, 'system-requirements.json'), 'utf8'));
const updateMsMax = 120_000;
const installMsMax = 600_000;
/** Asked by Debian's packages before they start a service; 101 means that they may not. */
const servicePolicy = '/usr/sbin/policy-rc.d';
const isRoot = process.getuid?.() === 0;

if (process.platform !== 'linux') fail(`The tests need Linux: they use its /proc. This is ${process.platform}.`);
const missing = lookForMissing();
if (missing.length > 0) {
  if (!isRoot || !isOnPath('apt-get')) giveUp(missing);
  install(missing);
  const stillMissing = lookForMissing();
  if (stillMissing.length > 0) giveUp(stillMissing, 'apt-get did not bring them.');
}
if (!isRoot) process.stdout.write(`${takesRoot()}\n`);

/** A program that only root can use is no use to others. */
function lookForMissing() {
  return table.needs.filter((need) => (isRoot || need.privilege === undefined) && lacks(need).length > 0);
}

/** What of it is not here, as text. */
function lacks({ programs = [], anyOf = [], files = [] }) {
  return [
    ...programs.filter((program) => !isOnPath(program)),
    ...(anyOf.length > 0 && !anyOf.some(isOnPath) ? [anyOf.join(' or ')] : []),
    ...files.filter((pattern) => globSync(pattern).length === 0),
  ];
}

function isOnPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((path) => {
    try {
      accessSync(join(path, program), constants.X_OK);
      return path !== '';
    } catch {
      return false;
    }
  });
}

function install(list) {
  const packages = list.map(({ debian }) => debian);
  process.stdout.write(`Installing what the tests need: ${packages.join(', ')} …\n`);
  apt(['update', '-qq'], updateMsMax);
  withoutServices(() => apt(['install', '-y', '-qq', '--no-install-recommends', ...packages], installMsMax));
}

/** Tests start servers of their own; Debian would start one of each as soon as it is installed. */
function withoutServices(act) {
  if (existsSync(servicePolicy)) return act();
  // Ctrl-C ends apt-get, and by that this; not this alone.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
  process.once('exit', () => rmSync(servicePolicy, { force: true }));
  writeFileSync(servicePolicy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  act();
}

function apt(args, limitMs) {
  const { status, error } = spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=60', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: limitMs,
  });
  if (error !== undefined || status !== 0) {
    const why =
      error?.code === 'ETIMEDOUT' ? `took longer than ${limitMs / 1_000} s` : `failed (${status ?? error?.code})`;
    giveUp(missing, `apt-get ${args[0]} ${why}.`);
  }
}

/** One list, with one line that an administrator can paste. */
function giveUp(list, why) {
  const packages = list.map(({ debian }) => debian).join(' ');
  fail(
    [
      'The tests need what is not here:',
      ...list.map((need) => `  ${need.debian}: ${need.why}; missing: ${lacks(need).join(', ')}`),
      ...(why === undefined ? [] : [why]),
      ...(isRoot && !isOnPath('ldconfig') ? ['The PATH lacks /usr/sbin. Become root with "su -" or sudo.'] : []),
      'An administrator of a Debian 12 installs it with this line:',
      `  apt-get update && apt-get install --no-install-recommends ${packages}`,
      'Then run the tests again.',
      ...(isRoot ? [] : ['', takesRoot()]),
    ].join('\n'),
  );
}

function takesRoot() {
  const tests = table.privileges.flatMap(({ name, tests }) =>
    Object.entries(tests).flatMap(([file, titles]) => titles.map((title) => `  ${file}: ${title} (${name})`)),
  );
  return ['Without root these tests are skipped, and counted as skipped; all others run:', ...tests].join('\n');
}

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
