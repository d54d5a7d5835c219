import { rmSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Service } from '../service';

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

/** A folder of the daemon's own, which it may write to even when we are root; it goes with this process at the latest. */
export async function daemonFolder(prefix: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), prefix));
  process.once('exit', () => {
    rmSync(dir, { recursive: true, force: true });
  });
  await giveAway(dir);
  return dir;
}

/** Makes a file the daemon's own, where the daemon runs under another user than we do. */
export async function giveAway(path: string): Promise<void> {
  if (isRoot()) await chown(path, nobody, nobody);
}

export interface DaemonOptions {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly dir: string;
  readonly isUp: () => Promise<boolean>;
}

/** As an unprivileged process, which dies with us however we die. */
export function daemonService({ program, args, env, dir, isUp }: DaemonOptions): Service {
  const command = { name: program, program: 'setpriv', args: [...unprivileged(), program, ...args] };
  return new Service({ ...command, cwd: dir, env: { HOME: dir, ...env } }, isUp);
}

export async function disposeDaemon(service: Service, dir: string): Promise<void> {
  await service.kill9();
  // What it left running for a moment may still write there.
  await rm(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

/** What both servers have in common. */
export function daemonControls(
  service: Service,
  dir: string,
): Pick<XmppServer, 'kill' | 'stop' | 'freeze' | 'thaw' | 'dispose'> {
  return {
    kill: () => service.kill9(),
    stop: async () => {
      await service.stop();
    },
    freeze: () => {
      service.freeze();
    },
    thaw: () => {
      service.thaw();
    },
    dispose: () => disposeDaemon(service, dir),
  };
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
