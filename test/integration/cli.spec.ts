import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { freePort } from '../kit/ports';
import { CliProcess, cliScript, lastcall } from '../kit/cli';
import { otherCa, serverCertificate, serverKey, serverName, signingCa } from './cti-certificates.spec-support';
import { CtiSimulator } from '../kit/cti-simulator';
import { pause, waitFor } from '../kit/wait';
import { TestProcess } from '../kit/process';

const spareTurnMsMax = 1_000;
/** A matcher with the type of what it stands for. */
const containing = (text: string): string => expect.stringContaining(text) as string;

describe('lastcall cti, beside the simulated pair of CTI servers', () => {
  let simulator: CtiSimulator;
  let folder: string;
  let pair: string[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lastcall-cli-'));
    await writeFile(join(folder, 'password'), 'open sesame\n');
    simulator = await CtiSimulator.start({ CTI_CLIENT_PASSWORD: 'open sesame' });
    const { a, b } = simulator.ports;
    pair = ['--a', `127.0.0.1:${a}`, '--b', `127.0.0.1:${b}`, '--password-file', join(folder, 'password')];
  });

  afterAll(async () => {
    await simulator.stop();
    await rm(folder, { recursive: true });
  });

  beforeEach(async () => {
    await simulator.request('DELETE', '/faults');
    await simulator.post('/settings', { load: 1 });
    await simulator.post('/agents/1001/logout');
    await simulator.request('DELETE', '/requests');
  });

  const login = (state: 'READY' | 'NOT_READY') => simulator.post('/agents/1001/login', { state });
  const cti = (...args: string[]) => lastcall(['cti', ...args, ...pair]);
  const requests = async () => (await simulator.get('/requests')).body as unknown[];
  const sessions = async () => (await simulator.get('/sessions')).body as { clientId: string; phase: string }[];

  it('watches agents and calls without sending more than OPEN, heartbeats and queries, and says goodbye', async () => {
    await login('READY');
    const cli = new CliProcess(['cti', 'watch', '--json', '--client-id', 'watcher', ...pair]);
    await cli.shows(/"inService"/);
    expect(await sessions()).toMatchObject([{ clientId: 'watcher', phase: 'open' }]);
    const { body } = await simulator.post('/calls', { agentId: '1001' });
    const { callId } = body as { callId: number };
    await cli.shows(new RegExp(`"TALKING".*"calls":\\["${callId}/`));
    await simulator.request('DELETE', `/calls/${callId}`);
    await cli.shows(/"calls":\[\],"onCall":false/);
    const { exitCode, stderr } = await cli.interrupt();
    expect([exitCode, stderr]).toEqual([0, '']);
    const told = cli.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(told.at(-1)).toMatchObject({ event: 'link', phase: 'idle', why: 'the CTI server confirmed the close' });
    expect(told.every(({ at }) => typeof at === 'string')).toBe(true);
    expect(await requests()).toEqual([]);
    expect(await sessions()).toEqual([]);
  });

  it('watches an agent whose call was open before it came', async () => {
    await login('READY');
    const { body } = await simulator.post('/calls', { agentId: '1001' });
    const { callId } = body as { callId: number };
    const cli = new CliProcess(['cti', 'watch', '--json', '--agent', '1001', ...pair]);
    await cli.shows(new RegExp(`"TALKING".*"calls":\\["${callId}/`));
    // Its parties are asked for when nothing else is to be sent.
    await pause(spareTurnMsMax);
    await simulator.request('DELETE', `/calls/${callId}`);
    await cli.shows(/"calls":\[\],"onCall":false/);
    const { exitCode, stderr } = await cli.interrupt();
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(await requests()).toEqual([]);
  });

  it('watches the agents that are named, from the start and through a lost side', async () => {
    await login('NOT_READY');
    const cli = new CliProcess(['cti', 'watch', '--agent', '1001', '--agent', '9999', ...pair]);
    await cli.shows(/agent {2}1001 {2}NOT_READY {2}extension 3001 {2}no call/);
    await cli.shows(/agent {2}9999 {2}not known to the CTI server/);
    await simulator.post('/faults', { side: 'A', fault: 'down' });
    await cli.shows(/gap {4}nothing above is known any more[^]*link {3}B inService[^]*1001 {2}NOT_READY/);
    await simulator.post('/agents/1002/login', {});
    expect((await cli.interrupt()).exitCode).toBe(0);
    expect(cli.stdout).not.toMatch(/ 1002 /);
    expect(await requests()).toEqual([]);
  });

  it('watches everybody, as the configuration lists them', async () => {
    await login('READY');
    const cli = new CliProcess(['cti', 'watch', '--all', '--rate', '200', ...pair]);
    await cli.shows(/all {4}20 agents were asked about/);
    expect((await cli.interrupt()).exitCode).toBe(0);
    expect(cli.stdout).toMatch(/agent {2}1001 {2}AVAILABLE/);
    expect(new Set(cli.lines.flatMap((line) => / agent {2}(\d+)/.exec(line)?.[1] ?? [])).size).toBe(20);
    expect(await requests()).toEqual([]);
    expect(await cti('watch', '--all', '--agent', '1001')).toMatchObject({ exitCode: 2 });
  });

  it('asks about one agent', async () => {
    await login('READY');
    expect(await cti('query', '1001')).toEqual({
      exitCode: 0,
      stdout: '1001  AVAILABLE  extension 3001  no call\n',
      stderr: '',
    });
    expect(JSON.parse((await cti('query', '1001', '--json')).stdout)).toMatchObject({
      stateName: 'AVAILABLE',
      calls: [],
    });
    expect(await cti('query', '9999')).toMatchObject({
      exitCode: 3,
      stderr: 'lastcall: the CTI server knows no agent 9999\n',
    });
    // Longer than AgentID: no server could be asked.
    expect(await cti('query', '123456789012')).toMatchObject({
      exitCode: 2,
      stderr: containing('at most 11 characters'),
    });
    expect(await requests()).toEqual([]);
  });

  it('knows an agent whose id is typed in another case, and names those that may have been meant', async () => {
    await simulator.post('/agents', { agentIds: ['Agent001', 'Bea', 'BEA'] });
    await simulator.post('/agents/Agent001/login', { state: 'NOT_READY' });
    expect(await cti('query', 'agent001')).toMatchObject({ exitCode: 0, stdout: containing('Agent001  NOT_READY') });
    expect(await cti('query', 'bea')).toMatchObject({
      exitCode: 3,
      stderr: 'lastcall: the CTI server knows no agent bea; several differ from it in case alone: BEA, Bea\n',
    });
    expect(await cti('query', 'agent01')).toMatchObject({
      exitCode: 3,
      stderr: 'lastcall: the CTI server knows no agent agent01; did you mean Agent001?\n',
    });
    const watcher = new CliProcess(['cti', 'watch', '--agent', 'AGENT001', ...pair]);
    await watcher.shows(/agent {2}AGENT001 {2}is spelled Agent001[^]*agent {2}Agent001 {2}NOT_READY/);
    await simulator.post('/agents/Agent001/state', { state: 'READY' });
    await watcher.shows(/agent {2}Agent001 {2}AVAILABLE/);
    expect((await watcher.interrupt()).exitCode).toBe(0);
    expect(await requests()).toEqual([]);
    const { exitCode, stdout } = await cti('logout', 'agent001', '--yes', '--json');
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { agentId: 'Agent001', outcome: 'loggedOut' }]);
    expect(await requests()).toMatchObject([{ agentId: 'Agent001' }, { agentId: 'Agent001', stateName: 'LOGOUT' }]);
  });

  it('reads the configuration once, however many ids the CTI server does not know', async () => {
    const sessionIds = async () =>
      ((await simulator.get('/sessions')).body as { sessionId: number }[]).map(({ sessionId }) => sessionId);
    const unknown = ['9997', '9998', '9999'];
    const watcher = new CliProcess(['cti', 'watch', ...unknown.flatMap((id) => ['--agent', id]), ...pair]);
    for (const id of unknown) await watcher.shows(new RegExp(`agent {2}${id} {2}not known to the CTI server`));
    const [first = 0] = await sessionIds();
    const next = new CliProcess(['cti', 'watch', ...pair]);
    await next.shows(/inService/);
    expect(Math.max(...(await sessionIds()))).toBe(first + 2);
    for (const cli of [watcher, next]) expect((await cli.interrupt()).exitCode).toBe(0);
  });

  it('asks on the other side when the first is down, and tells of both when none answers', async () => {
    await simulator.post('/faults', { side: 'A', fault: 'down' });
    expect(await cti('query', '1001')).toMatchObject({ exitCode: 0 });
    await simulator.post('/faults', { side: 'B', fault: 'down' });
    const { exitCode, stderr } = await cti('query', '1001');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      /^lastcall: no session with a CTI server: both sides were tried\n {2}A .*ECONNREFUSED\n {2}B .*ECONNREFUSED\n$/,
    );
  });

  it('says what the CTI server said of a wrong password, and never the password', async () => {
    const env = { CTI_A: pair[1] ?? '', CTI_B: pair[3] ?? '', CTI_CLIENT_PASSWORD: 'close sesame' };
    const { exitCode, stdout, stderr } = await lastcall(['cti', 'query', '1001'], { env });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/A .*OPEN_REQ refused: 36 INVALID_PASSWORD\n {2}B .*36 INVALID_PASSWORD/);
    expect(stdout + stderr).not.toContain('sesame');
    const right = { ...env, CTI_CLIENT_PASSWORD: 'open sesame' };
    expect(await lastcall(['cti', 'query', '1001'], { env: right })).toMatchObject({ exitCode: 0 });
  });

  it('goes down to a version that the CTI server speaks', async () => {
    await simulator.post('/settings', { versionMax: 19 });
    expect(await cti('query', '1001', '--protocol', '21')).toMatchObject({ exitCode: 0 });
    await simulator.post('/settings', { versionMax: 25 });
  });

  it('signs an agent out, and tells the outcome as it is', async () => {
    await login('READY');
    const done = await cti('logout', '1001', '--yes');
    expect(done).toMatchObject({ exitCode: 0, stderr: '' });
    expect(done.stdout).toMatch(/^Agent 1001 is signed out: LOGOUT 50002 .*; it was AVAILABLE\.\n$/);
    expect(await requests()).toMatchObject([
      { stateName: 'NOT_READY', reasonCode: 20001 },
      { stateName: 'LOGOUT', reasonCode: 255 },
    ]);
    expect(await cti('logout', '1001', '--yes')).toMatchObject({
      exitCode: 0,
      stdout: containing('already'),
    });
    expect(await requests()).toHaveLength(2);
  });

  it('tells that LOAD 0 made the agent Not Ready', async () => {
    await simulator.post('/settings', { load: 0 });
    await login('NOT_READY');
    const { exitCode, stdout } = await cti('logout', '1001', '--yes', '--json', '--reason', '999');
    expect(exitCode).toBe(5);
    expect(JSON.parse(stdout)).toMatchObject({ agentId: '1001', outcome: 'notReady' });
    expect(await requests()).toMatchObject([{ stateName: 'LOGOUT', reasonCode: 999 }]);
  });

  it('spells out a rejection', async () => {
    await login('NOT_READY');
    await simulator.post('/faults', {
      side: 'A',
      fault: 'rejectAfterConf',
      failureCode: 22,
      peripheralErrorCode: 10112,
    });
    const { exitCode, stdout } = await cti('logout', '1001', '--yes');
    expect(exitCode).toBe(4);
    expect(stdout).toMatch(/CONTROL_FAILURE 22 INVALID_OBJECT_STATE \/ 10112 /);
  });

  it('asks again after a doubt', async () => {
    await login('NOT_READY');
    await simulator.post('/faults', { side: 'A', fault: 'silenceAfterApply' });
    const { exitCode, stdout, stderr } = await cti('logout', '1001', '--yes');
    expect(stderr).toMatch(/in doubt, LOGOUT was written, then no answer in time/);
    expect(stdout).toBe('Asked again: agent 1001 is signed out.\n');
    expect(exitCode).toBe(0);
  });

  it('asks the other side where the link was lost after the request', async () => {
    await login('NOT_READY');
    await simulator.post('/faults', { side: 'A', fault: 'silenceAfterApply' });
    const leaver = new CliProcess(['cti', 'logout', '1001', '--yes', ...pair]);
    await waitFor('the request', async () => (await requests()).length > 0);
    await simulator.post('/faults', { side: 'A', fault: 'down' });
    const { exitCode, stdout, stderr } = await leaver.end();
    expect(stderr).toMatch(/in doubt, LOGOUT was written, then the link was lost/);
    expect([exitCode, stdout]).toEqual([0, 'Asked again: agent 1001 is signed out.\n']);
  });

  it('sends the password of the agent where the peripheral wants one, and does not tell it', async () => {
    await simulator.post('/settings', { agentPasswordRequired: true });
    await login('NOT_READY');
    expect(await cti('logout', '1001', '--yes')).toMatchObject({
      exitCode: 4,
      stdout: containing('6 REQUIRED_DATA_MISSING'),
    });
    const { exitCode, stdout } = await cti(
      'logout',
      '1001',
      '--yes',
      '--agent-password-file',
      join(folder, 'password'),
    );
    expect([exitCode, stdout]).toEqual([0, containing('is signed out')]);
    expect(stdout).not.toContain('sesame');
    await simulator.post('/settings', { agentPasswordRequired: false });
  });

  it('leaves an agent on a call alone', async () => {
    await login('READY');
    const { body } = await simulator.post('/calls', { agentId: '1001' });
    const { exitCode, stdout } = await cti('logout', '1001', '--yes');
    expect([exitCode, stdout]).toEqual([7, 'Agent 1001: nothing was sent, the agent is on a call.\n']);
    expect(await requests()).toEqual([]);
    await simulator.request('DELETE', `/calls/${(body as { callId: number }).callId}`);
  });

  it('signs nobody out without a yes where nobody can be asked, and nobody whom nobody knows', async () => {
    await login('NOT_READY');
    expect(await cti('logout', '1001')).toMatchObject({ exitCode: 2, stderr: containing('give --yes') });
    expect(await cti('logout', '9999', '--yes')).toMatchObject({ exitCode: 3 });
    expect(await requests()).toEqual([]);
  });

  it('captures a session without its secrets, replays it, and plays the CTI server from it', async () => {
    await login('READY');
    const path = join(folder, 'session.jsonl');
    const recorder = new CliProcess(['cti', 'capture', path, '--agent', '1001', ...pair]);
    await recorder.shows(/inService/, 'stderr');
    await holds(path, 'SNAPSHOT_DEVICE_CONF');
    await simulator.post('/agents/1001/state', { state: 'NOT_READY', reasonCode: 3 });
    await holds(path, 'AGENT_STATE_EVENT');
    expect(await recorder.interrupt()).toMatchObject({ exitCode: 0, stderr: containing(' frames in ') });
    const captured = await readFile(path, 'utf8');
    expect(captured).not.toContain(Buffer.from('sesame').toString('hex'));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await requests()).toEqual([]);

    const printed = await lastcall(['cti', 'replay', path]);
    expect(printed).toMatchObject({ exitCode: 0, stderr: '' });
    const headings = [...printed.stdout.matchAll(/A#1 (→|←) (\w+)/g)].map((match) => `${match[1]!} ${match[2]!}`);
    expect(headings).toEqual([
      '→ OPEN_REQ',
      '← OPEN_CONF',
      '← SYSTEM_EVENT',
      '→ QUERY_AGENT_STATE_REQ',
      '← QUERY_AGENT_STATE_CONF',
      '→ SNAPSHOT_DEVICE_REQ',
      '← SNAPSHOT_DEVICE_CONF',
      '← AGENT_STATE_EVENT',
      '→ CLOSE_REQ',
      '← CLOSE_CONF',
    ]);

    const port = await freePort();
    const server = new CliProcess(['cti', 'replay', path, '--serve', String(port)]);
    await server.shows(/listening/, 'stderr');
    const watcher = new CliProcess(['cti', 'watch', '--agent', '1001', '--a', `127.0.0.1:${port}`, '--protocol', '25']);
    await watcher.shows(/1001 {2}AVAILABLE[^]*1001 {2}NOT_READY 3/);
    expect(await watcher.interrupt()).toMatchObject({ exitCode: 0 });
    const { exitCode, stdout, stderr } = await server.end();
    expect(stderr).toContain('offered version 25; the capture has 24: refused');
    expect([exitCode, stdout]).toEqual([0, 'played to its end: 5 frames\n']);

    expect(await cti('capture', path)).toMatchObject({
      exitCode: 2,
      stderr: containing('is there already'),
    });
  });

  it('replays what it can of a damaged capture, and names the lines that it cannot read', async () => {
    const path = join(folder, 'damaged.jsonl');
    await writeFile(path, '{"at":"2026-01-01T00:00:00.000Z","connection":1,"side":"a","event":"connected"}\nrubbish\n');
    const { exitCode, stdout, stderr } = await lastcall(['cti', 'replay', path]);
    expect([exitCode, stdout, stderr]).toEqual([
      1,
      '2026-01-01T00:00:00.000Z  A#1 connected\n',
      `${path}:2 is no JSON\n`,
    ]);
    expect(await lastcall(['cti', 'replay', join(folder, 'none')])).toMatchObject({ exitCode: 2 });
    expect(await lastcall(['cti', 'replay', folder])).toMatchObject({
      exitCode: 2,
      stderr: `lastcall: ${folder} is a folder\n`,
    });
    const port = String(await freePort());
    const served = new CliProcess(['cti', 'replay', path, '--serve', port]);
    await served.shows(/listening/, 'stderr');
    const client = new CliProcess(['cti', 'query', '1001', '--a', `127.0.0.1:${port}`, '--wait', '3']);
    expect(await served.end()).toMatchObject({ exitCode: 1, stderr: containing(':2 is no JSON') });
    await client.end();
  });

  it('ends in peace when the reader of a long replay goes away', async () => {
    const path = join(folder, 'long.jsonl');
    const at = '2026-01-01T00:00:00.000Z';
    // E6 of GED-188. Explained it is five times as long: the pipe is full before its reader goes.
    const frame =
      '000000590000001e0000000000001388000000000011000200000000ffffffffffffffff00000002c3520000000100000000000100000001' +
      '0000139700000000000000000000000500053130303100000400053330303100000600053330303100';
    const line = { at, connection: 1, side: 'a', direction: 'received', version: 24, name: 'AGENT_STATE_EVENT', frame };
    await writeFile(path, `${JSON.stringify(line)}\n`.repeat(2_000));
    // A pipe of the shell: what Node gives a child is a socket, which does not fail in the same place.
    const command = `{ "$0" "$1" cti replay "$2"; echo "exit code $?" >&2; } | head -n 1`;
    const args = ['-c', command, process.execPath, cliScript, path];
    const piped = new TestProcess({ name: 'a replay into head', program: 'sh', args });
    await piped.untilEnded();
    const { stdout, stderr } = piped;
    expect([stdout, stderr]).toEqual([`${at}  A#1 ← AGENT_STATE_EVENT, protocol 24\n`, 'exit code 0\n']);
  });

  it('speaks TLS, and only with a server that the given CA has signed', async () => {
    const port = await freePort();
    const [ca, stranger] = [join(folder, 'ca.pem'), join(folder, 'other.pem')];
    await writeFile(ca, signingCa);
    await writeFile(stranger, otherCa);
    const proxy = createTlsServer({ cert: serverCertificate, key: serverKey }, (socket) => {
      const upstream = connectTcp(simulator.ports.a, '127.0.0.1');
      socket.on('error', () => upstream.destroy()).pipe(upstream);
      upstream.on('error', () => socket.destroy()).pipe(socket);
    });
    await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve));
    const password = ['--password-file', join(folder, 'password')];
    const secure = (...more: string[]) =>
      lastcall(['cti', 'query', '1001', '--a', `127.0.0.1:${port}`, ...password, ...more]);
    expect(await secure('--tls-ca', ca, '--tls-name', serverName)).toMatchObject({ exitCode: 0 });
    expect((await secure('--tls-ca', stranger, '--tls-name', serverName)).exitCode).toBe(1);
    expect((await secure('--tls-ca', ca, '--tls-name', 'elsewhere.test')).exitCode).toBe(1);
    await new Promise((resolve) => proxy.close(resolve));
  });
});

/** Waits until a file holds a text. */
async function holds(path: string, text: string): Promise<void> {
  await waitFor(`${text} in ${path}`, async () => (await readFile(path, 'utf8')).includes(text));
}
