import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { encodeMessage } from '#cti-protocol/encode';
import { CliProcess, cliScript, lastcall } from '../kit/cli';
import { type LaunchOptions, TestProcess } from '../kit/process';
import { waitForEvent } from '../kit/wait';

const heartbeat = '000000040000000500000002';
const logout = '0000002700000026000000040000138800010000000003e70100000000000600053330303100000500053130303100';

describe('lastcall cti decode and encode', () => {
  it('explain a frame', async () => {
    const { exitCode, stdout } = await lastcall(['cti', 'decode', logout]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^SET_AGENT_STATE_REQ, protocol 24:\n`00000027` MessageLength 39 · .*AgentID "1001"\n$/);
  });

  it('end with exit code 1 for a frame that cannot be read, and say why', async () => {
    const { exitCode, stdout } = await lastcall(['cti', 'decode', logout.slice(0, -4)]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('tag 5 says 5 bytes, 3 are left');
  });

  it('turn frames into messages and back, one line each, errors among them', async () => {
    const frames = [heartbeat, 'nonsense', '', logout, heartbeat];
    const decoded = await lastcall(['cti', 'decode', '--json', '--protocol', '24'], { input: frames.join('\n') });
    const lines = decoded.stdout.trimEnd().split('\n');
    expect(lines.map((line) => Object.keys(JSON.parse(line) as object)[0])).toEqual([
      'name',
      'error',
      'error',
      'name',
      'name',
    ]);
    expect(JSON.parse(lines[3] ?? '')).toMatchObject({
      name: 'SET_AGENT_STATE_REQ',
      fields: { InvokeID: 4, EventReasonCode: 999 },
      floating: [
        [6, '3330303100'],
        [5, '3130303100'],
      ],
    });
    const encoded = await lastcall(['cti', 'encode', '--json', '--protocol', '24'], { input: decoded.stdout });
    expect(encoded.exitCode).toBe(0);
    const back = encoded.stdout.trimEnd().split('\n');
    expect([back[0], back[3], back[4]]).toEqual([heartbeat, logout, heartbeat]);
    expect(back[1]).toMatch(/^\{"error":/);
  });

  it('answer while the input is still open, and survive a line without an end', async () => {
    const cli = new CliProcess(['cti', 'decode', '--json']);
    cli.stdin.write(`${heartbeat}\n`);
    await cli.shows(/HEARTBEAT_REQ/);
    cli.stdin.write('0'.repeat(1_000_000));
    cli.stdin.end(`\n${heartbeat}`);
    const { exitCode } = await cli.end();
    expect(exitCode).toBe(0);
    expect(cli.lines).toHaveLength(3);
    expect(cli.lines[1]).toBe('{"error":"the line is longer than 262144 bytes"}');
  });

  it('stream: a hundred thousand lines through both, in a memory that does not grow with them', async () => {
    const count = 100_000;
    let [bytes, last] = [0, ''];
    const start = (command: string, more: Partial<LaunchOptions>): TestProcess => {
      const args = ['--max-old-space-size=48', cliScript, 'cti', command, '--json'];
      return new TestProcess({ name: command, program: process.execPath, args, ...more });
    };
    const encode = start('encode', {
      onLine: (line, from) => {
        if (from === 'stdout') [bytes, last] = [bytes + line.length + 1, line];
      },
    });
    const decode = start('decode', { output: encode.stdin });
    const block = `${logout}\n`.repeat(1_000);
    for (let sent = 0; sent < count; sent += 1_000) {
      if (decode.stdin.write(block)) continue;
      await waitForEvent('the commands to read on', once(decode.stdin, 'drain'), { seen: () => decode.latest });
    }
    decode.stdin.end();
    for (const one of [decode, encode]) expect(await one.untilEnded()).toEqual({ code: 0, signal: null });
    expect(bytes).toBe(count * (logout.length + 1));
    expect(last).toBe(logout);
  });

  it('take versions with narrow tags', async () => {
    const narrow = encodeMessage({ name: 'HEARTBEAT_REQ', InvokeID: 9 }, 13).toString('hex');
    const { stdout } = await lastcall(['cti', 'decode', '--json', '--protocol', '13', narrow]);
    expect(JSON.parse(stdout)).toEqual({ name: 'HEARTBEAT_REQ', fields: { InvokeID: 9 }, floating: [] });
    const wrong = await lastcall(['cti', 'decode', '--protocol', '12', narrow]);
    expect(wrong.exitCode).toBe(2);
    expect(wrong.stderr).toContain('Expected a protocol version from 13 to 25');
  });
});

describe('lastcall', () => {
  it('tells a stranger what it can do, and with what it ends', async () => {
    const { exitCode, stdout } = await lastcall(['--help']);
    // What the tool is for is in its first sentences, each group of commands below them.
    for (const named of ['CTI server', 'XMPP server', 'journal', 'side', 'agents', 'ghosts', 'sessions'])
      expect(stdout.slice(0, stdout.indexOf('Options:'))).toContain(named);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/cti[^]*Exit codes:[^]*6 {2}logout: it was sent/);
    expect((await lastcall(['cti', 'watch', '--help'])).stdout).toMatch(/--a <host:port>[^]*CTI_A[^]*--password-file/);
  });

  it('prints its version, which is that of the package', async () => {
    const { version } = JSON.parse(await readFile(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };
    for (const option of ['--version', '-V'])
      expect(await lastcall([option])).toMatchObject({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('ends, for a file, with 2 when it is not there, with 1 when a line of it cannot be read', async () => {
    expect((await lastcall(['cti', 'replay', join(packageRoot(), 'no-such-file.jsonl')])).exitCode).toBe(2);
    expect((await lastcall(['cti', 'replay', packageRoot()])).exitCode).toBe(2);
    expect((await lastcall(['cti', 'replay', join(packageRoot(), 'package.json')])).exitCode).toBe(1);
  });

  it('ends with exit code 2 and a sentence for a command line that makes no sense', async () => {
    for (const args of [
      ['ctl'],
      ['cti', 'query'],
      ['cti', 'query', '1001', '--speed', '9'],
      ['cti', 'logout', '', '--yes'],
    ]) {
      const { exitCode, stderr } = await lastcall(args);
      expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/^(error|Usage)/)]);
    }
  });

  it('runs from its script in tools, as npx runs it', async () => {
    const script = join(__dirname, '../../tools/lastcall.mjs');
    const cli = new CliProcess(['cti', 'decode', heartbeat], {}, script);
    const { exitCode, stdout } = await cli.end();
    expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^HEARTBEAT_REQ/)]);
  });
});
