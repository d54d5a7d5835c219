import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What tests do with an XMPP server of their own, whichever program it is. */
export interface XmppServer {
  /** The program, for names of tests. */
  readonly name: 'Prosody' | 'ejabberd';
  readonly domain: string;
  /** Clients over plain TCP; with `tls` STARTTLS is offered there too. */
  readonly c2sPort: number;
  /** Clients over TLS from the first byte; nobody listens there without `tls`. */
  readonly c2sTlsPort: number;
  readonly httpPort: number;
  readonly componentPort: number;
  /** Clients over WebSocket (RFC 7395), without TLS. */
  readonly websocketUrl: string;
  /** Of the process that runs now; it changes with `restart`. */
  readonly pid: number;
  /** Its data, configuration and log. */
  readonly dir: string;
  addUser(name: string, password: string): Promise<void>;
  /** As a power cut would; resolves when the process is gone. */
  kill(): Promise<void>;
  /** As an administrator would (SIGTERM): it says good-bye to its clients, as far as it does. */
  stop(): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** Starts it again on the same ports with the same users; kills it first when it still runs. */
  restart(): Promise<void>;
  /** Ends the process and removes its folder. */
  dispose(): Promise<void>;
}

/** Debian's `nobody`: both servers refuse, or ought to refuse, to run as root. */
const nobody = 65_534;
const startMsMax = 30_000;
const stopMsMax = 20_000;
const pollMs = 20;
const outputBytesMax = 20_000;

/** A folder of the daemon's own, which it may write to even when we are root. */
export async function daemonFolder(prefix: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), prefix));
  await giveAway(dir);
  return dir;
}

/** Makes a file the daemon's own, where the daemon runs under another user than we do. */
export async function giveAway(path: string): Promise<void> {
  if (isRoot()) await chown(path, nobody, nobody);
}

export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly dir: string;
  /** Asked every few milliseconds until it says that the daemon serves; a fault counts as no. */
  readonly isUp: () => Promise<boolean>;
}

/** A daemon as an unprivileged process, which dies with us however we die. */
export class Daemon {
  private child: ChildProcess | undefined;
  private output = '';

  constructor(private readonly launch: Launch) {}

  get pid(): number {
    return this.child?.pid ?? -1;
  }

  /** Starts it and waits until it serves; fails with what it said. */
  async start(): Promise<void> {
    await this.kill();
    this.output = '';
    const { program, args, env, dir, isUp } = this.launch;
    const child = spawn('setpriv', [...unprivileged(), program, ...args], {
      cwd: dir,
      env: { PATH: process.env['PATH'] ?? '', HOME: dir, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    let fault: Error | undefined;
    child.once('error', (error) => (fault = error));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.keep(chunk);
      });
    }
    const endWithUs = (): void => {
      child.kill('SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    };
    process.once('exit', endWithUs);
    child.once('exit', () => process.off('exit', endWithUs));

    const giveUpAt = performance.now() + startMsMax;
    while (performance.now() < giveUpAt && !hasEnded(child)) {
      if (fault !== undefined) throw fault;
      if (await isUp().catch(() => false)) return;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    await this.kill();
    throw new Error(`${program} did not start:\n${this.output}`);
  }

  async kill(): Promise<void> {
    if (this.child !== undefined) await end(this.child, 'SIGKILL');
  }

  /** SIGTERM, and SIGKILL for one that does not mind it. */
  async stop(): Promise<void> {
    if (this.child === undefined) return;
    this.child.kill('SIGCONT');
    const late = setTimeout(() => this.child?.kill('SIGKILL'), stopMsMax);
    await end(this.child, 'SIGTERM');
    clearTimeout(late);
  }

  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  async dispose(): Promise<void> {
    await this.kill();
    // What it left running for a moment may still write there.
    await rm(this.launch.dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }

  private keep(chunk: Buffer): void {
    this.output = (this.output + chunk.toString()).slice(-outputBytesMax);
  }
}

export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => {
      finish(true);
    });
    socket.once('error', () => {
      finish(false);
    });
  });
}

/** setpriv replaces itself by the daemon, so the process that we know is the daemon; the kernel kills it when we die. */
function unprivileged(): string[] {
  const user = ['--reuid', String(nobody), '--regid', String(nobody), '--clear-groups'];
  return ['--pdeathsig', 'KILL', ...(isRoot() ? user : [])];
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  // A child without a pid never ran.
  if (child.pid === undefined || hasEnded(child)) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.kill(signal);
  });
}
