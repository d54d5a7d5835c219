// Looks for the programs that the tests need and npm cannot bring. As root on Debian or Ubuntu what is missing is
// installed with apt-get; elsewhere this says what to install and fails. Tests are never skipped for want of a program.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const updateMsMax = 120_000;
const installMsMax = 600_000;

/** Any one of `programs`, or all of `files`, will do; `debian` is the package that has it. */
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
  {
    programs: ['prosody'],
    debian: 'prosody',
    why: 'presence is tested with a real Prosody 0.12',
    isNeeded: () => someTestMentions('xmpp/prosody'),
  },
  {
    files: ['/usr/lib/prosody/modules/mod_privilege/mod_privilege.lua'],
    debian: 'prosody-modules',
    why: "Prosody's module for components that see everybody's presence",
    isNeeded: () => someTestMentions('xmpp/prosody'),
  },
  {
    programs: ['ejabberdctl'],
    debian: 'ejabberd',
    why: 'presence is tested with a real ejabberd 23',
    isNeeded: () => someTestMentions('xmpp/ejabberd'),
  },
  {
    files: ['/usr/bin/python3', '/usr/lib/python3/dist-packages/slixmpp'],
    debian: 'python3-slixmpp',
    why: 'notifications are tested with a client that is not ours',
    isNeeded: () => someTestMentions('slixmpp'),
  },
  {
    files: [`/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketime.so.1`],
    debian: 'libfaketime',
    why: 'processes whose clocks are wrong are among the faults that are tested',
    isNeeded: () => someTestMentions('libfaketime'),
  },
  {
    programs: ['ip'],
    debian: 'iproute2',
    why: 'networks that are cut are among the faults that are tested',
    isNeeded: () => someTestMentions('network-namespace'),
  },
];

/** Asked by Debian's packages before they start a service; 101 means that they may not. */
const servicePolicy = '/usr/sbin/policy-rc.d';

const missing = lookForMissing();
if (missing.length > 0) {
  if (!mayInstall()) giveUp(missing, 'Install them, then run the tests again.');
  install(missing);
  const stillMissing = lookForMissing();
  if (stillMissing.length > 0) giveUp(stillMissing, 'apt-get did not bring them.');
}

function lookForMissing() {
  return needs.filter((need) => need.isNeeded() && !isThere(need));
}

function isThere({ programs, files }) {
  return programs?.some(isOnPath) ?? files.every((file) => existsSync(file));
}

function isOnPath(program) {
  // Servers lie where only root looks.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return folder !== '';
    } catch {
      return false;
    }
  });
}

function someTestMentions(text) {
  return ['integration', 'faults'].some((kind) => {
    const folder = join(root, 'test', kind);
    if (!existsSync(folder)) return false;
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .some((name) => readFileSync(join(folder, name), 'utf8').includes(text));
  });
}

function mayInstall() {
  return process.platform === 'linux' && process.getuid?.() === 0 && isOnPath('apt-get');
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

function giveUp(list, what) {
  const lines = list.map(
    ({ programs, files, debian, why }) =>
      `  ${programs?.join(' or ') ?? files.join(' and ')}: ${why} (Debian package: ${debian})`,
  );
  const getThem = `On Debian 12 and Ubuntu, as root: apt-get install ${list.map(({ debian }) => debian).join(' ')}`;
  process.stderr.write(`The tests need what is not here:\n${lines.join('\n')}\n${what}\n${getThem}\n`);
  process.exit(1);
}
