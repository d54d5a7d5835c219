import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Launch } from '../../tools/start/launched-process';
import { type Shown } from '../../tools/start/log-lines';
import { Supervisor } from '../../tools/start/supervisor';
import { waitFor } from '../kit/wait';

/** The launcher's supervisor with real processes: small programs that behave well, badly, or not at all. */

const behaves = `console.log('{"level":"info","msg":"here"}'); setInterval(() => 0, 1000); process.on('SIGTERM', () => { console.log('bye'); process.exit(0); });`;
const ignoresSigterm = `console.log('{"level":"info","msg":"here"}'); setInterval(() => 0, 1000); process.on('SIGTERM', () => console.log('no'));`;
const dies = `console.log('{"level":"warn","msg":"not well"}'); console.error('Error: boom'); process.exit(3);`;

describe('the supervisor of npm start', () => {
  let folder: string;
  let shown: [string, Shown][];
  let supervisor: Supervisor;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lastcall-supervisor-'));
    shown = [];
    supervisor = new Supervisor((name, what) => shown.push([name, what]), 500);
  });
  afterEach(async () => {
    await supervisor.stopAll();
    await rm(folder, { recursive: true });
  });

  function program(name: string, source: string): Launch {
    return {
      name,
      mark: source,
      file: process.execPath,
      args: ['-e', source],
      env: {},
      cwd: folder,
      logPath: join(folder, `${name}.log`),
    };
  }

  /** Resolves when the process has written its first line, so its handlers are in place. */
  async function begun(name: string): Promise<void> {
    const process = supervisor.processes.find((one) => one.name === name);
    await waitFor(`the first line of ${name}`, () => process === undefined || process.lastLines.length > 0);
  }

  it('reports a process that ends by itself, with its exit code and its last lines', async () => {
    supervisor.run([program('good', behaves), program('bad', dies)]);
    const { process, how } = await supervisor.failed;
    expect([process.name, how]).toEqual(['bad', 'exit code 3']);
    expect(process.lastLines).toEqual(expect.arrayContaining(['Error: boom']));
    expect(shown).toEqual([['bad', { level: 'warn', text: 'not well' }]]);
  });

  it('reports a process that was killed by its signal', async () => {
    supervisor.run([program('good', behaves)]);
    await begun('good');
    process.kill(supervisor.processes[0]?.pid ?? 0, 'SIGKILL');
    expect((await supervisor.failed).how).toBe('signal SIGKILL');
  });

  it('reports a program that is not there', async () => {
    supervisor.run([{ ...program('gone', ''), file: join(folder, 'no-such-program') }]);
    expect((await supervisor.failed).how).toContain('ENOENT');
  });

  it('stops what was started last first, and lets each say its last words into its log', async () => {
    supervisor.run([program('first', behaves)]);
    supervisor.run([program('second', behaves)]);
    await Promise.all([begun('first'), begun('second')]);
    const order: string[] = [];
    for (const one of supervisor.processes) void one.ended.then(() => order.push(one.name));
    expect(await supervisor.stopAll()).toEqual([]);
    expect(order).toEqual(['second', 'first']);
    expect(await readFile(join(folder, 'first.log'), 'utf8')).toBe('{"level":"info","msg":"here"}\nbye\n');
  });

  it('kills what ignores SIGTERM, and says so', async () => {
    supervisor.run([program('stubborn', ignoresSigterm)]);
    await begun('stubborn');
    expect(await supervisor.stopAll()).toEqual(['stubborn']);
    expect(() => process.kill(supervisor.processes[0]?.pid ?? 0, 0)).toThrow('ESRCH');
  });

  it('starts nothing any more once it is stopping', async () => {
    await supervisor.stopAll();
    supervisor.run([program('late', behaves)]);
    expect(supervisor.processes).toEqual([]);
  });
});
