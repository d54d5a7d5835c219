import { Readable } from 'node:stream';
import { isPassword, parsePasswordHash } from '#config/password-hash';
import { hashOfInput } from './agents-hash';
import { CommandFailure, ExitCode } from './exit-codes';
import { type Terminal } from './terminal';

function terminalOf(input: readonly string[]): Terminal & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    stdin: Readable.from(input),
    stdout: process.stdout,
    stopped: new AbortController().signal,
    isInteractive: false,
    out: (line) => lines.push(line),
    err: () => undefined,
    confirm: () => Promise.resolve(false),
    lines,
  };
}

describe('lastcall agents hash', () => {
  it.each([
    ['a line', ['correct horse\n']],
    ['a line that came in pieces', ['corr', 'ect ho', 'rse\r\n']],
    ['a line without an end', ['correct horse']],
    ['the first of two lines', ['correct horse\nbattery staple\n']],
  ])('hashes %s', async (_what, input) => {
    const terminal = terminalOf(input);
    expect(await hashOfInput(terminal, 12)).toBe(ExitCode.done);
    const hash = parsePasswordHash(terminal.lines.join());
    expect(hash !== undefined && (await isPassword('correct horse', hash))).toBe(true);
  });

  it.each([
    ['there is none', ['\n']],
    ['the input is empty', []],
    ['it is too long', ['x'.repeat(300)]],
  ])('prints nothing when %s', async (_what, input) => {
    const terminal = terminalOf(input);
    await expect(hashOfInput(terminal, 12)).rejects.toThrow(CommandFailure);
    expect(terminal.lines).toEqual([]);
  });
});
