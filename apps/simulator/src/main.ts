import 'reflect-metadata';
import { ConfigError } from '#config/config-error';
import { printHelp } from '#config/help';
import { createLogger } from '#config/logger';
import { readConfig } from '#config/read-config';
import { startSimulator } from './start';

const configurationFailed = 2;
const startFailed = 1;

async function main(): Promise<void> {
  if (process.argv.includes('--help')) {
    process.stdout.write(printHelp('simulator'));
    return;
  }
  const config = readConfig('simulator', process.env);
  const log = createLogger('simulator', config);
  const stop = await startSimulator(config, log);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      log.info({ signal }, 'stopping');
      stop().then(
        () => {
          log.info('stopped');
          process.exit(0);
        },
        (error: unknown) => {
          log.error({ err: error }, 'stopping failed');
          process.exit(startFailed);
        },
      );
    });
  }
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message}\n`);
  process.exit(error instanceof ConfigError ? configurationFailed : startFailed);
});
