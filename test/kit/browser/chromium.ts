import { createHash, X509Certificate } from 'node:crypto';
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { TestProcess } from '../process';
import { CannotComeError, hangMsMax, waitFor } from '../wait';

const programs = ['chromium', 'chromium-browser', 'google-chrome'];

/** A hidden tab's timers come once a minute after a second, not only after five minutes. */
const throttleSoon = '--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1';

/**
 * A headless Chromium of the test's own, as users have it: tabs that are not in front are hidden and throttled, and the back
 * button brings pages back alive. (Started by playwright itself it has none of that.)
 */
export class Chromium {
  private constructor(
    private readonly process: TestProcess,
    private readonly browser: Browser,
    private readonly folder: string,
  ) {}

  /** @param trusts a certificate in PEM that is taken although no authority signed it */
  static async start(trusts?: string): Promise<Chromium> {
    const folder = await mkdtemp(join(tmpdir(), 'chromium-'));
    const args = ['--headless=new', '--remote-debugging-port=0', `--user-data-dir=${folder}`, throttleSoon];
    const quiet = ['--no-first-run', '--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-sync'];
    const own = new TestProcess({
      name: 'Chromium',
      program: programPath(),
      args: [...args, ...quiet, ...(trusts === undefined ? [] : [trusting(trusts)]), 'about:blank'],
      env: process.env,
      leadsGroup: true,
    });
    try {
      const options = { noDefaults: true, timeout: hangMsMax };
      return new Chromium(own, await chromium.connectOverCDP(await endpointOf(own), options), folder);
    } catch (error) {
      await own.kill9();
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
  kill9(): Promise<void> {
    return this.process.kill9();
  }

  async stop(): Promise<void> {
    this.thawRenderers();
    await this.process.kill9();
    await this.browser.close();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 }).catch(() => undefined);
  }

  private renderers(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => {
        const command = commandOf(pid);
        return command.includes('--type=renderer') && groupOf(pid) === this.process.pid;
      });
  }
}

/** By the hash of its public key, as Chromium wants it. */
function trusting(certificate: string): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  return `--ignore-certificate-errors-spki-list=${createHash('sha256').update(key).digest('base64')}`;
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
function endpointOf(browser: TestProcess): Promise<string> {
  const look = (): string | undefined => {
    const endpoint = /DevTools listening on (ws:\S+)/.exec(browser.stderr)?.[1];
    if (endpoint === undefined && !browser.isRunning) throw new CannotComeError(`Chromium ended:\n${browser.latest}`);
    return endpoint;
  };
  return waitFor('Chromium to listen', look, { seen: () => browser.latest });
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
