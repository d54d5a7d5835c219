import 'reflect-metadata';
import { ConfigError } from '#config/config-error';
import { printHelp } from '#config/help';
import { createLogger } from '#config/logger';
import { readConfig } from '#config/read-config';
import { type Logger } from 'pino';
import { type RunningServer, startServer } from './server-life';

const startFailed = 1;
const configurationFailed = 2;
const stoppedByForce = 3;

/** A stop takes no longer than this; what is not done by then is left to the lease's end. */
const stopMsMax = 8_000;

async function main(): Promise<void> {
  if (process.argv.includes('--help')) {
    process.stdout.write(printHelp('server'));
    return;
  }
  const config = readConfig('server', process.env);
  const log = createLogger('server', config);
  stopOnSignal(await startServer(config, log), log);
}

function stopOnSignal(server: RunningServer, log: Logger): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) {
      log.warn({ signal }, 'stopped at once by a second signal');
      process.exit(stoppedByForce);
    }
    stopping = true;
    setTimeout(() => {
      log.warn({ stopMsMax }, 'stopped at the limit of time');
      process.exit(stoppedByForce);
    }, stopMsMax).unref();
    server.stop().then(
      () => {
        log.info('stopped');
        process.exit(0);
      },
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(stoppedByForce);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

main().catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message}\n`);
  process.exit(error instanceof ConfigError ? configurationFailed : startFailed);
});
