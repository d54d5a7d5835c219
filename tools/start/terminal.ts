import { styleText } from 'node:util';
import { type Shown } from './log-lines';

const nameWidth = 16;

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function complain(text: string): void {
  process.stderr.write(`${styleText('red', text, { stream: process.stderr })}\n`);
}

/** A warning or an error of one of the processes. */
export function show(name: string, { level, text }: Shown): void {
  const word = styleText(level === 'error' ? 'red' : 'yellow', level, { stream: process.stdout });
  say(`${name.padEnd(nameWidth)} ${word} ${text}`);
}
