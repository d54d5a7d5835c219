import { type Logger } from 'pino';
import { ConfigError } from './config-error';
import { printHelp } from './help';
import { type App, type Environment } from './key';
import { createLogger, type LogConfig } from './logger';
import { readConfig } from './read-config';
import { type Config } from './table';

/** How a process of ours ends. */
export const exitCodes = { stopped: 0, startFailed: 1, configurationFailed: 2, stoppedByForce: 3 } as const;

/** Stops what was started, in order. */
export type Stop = () => Promise<void>;

/**
 * The life of an app's process: `--help` prints the configuration table; a configuration that cannot be used is printed
 * key by key; SIGTERM and SIGINT stop in order, within `stopMsMax`; a second signal ends at once. Of `switches` those on the
 * command line go before the environment; a word there that is none of them is refused, since it would have no effect.
 */
export function runApp<A extends App>(
  app: A,
  stopMsMax: number,
  start: (config: Config<A>, log: Logger) => Promise<Stop>,
  switches: Readonly<Record<string, Environment>> = {},
): void {
  const words = process.argv.slice(2);
  if (words.includes('--help')) {
    process.stdout.write(printHelp(app));
    return;
  }
  const unknown = words.find((word) => !Object.hasOwn(switches, word));
  if (unknown !== undefined) {
    process.stderr.write(`${refusal(app, unknown, Object.keys(switches))}\n`);
    process.exit(exitCodes.configurationFailed);
  }
  const given = words.reduce<Environment>((env, word) => ({ ...env, ...switches[word] }), {});
  begin(app, stopMsMax, start, given).catch((error: unknown) => {
    const isConfig = error instanceof ConfigError;
    const text = error instanceof Error && !isConfig ? error.stack : error;
    process.stderr.write(`${isConfig ? error.message : String(text)}\n`);
    process.exit(isConfig ? exitCodes.configurationFailed : exitCodes.startFailed);
  });
}

/** What stands behind an equals sign may be a secret. */
function refusal(app: App, word: string, switches: readonly string[]): string {
  const [name = word] = word.split('=');
  const known = ['--help', ...switches].join(' and ');
  return `${app} knows no argument ${name}; it knows ${known}. Everything else comes from the environment.`;
}

async function begin<A extends App>(
  app: A,
  stopMsMax: number,
  start: (config: Config<A>, log: Logger) => Promise<Stop>,
  given: Environment,
): Promise<void> {
  const config = readConfig(app, { ...process.env, ...given });
  // Every app's configuration has what a logger needs; the compiler cannot see it through the generic.
  const log = createLogger(app, config as LogConfig);
  stopOnSignal(await start(config, log), stopMsMax, log);
}

function stopOnSignal(stop: Stop, stopMsMax: number, log: Logger): void {
  let stopping = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) {
      log.warn({ signal }, 'stopped at once by a second signal');
      process.exit(exitCodes.stoppedByForce);
    }
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.warn({ stopMsMax }, 'stopped at the limit of time');
      process.exit(exitCodes.stoppedByForce);
    }, stopMsMax).unref();
    stop().then(
      () => {
        log.info('stopped');
        process.exit(exitCodes.stopped);
      },
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(exitCodes.stoppedByForce);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
