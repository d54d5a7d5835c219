import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';

/** The command `lastcall` as a process of its own, with an environment that holds nothing but what a test gives it. */

const root = join(__dirname, '..', '..');
export const cliScript = join(root, 'dist', 'apps', 'cli', 'src', 'main.js');
const waitMsMax = 15_000;

export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class CliProcess {
  readonly child: ChildProcessWithoutNullStreams;
  stdout = '';
  stderr = '';
  readonly #ended: Promise<number | null>;

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}, script = cliScript) {
    this.child = spawn(process.execPath, [script, ...args], { env: { PATH: process.env['PATH'] ?? '', ...env } });
    this.child.stdout.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    // Who writes to a process that has ended gets EPIPE here; the test looks at the exit code.
    this.child.stdin.on('error', () => undefined);
    this.#ended = new Promise((resolve) => this.child.once('close', resolve));
  }

  get lines(): string[] {
    return this.stdout.split('\n').filter(Boolean);
  }

  /** Waits until the output matches. */
  async shows(pattern: RegExp, where: 'stdout' | 'stderr' = 'stdout'): Promise<void> {
    const giveUpAt = Date.now() + waitMsMax;
    while (!pattern.test(this[where])) {
      if (Date.now() > giveUpAt || this.child.exitCode !== null) {
        throw new Error(`${where} does not show ${String(pattern)}:\n${this.stdout}\n${this.stderr}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /** Waits for the end; kills the process and fails when it does not come. */
  async end(msMax = 2 * waitMsMax): Promise<CliResult> {
    const late = setTimeout(() => this.child.kill('SIGKILL'), msMax);
    const exitCode = await this.#ended;
    clearTimeout(late);
    if (exitCode === null) throw new Error(`the command did not end by itself:\n${this.stdout}\n${this.stderr}`);
    return { exitCode, stdout: this.stdout, stderr: this.stderr };
  }

  interrupt(): Promise<CliResult> {
    this.child.kill('SIGINT');
    return this.end();
  }
}

/** Runs a command to its end; `input` goes to its standard input. */
export async function lastcall(
  args: readonly string[],
  { env = {}, input = '', msMax }: { env?: Readonly<Record<string, string>>; input?: string; msMax?: number } = {},
): Promise<CliResult> {
  const cli = new CliProcess(args, env);
  cli.child.stdin.end(input);
  return cli.end(msMax);
}

/** A matcher with the type of what it stands for. */
export const containing = (text: string): string => expect.stringContaining(text) as string;
