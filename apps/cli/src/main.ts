import { run } from './program';
import { processTerminal } from './terminal';

/** The command `lastcall`; `lastcall --help` tells what it can do. */
void run(process.argv.slice(2), process.env, processTerminal()).then((exitCode) => {
  // Not exit(): what was written must get out first. Nothing else keeps the process alive.
  process.exitCode = exitCode;
});
