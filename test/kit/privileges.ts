import { spawnSync } from 'node:child_process';

/** What only root may do, and not every root: a container's may lack it. Each test that needs it says so by these names. */
export type Privilege = 'network namespaces' | 'packet filter';

/** Between these marks a skipped test's title says why; tools/closing-line-reporter.mjs reads it there. */
export const reasonMarks = { begin: ' [skipped: ', end: ']' } as const;

interface Attempt {
  readonly program: string;
  /** Arguments of one call after the other. */
  readonly calls: readonly (readonly string[])[];
  readonly input?: string;
  /** Takes back what the attempt has made. */
  readonly undo?: readonly string[];
}

const own = `lastcall-${String(process.pid)}-probe`;
const rule = 'INPUT -i lo -p tcp --sport 1 --dport 1 -j DROP';

const attempts: Readonly<Record<Privilege, Attempt>> = {
  'network namespaces': {
    program: 'ip',
    calls: [
      ['netns', 'add', own],
      // It mounts /sys, which not every root file system allows.
      ['netns', 'exec', own, 'ip', 'link', 'show', 'lo'],
    ],
    undo: ['netns', 'del', own],
  },
  // In and out again in one transaction: no packet meets it.
  'packet filter': {
    program: 'iptables-restore',
    calls: [['--wait', '--noflush']],
    input: `*filter\n-I ${rule}\n-D ${rule}\nCOMMIT\n`,
  },
};

const known = new Map<Privilege, string | undefined>();

/** Why this process may not do it; undefined when it may. @throws Error when the program for it is missing. */
export function lackOf(privilege: Privilege): string | undefined {
  if (!known.has(privilege)) known.set(privilege, tryOut(privilege));
  return known.get(privilege);
}

function tryOut(privilege: Privilege): string | undefined {
  if (process.getuid?.() !== 0) return `needs root, for ${privilege}`;
  const { program, calls, input, undo } = attempts[privilege];
  try {
    for (const args of calls) {
      const { error, status, stderr } = spawnSync(program, args, { encoding: 'utf8', input });
      if (error !== undefined) throw new Error(`${program}, for ${privilege}: ${error.message}`);
      if (status !== 0) return `root may use no ${privilege} here; ${program}: ${stderr.trim().split('\n')[0] ?? ''}`;
    }
    return undefined;
  } finally {
    if (undo !== undefined) spawnSync(program, undo);
  }
}

/** A suite for a process that may do that. Elsewhere each of its tests counts as skipped, and its name says why. */
export function describeAsRoot(privilege: Privilege, name: string, body: () => void): void {
  const lack = lackOf(privilege);
  if (lack === undefined) describe(name, body);
  else describe.skip(withReason(name, lack), body);
}

/** One test that cannot be run here. */
export function skipByName(name: string, reason: string): void {
  it.skip(withReason(name, reason), () => undefined);
}

function withReason(name: string, reason: string): string {
  return `${name}${reasonMarks.begin}${reason}${reasonMarks.end}`;
}
