import { type LaunchOptions, TestProcess } from './process';
import { CannotComeError, waitFor } from './wait';

/** A program that serves until it is stopped or killed, and that can be started again as it was. */
export class Service {
  /** Of all its starts. */
  readonly lines: string[] = [];
  private process: TestProcess | undefined;

  /** @param isUp asked again and again until it answers true; throwing is a no */
  constructor(
    private readonly options: Omit<LaunchOptions, 'lines'>,
    private readonly isUp: () => Promise<boolean>,
  ) {}

  /** Of the process that runs now; it changes with every start. */
  get pid(): number {
    return this.process?.pid ?? -1;
  }

  get isRunning(): boolean {
    return this.process?.isRunning === true;
  }

  /** Kills it first when it still runs. Fails with what it said when it ends before it is up. */
  async start(): Promise<void> {
    await this.kill9();
    this.process = new TestProcess({ ...this.options, lines: this.lines });
    try {
      await this.until('up', this.isUp);
    } catch (error) {
      await this.kill9();
      throw error;
    }
  }

  /** Waits until a look at it answers true; one that has ended will not come to that any more. */
  async until(state: string, look: () => Promise<boolean>): Promise<void> {
    const { process } = this;
    if (process === undefined) throw new Error(`${this.options.name} was never started`);
    const holds = async (): Promise<boolean> => {
      if (!process.isRunning)
        throw new CannotComeError(`${process.name} is not ${state}:\n${await lastWords(process)}`);
      return look();
    };
    await waitFor(`${process.name} to be ${state}`, holds, { seen: () => process.latest });
  }

  async kill9(): Promise<void> {
    await this.process?.kill9();
  }

  freeze(): void {
    this.process?.freeze();
  }

  thaw(): void {
    this.process?.thaw();
  }

  /** SIGTERM; answers the exit code, and null for one that does not run. */
  async stop(): Promise<number | null> {
    const { process } = this;
    if (process?.isRunning !== true) return null;
    const { code, signal } = await process.stop();
    if (code === null) throw new Error(`${process.name} did not stop by itself, but of ${String(signal)}`);
    return code;
  }
}

async function lastWords(process: TestProcess): Promise<string> {
  await process.ended;
  return process.latest;
}
