import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const startMsMax = 60_000;
const programs = ['chromium', 'chromium-browser', 'google-chrome'];

/** A hidden tab's timers come once a minute after a second, not only after five minutes. */
const throttleSoon = '--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1';

/**
 * A headless Chromium of the test's own, as users have it: tabs that are not in front are hidden and throttled, and the back
 * button brings pages back alive. (Started by playwright itself it has none of that.)
 */
export class Chromium {
  private constructor(
    private readonly child: ChildProcess,
    private readonly browser: Browser,
    private readonly folder: string,
  ) {}

  static async start(): Promise<Chromium> {
    const folder = await mkdtemp(join(tmpdir(), 'chromium-'));
    const args = ['--headless=new', '--remote-debugging-port=0', `--user-data-dir=${folder}`, throttleSoon];
    const quiet = ['--no-first-run', '--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-sync'];
    const child = spawn(programPath(), [...args, ...quiet, 'about:blank'], {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    try {
      const browser = await chromium.connectOverCDP(await endpointOf(child), { noDefaults: true, timeout: startMsMax });
      return new Chromium(child, browser, folder);
    } catch (error) {
      endGroup(child);
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
      throw error;
    }
  }

  get context(): BrowserContext {
    const [context] = this.browser.contexts();
    if (context === undefined) throw new Error('the browser is gone');
    return context;
  }

  /** Opens a tab in front of all others. */
  async tab(url: string): Promise<Page> {
    const page = await this.context.newPage();
    await page.goto(url);
    return page;
  }

  /** Stops every process that runs pages; network and windows are other processes' and go on. */
  freezeRenderers(): void {
    for (const pid of this.renderers()) process.kill(pid, 'SIGSTOP');
  }

  thawRenderers(): void {
    for (const pid of this.renderers()) process.kill(pid, 'SIGCONT');
  }

  /** All of it at once, as when the machine's power fails. */
  kill9(): void {
    endGroup(this.child);
  }

  async stop(): Promise<void> {
    this.thawRenderers();
    endGroup(this.child);
    await this.browser.close();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 }).catch(() => undefined);
  }

  private renderers(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => {
        const command = commandOf(pid);
        return command.includes('--type=renderer') && groupOf(pid) === this.child.pid;
      });
  }
}

function programPath(): string {
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const program of programs) {
      try {
        accessSync(join(folder, program), constants.X_OK);
        return join(folder, program);
      } catch {
        continue;
      }
    }
  }
  throw new Error(`none of ${programs.join(', ')} is on the PATH`);
}

/** Where the browser listens for us; it says so on stderr. */
function endpointOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => {
      reject(new Error(`Chromium did not start:\n${text.slice(-2_000)}`));
    }, startMsMax);
    child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      const endpoint = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
      if (endpoint === undefined) return;
      clearTimeout(timer);
      resolve(endpoint);
    });
    child.once('exit', () => {
      clearTimeout(timer);
      reject(new Error(`Chromium ended:\n${text.slice(-2_000)}`));
    });
  });
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function groupOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
  } catch {
    return -1;
  }
}
