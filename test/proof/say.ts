/** Prints a line at once, past jest, which holds back what a test prints until its file is over. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
