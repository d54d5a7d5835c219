import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { type Environment } from '../kit/app';
import { TestProcess } from '../kit/process';
import { CannotComeError, waitFor } from '../kit/wait';

const launcher = join(packageRoot(), 'dist', 'tools', 'start.js');

interface Running {
  launcher: number;
  console: string;
  processes: { name: string; pid: number }[];
}

/** `npm start` with the real apps: dist must be built, as npm test does. */
export class Launcher {
  readonly process: TestProcess;

  constructor(
    readonly dataDir: string,
    args: readonly string[],
    env: Environment = {},
  ) {
    const words = [launcher, '--data', dataDir, ...args];
    this.process = new TestProcess({ name: 'npm start', program: process.execPath, args: words, env });
  }

  get output(): string {
    return this.process.stdout + this.process.stderr;
  }

  /** Waits until the output holds the text; fails with the output when the launcher ends first. */
  async says(text: string): Promise<void> {
    const holds = (): boolean => {
      if (this.output.includes(text)) return true;
      if (!this.process.isRunning) throw new CannotComeError(`It ended without "${text}":\n${this.output}`);
      return false;
    };
    await waitFor(`npm start to say ${text}`, holds, { seen: () => this.process.latest });
  }

  async exitCode(): Promise<number | null> {
    return (await this.process.untilEnded()).code;
  }

  async running(): Promise<Running> {
    return JSON.parse(await readFile(join(this.dataDir, 'running.json'), 'utf8')) as Running;
  }
}
