import { type Readable } from 'node:stream';
import { hashPassword } from '#config/password-hash';
import { CommandFailure, ExitCode } from './exit-codes';
import { type Terminal } from './terminal';

/** What REST requests may carry as a password, too. */
export const passwordBytesMax = 256;

/**
 * Prints the hash of the password that is the first line of standard input, as AGENTS_FILE wants it.
 * @param ln 2^ln is the cost
 */
export async function hashOfInput(terminal: Terminal, ln: number): Promise<ExitCode> {
  if (terminal.isInteractive) terminal.err('Type the password and press Enter. It is shown; a pipe would not show it.');
  const password = await firstLine(terminal.stdin);
  if (password === '') throw new CommandFailure(ExitCode.misused, 'there is no password on standard input');
  terminal.out(await hashPassword(password, ln));
  return ExitCode.done;
}

async function firstLine(input: Readable): Promise<string> {
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    if (/[\r\n]/.test(text) || text.length > passwordBytesMax) break;
  }
  const line = text.split(/\r?\n/, 1)[0] ?? '';
  if (Buffer.byteLength(line) <= passwordBytesMax) return line;
  throw new CommandFailure(ExitCode.misused, `a password has at most ${String(passwordBytesMax)} bytes`);
}
