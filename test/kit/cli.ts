import { packageRoot } from '#config/package-root';
import { type Environment, programOf } from './app';
import { TestProcess } from './process';
import { CannotComeError, waitFor } from './wait';

/** The command `lastcall` as a process of its own, with an environment that holds nothing but what a test gives it. */

export const cliScript = programOf('cli');

export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class CliProcess {
  private readonly process: TestProcess;

  constructor(args: readonly string[], env: Environment = {}, script = cliScript) {
    const words = [script, ...args];
    this.process = new TestProcess({
      name: 'lastcall',
      program: process.execPath,
      args: words,
      env,
      cwd: packageRoot(),
    });
  }

  get stdin(): TestProcess['stdin'] {
    return this.process.stdin;
  }

  get stdout(): string {
    return this.process.stdout;
  }

  /** Of its standard output. */
  get lines(): string[] {
    return this.stdout.split('\n').filter(Boolean);
  }

  /** Waits until the output matches. */
  async shows(pattern: RegExp, where: 'stdout' | 'stderr' = 'stdout'): Promise<void> {
    const holds = async (): Promise<boolean> => {
      const hasEnded = !this.process.isRunning;
      if (hasEnded) await this.process.ended;
      if (pattern.test(this.process[where])) return true;
      if (hasEnded) throw new CannotComeError(`${where} does not show ${String(pattern)}:\n${this.process.latest}`);
      return false;
    };
    await waitFor(`${where} to show ${String(pattern)}`, holds, { seen: () => this.process.latest });
  }

  /** Waits for the end. */
  async end(): Promise<CliResult> {
    const { code: exitCode } = await this.process.untilEnded();
    const { stdout, stderr } = this.process;
    if (exitCode === null) throw new Error(`the command did not end by itself:\n${this.process.latest}`);
    return { exitCode, stdout, stderr };
  }

  interrupt(): Promise<CliResult> {
    this.process.signal('SIGINT');
    return this.end();
  }
}

/** Runs a command to its end; `input` goes to its standard input. */
export async function lastcall(
  args: readonly string[],
  { env = {}, input = '' }: { env?: Environment; input?: string } = {},
): Promise<CliResult> {
  const cli = new CliProcess(args, env);
  cli.stdin.end(input);
  return cli.end();
}
