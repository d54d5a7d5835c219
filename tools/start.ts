import { ConfigError } from '#config/config-error';
import { parseOptions } from './start/options';
import { run } from './start/run';
import { StartFailure } from './start/start-failure';

/**
 * `npm start`. Exit code 0 after an orderly stop, 1 when something failed, 2 for a configuration that cannot be used.
 */
async function main(): Promise<number> {
  try {
    const parsed = parseOptions(process.argv.slice(2), process.env);
    return parsed.kind === 'done' ? parsed.exitCode : await run(parsed.options, process.env);
  } catch (error) {
    if (!(error instanceof ConfigError) && !(error instanceof StartFailure)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error instanceof ConfigError ? 2 : 1;
  }
}

void main().then((exitCode) => {
  process.exitCode = exitCode;
});
