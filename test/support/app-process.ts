import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type NetworkNamespace } from './network-namespace';
import { freePort } from './redis-server';

export type AppName = 'server' | 'worker' | 'console' | 'simulator' | 'baseline';

/** Where the program of an app lies, from the root of the repository. */
function programOf(app: AppName): string {
  return app === 'baseline' ? 'test/baseline/plain-bullmq.mjs' : `dist/apps/${app}/src/main.js`;
}

/** On a machine with twenty processes for each core it took half a minute until the first line. */
const startMsMax = 60_000;
const stopMsMax = 20_000;
const pollMs = 25;
const logLinesMax = 5_000;

/** Repository root: this file lies in test/support. */
const root = join(__dirname, '..', '..');

/** Whoever still runs when this process ends ends with it. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** One of our apps as a real process of its own, which a test can kill, freeze, stop and start again. */
export class AppProcess {
  readonly lines: string[] = [];
  private child: ChildProcess | undefined;
  private exited: Promise<number | null> = Promise.resolve(null);

  constructor(
    readonly app: AppName,
    readonly port: number,
    private readonly env: Readonly<Record<string, string>>,
    /** It runs in a network of its own and listens there; undefined: on loopback. */
    private readonly network?: NetworkNamespace,
  ) {}

  private get host(): string {
    return this.network?.innerAddress ?? '127.0.0.1';
  }

  get url(): string {
    return `http://${this.host}:${String(this.port)}`;
  }

  get pid(): number {
    return this.child?.pid ?? -1;
  }

  /** Starts the process; `ready` waits until it can do its job, `live` until it answers at all. */
  async start(until: 'ready' | 'live' = 'ready'): Promise<this> {
    const words = [join(root, programOf(this.app))];
    const [program, args] = this.network?.inside(process.execPath, words) ?? [process.execPath, words];
    const child = spawn(program, args, {
      env: { PATH: process.env['PATH'] ?? '', HTTP_HOST: this.host, HTTP_PORT: String(this.port), ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        this.keep(chunk);
      });
    running.add(child);
    this.exited = new Promise((resolve) => {
      child.once('exit', (code) => {
        running.delete(child);
        resolve(code);
      });
    });
    await this.until(until);
    return this;
  }

  /** Waits for a health endpoint; fails with the last log lines. */
  async until(health: 'ready' | 'live'): Promise<void> {
    const giveUpAt = Date.now() + startMsMax;
    while (Date.now() < giveUpAt) {
      const answer = await fetch(`${this.url}/health/${health}`).catch(() => undefined);
      if (answer?.ok === true) return;
      if (this.child?.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    throw new Error(`${this.app} is not ${health}:\n${this.lines.slice(-30).join('\n')}`);
  }

  /** As a power cut would. */
  async kill9(): Promise<void> {
    this.child?.kill('SIGKILL');
    await this.exited;
  }

  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  /** SIGTERM; answers the exit code, and fails when the process does not stop. */
  async stop(): Promise<number | null> {
    if (this.child === undefined || this.child.exitCode !== null || this.child.signalCode !== null) return null;
    this.child.kill('SIGCONT');
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child?.kill('SIGKILL'), stopMsMax);
    const code = await this.exited;
    clearTimeout(late);
    if (code === null) throw new Error(`${this.app} did not stop:\n${this.lines.slice(-30).join('\n')}`);
    return code;
  }

  private keep(chunk: Buffer): void {
    this.lines.push(...chunk.toString().split('\n').filter(Boolean));
    if (this.lines.length > logLinesMax) this.lines.splice(0, this.lines.length - logLinesMax);
  }
}

/** An app on a free port, not started yet. */
export async function prepareApp(
  app: AppName,
  env: Readonly<Record<string, string>>,
  network?: NetworkNamespace,
): Promise<AppProcess> {
  return new AppProcess(app, await freePort(), { LOG_LEVEL: 'info', ...env }, network);
}
