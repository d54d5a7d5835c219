import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { type NetworkNamespace } from './network/network-namespace';
import { freePort } from './ports';
import { TestProcess } from './process';
import { Service } from './service';

export type AppName = 'server' | 'worker' | 'console' | 'simulator' | 'baseline';

export type Environment = Readonly<Record<string, string>>;

/** `ready`: it can do its job. `live`: it answers at all. */
export type Health = 'ready' | 'live';

/** The program of an app; all but the baseline are built by `npm run build`. */
export function programOf(app: AppName | 'cli', env: Environment = {}): string {
  return join(packageRoot(), fileOf(app, env));
}

/** What node loads before the app, to change modules of it, finds them where they are not bundled. */
function fileOf(app: AppName | 'cli', { NODE_OPTIONS: nodeOptions = '' }: Environment): string {
  if (app === 'baseline') return 'test/baseline/plain-bullmq.mjs';
  return nodeOptions.includes('--require') ? `dist/apps/${app}/src/main.js` : `dist/bin/${app}.js`;
}

/** One of our apps as a real process of its own, which a test can kill, freeze, stop and start again. */
export class App {
  private readonly service: Service;
  private startsUntil: Health = 'ready';

  constructor(
    readonly app: AppName,
    readonly port: number,
    env: Environment,
    /** It runs in a network of its own and listens there; undefined: on loopback. */
    private readonly network?: NetworkNamespace,
  ) {
    const options = {
      ...{ name: app, program: process.execPath, args: [programOf(app, env)], network },
      env: { HTTP_HOST: this.host, HTTP_PORT: String(port), ...env },
    };
    this.service = new Service(options, () => this.isWell(this.startsUntil));
  }

  private get host(): string {
    return this.network?.innerAddress ?? '127.0.0.1';
  }

  get url(): string {
    return `http://${this.host}:${String(this.port)}`;
  }

  /** What it said since it was first started. */
  get lines(): readonly string[] {
    return this.service.lines;
  }

  get pid(): number {
    return this.service.pid;
  }

  async start(until: Health = 'ready'): Promise<this> {
    this.startsUntil = until;
    await this.service.start();
    return this;
  }

  until(health: Health): Promise<void> {
    return this.service.until(health, () => this.isWell(health));
  }

  /** As a power cut would. */
  kill9(): Promise<void> {
    return this.service.kill9();
  }

  freeze(): void {
    this.service.freeze();
  }

  thaw(): void {
    this.service.thaw();
  }

  /** SIGTERM; answers the exit code, and null for one that does not run. */
  stop(): Promise<number | null> {
    return this.service.stop();
  }

  private async isWell(health: Health): Promise<boolean> {
    return (await fetch(`${this.url}/health/${health}`)).ok;
  }
}

/** An app on a free port, not started yet. */
export async function prepareApp(app: AppName, env: Environment, network?: NetworkNamespace): Promise<App> {
  return new App(app, await freePort(), { LOG_LEVEL: 'info', ...env }, network);
}

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs an app that is expected to end by itself. */
export async function runApp(app: AppName, env: Environment, ...words: string[]): Promise<Run> {
  const program = { name: app, program: process.execPath, args: [programOf(app, env), ...words], env };
  const ran = new TestProcess(program);
  const { code } = await ran.untilEnded();
  return { code, stdout: ran.stdout, stderr: ran.stderr };
}
