import { type ChildProcess, spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { type Readable, type Writable } from 'node:stream';
import { type NetworkNamespace } from './network/network-namespace';
import { waitForEvent } from './wait';

/**
 * Every child process of a test is launched here: what it says is kept, and it never outlives the process that launched it.
 */
export interface LaunchOptions {
  /** What messages call it. */
  readonly name: string;
  readonly program: string;
  readonly args?: readonly string[];
  /** All of its environment but PATH; `process.env` for a program that needs what the user has set. */
  readonly env?: Readonly<NodeJS.ProcessEnv>;
  readonly cwd?: string;
  /** It runs in a network of its own. */
  readonly network?: NetworkNamespace | undefined;
  /** It leads a process group, and is killed with all that it has started. */
  readonly leadsGroup?: boolean;
  /** Where its lines are kept; by default an array of its own. */
  readonly lines?: string[];
  readonly onLine?: (line: string, from: 'stdout' | 'stderr') => void;
  /** Its standard output goes there, and is not kept. */
  readonly output?: Writable;
  /** For a Node program that calls `process.send`. */
  readonly onMessage?: (message: unknown) => void;
}

export interface Exit {
  /** Null for one that a signal ended, or that could not be started. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** At least so many of its lines are kept, and at most twice as many. */
const linesMax = 5_000;
/** Of each of its two outputs as text: at least so much of the end is kept, and at most twice as much. */
const outputCharsMax = 4_000_000;
/** So many of its latest lines are told when it is waited for in vain. */
const latestLines = 30;

const running = new Set<TestProcess>();
process.once('exit', () => {
  for (const one of running) one.signal('SIGKILL');
});

/** Those that run now. */
export function runningProcesses(): readonly TestProcess[] {
  return [...running];
}

export class TestProcess {
  readonly name: string;
  readonly lines: string[];
  stdout = '';
  stderr = '';
  /** The process is gone. */
  readonly exited: Promise<Exit>;
  /** It is gone, and all that it said has been read. Waits for whatever it started that has the same output. */
  readonly ended: Promise<Exit>;
  private readonly child: ChildProcess;
  private exit: Exit | undefined;

  constructor(private readonly options: LaunchOptions) {
    const { name, network, program, args = [], env = {}, cwd, leadsGroup = false, onMessage } = options;
    this.name = name;
    this.lines = options.lines ?? [];
    const [file, words] = network?.inside(program, args) ?? [program, args];
    this.child = spawn(file, words, {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      cwd,
      detached: leadsGroup,
      stdio: onMessage === undefined ? 'pipe' : ['pipe', 'pipe', 'pipe', 'ipc'],
    });
    running.add(this);
    if (onMessage !== undefined) this.child.on('message', onMessage);
    if (options.output === undefined) this.read(this.child.stdout, 'stdout');
    else this.child.stdout?.pipe(options.output);
    this.read(this.child.stderr, 'stderr');
    // Whoever writes to a process that has ended is told by its exit.
    this.child.stdin?.on('error', () => undefined);
    this.exited = this.untilExit();
    this.ended = Promise.all([this.exited, this.untilRead()]).then(([exit]) => exit);
  }

  /** -1 for one that could not be started. */
  get pid(): number {
    return this.child.pid ?? -1;
  }

  get isRunning(): boolean {
    return this.exit === undefined;
  }

  get stdin(): Writable {
    if (this.child.stdin === null) throw new Error(`${this.name} has no input`);
    return this.child.stdin;
  }

  /** What it said last, and how it ended if it has. */
  get latest(): string {
    const end = this.exit === undefined ? [] : [`it has ended: ${describeExit(this.exit)}`];
    return [...this.lines.slice(-latestLines), ...end].join('\n');
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.isRunning || this.child.pid === undefined) return;
    if (this.options.leadsGroup === true) signalGroup(this.child.pid, signal);
    else this.child.kill(signal);
  }

  /** As a power cut would. */
  async kill9(): Promise<void> {
    this.signal('SIGKILL');
    await waitForEvent(`the end of ${this.name}`, this.exited);
  }

  /** It stands still: its connections stay, and nothing is read or answered. */
  freeze(): void {
    this.signal('SIGSTOP');
  }

  thaw(): void {
    this.signal('SIGCONT');
  }

  /** SIGTERM, as an administrator would; frozen or not. One that does not end is killed, and the test fails. */
  async stop(): Promise<Exit> {
    this.thaw();
    this.signal('SIGTERM');
    return this.untilEnded();
  }

  /** Waits until it ends by itself. */
  async untilEnded(): Promise<Exit> {
    try {
      return await waitForEvent(`${this.name} to end`, this.ended, { seen: () => this.latest });
    } catch (error) {
      await this.kill9();
      throw error;
    }
  }

  private untilExit(): Promise<Exit> {
    return new Promise((resolve) => {
      const end = (exit: Exit): void => {
        this.exit ??= exit;
        running.delete(this);
        resolve(exit);
      };
      this.child.once('exit', (code, signal) => {
        end({ code, signal });
      });
      this.child.once('error', (error) => {
        // A child without a pid never ran, and never exits.
        if (this.child.pid !== undefined) return;
        this.keep(String(error), 'stderr');
        end({ code: null, signal: null });
      });
    });
  }

  private untilRead(): Promise<void> {
    return new Promise((resolve) => {
      this.child.once('close', () => {
        resolve();
      });
      this.child.once('error', () => {
        if (this.child.pid === undefined) resolve();
      });
    });
  }

  private read(stream: Readable | null, from: 'stdout' | 'stderr'): void {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    stream?.on('data', (chunk: Buffer) => {
      const text = decoder.write(chunk);
      this[from] += text;
      // Not with every chunk: each cut copies all that is left.
      if (this[from].length > 2 * outputCharsMax) this[from] = this[from].slice(-outputCharsMax);
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.keep(line, from);
    });
    stream?.once('end', () => {
      this.keep(rest, from);
    });
  }

  private keep(line: string, from: 'stdout' | 'stderr'): void {
    if (line === '') return;
    this.lines.push(line);
    if (this.lines.length > 2 * linesMax) this.lines.splice(0, this.lines.length - linesMax);
    this.options.onLine?.(line, from);
  }
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch {
    // It has ended already.
  }
}

function describeExit({ code, signal }: Exit): string {
  if (signal !== null) return `signal ${signal}`;
  return code === null ? 'it could not be started' : `exit code ${String(code)}`;
}
