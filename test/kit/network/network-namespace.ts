import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

/** Which way packets vanish: both, those to the namespace, or those that leave it. */
export type Cut = 'both ways' | 'nothing reaches it' | 'nothing leaves it';

const prefix = 'lastcall';
const cablePrefix = 'lc';
/** The process that made a namespace or a cable is in its name. */
const rules = { name: new RegExp(`^${prefix}-(\\d+)-`), cable: new RegExp(`^${cablePrefix}(\\d+)-\\d+$`) };
const folderOfNames = '/run/netns';
const folderOfLinks = '/sys/class/net';
/** Addresses for tests of network devices (RFC 2544): no real network has them. */
const firstBytes = '198.18';
const attemptsMax = 50;
/** Nobody's: a packet that is sent to it is dropped by whoever gets it, without a word. */
const nobodysAddress = '02:00:00:00:00:01';

/**
 * A network of its own for processes of a test, joined to this machine's by one cable, which can be cut. Packets then vanish
 * in the kernel: no reset, no error, retransmission and silence, as with a cable or a switch. Linux, as root, with
 * iproute2; it goes with `remove`, with this process, and where even that did not happen, with the next one that is made.
 */
export class NetworkNamespace {
  private static made = 0;
  private static readonly existing = new Set<NetworkNamespace>();
  static {
    process.once('exit', () => {
      for (const one of NetworkNamespace.existing) one.remove();
    });
  }

  private constructor(
    readonly name: string,
    private readonly cable: string,
    /** This machine's address on the cable: what runs outside listens there to be reached from inside. */
    readonly outerAddress: string,
    /** What runs inside listens there. */
    readonly innerAddress: string,
  ) {
    NetworkNamespace.existing.add(this);
  }

  static create(): NetworkNamespace {
    removeStale();
    NetworkNamespace.made += 1;
    const own = `${String(process.pid)}-${String(NetworkNamespace.made)}`;
    const name = `${prefix}-${own}`;
    ip('netns', 'add', name);
    // Names of interfaces have at most 15 characters.
    const cable = `${cablePrefix}${own}`.slice(-15);
    for (let attempt = 1; ; attempt++) {
      const third = String(Math.floor(Math.random() * 256));
      const fourth = 4 * Math.floor(Math.random() * 63);
      const [outer, inner] = [fourth + 1, fourth + 2].map((last) => `${firstBytes}.${third}.${String(last)}`);
      if (outer === undefined || inner === undefined) throw new Error('unreachable: there are two of them');
      try {
        lay(name, cable, outer, inner);
        return new NetworkNamespace(name, cable, outer, inner);
      } catch (error) {
        spawnSync('ip', ['link', 'del', cable]);
        if (attempt < attemptsMax) continue;
        ip('netns', 'del', name);
        throw error;
      }
    }
  }

  /** The program and arguments that run a command inside; it keeps the process id that it is started with. */
  inside(program: string, args: readonly string[]): readonly [string, readonly string[]] {
    return ['ip', ['netns', 'exec', this.name, program, ...args]];
  }

  cut(which: Cut): void {
    if (which !== 'nothing leaves it') misdirect([], this.innerAddress, this.cable);
    if (which !== 'nothing reaches it') this.lose(this.outerAddress);
  }

  /** The cable is whole again; what was on its way is sent again by the kernel. */
  heal(): void {
    spawnSync('ip', ['neigh', 'del', this.innerAddress, 'dev', this.cable]);
    this.find(this.outerAddress);
  }

  /** What is sent from inside to that address, which is at the other end of that cable, vanishes until `find`. */
  lose(address: string, cable = innerEnd): void {
    misdirect(['-n', this.name], address, cable);
  }

  find(address: string, cable = innerEnd): void {
    spawnSync('ip', ['-n', this.name, 'neigh', 'del', address, 'dev', cable]);
  }

  /** The cable goes at once, the rest when the last process inside is gone. */
  remove(): void {
    NetworkNamespace.existing.delete(this);
    spawnSync('ip', ['link', 'del', this.cable]);
    spawnSync('ip', ['netns', 'del', this.name]);
  }
}

const innerEnd = 'outside';

function misdirect(where: readonly string[], address: string, end: string): void {
  ip(...where, 'neigh', 'replace', address, 'lladdr', nobodysAddress, 'dev', end, 'nud', 'permanent');
}

function lay(name: string, cable: string, outer: string, inner: string): void {
  ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', innerEnd, 'netns', name);
  ip('address', 'add', `${outer}/30`, 'dev', cable);
  ip('link', 'set', cable, 'up');
  ip('-n', name, 'address', 'add', `${inner}/30`, 'dev', innerEnd);
  ip('-n', name, 'link', 'set', 'lo', 'up');
  ip('-n', name, 'link', 'set', innerEnd, 'up');
  if (ip('-4', '-o', 'address', 'show', 'to', `${outer}/32`).trim().split('\n').length !== 1)
    throw new Error(`${outer} is taken`);
}

/** What test processes left that were killed before they could clean up; a namespace lives as long as a process in it. */
function removeStale(): void {
  for (const name of namesIn(folderOfNames)) {
    if (!isStale(rules.name, name)) continue;
    const pids = spawnSync('ip', ['netns', 'pids', name], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
    for (const pid of pids) killProcess(Number(pid));
    spawnSync('ip', ['netns', 'del', name]);
  }
  for (const cable of namesIn(folderOfLinks)) if (isStale(rules.cable, cable)) spawnSync('ip', ['link', 'del', cable]);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isStale(rule: RegExp, name: string): boolean {
  const pid = rule.exec(name)?.[1];
  return pid !== undefined && !isAlive(Number(pid));
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended since.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export function ip(...args: string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
