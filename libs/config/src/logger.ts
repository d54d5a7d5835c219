import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { type App } from './key';
import { table } from './table';

/** What a logger needs of a configuration; every app's configuration fits. */
export interface LogConfig {
  logLevel: string;
  serverId?: string;
  workerId?: string;
  side?: string;
}

/**
 * Writes JSON lines to standard output, with the app, its id and its side in each. Secrets are hidden by field name,
 * as configuration (`consolePassword`), environment (`CONSOLE_PASSWORD`) or HTTP header, at the top and one level down.
 */
export function createLogger(app: App, config: LogConfig, destination?: DestinationStream): Logger {
  const { serverId, workerId, side } = config;
  const options = {
    level: config.logLevel,
    base: {
      app,
      ...(serverId === undefined ? {} : { serverId }),
      ...(workerId === undefined ? {} : { workerId }),
      ...(side === undefined ? {} : { side }),
    },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretPaths(), censor: '[hidden]' },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

function secretPaths(): string[] {
  const fields = Object.entries(table).flatMap(([name, row]) => (row.secret ? [name, row.env] : []));
  const names = [...fields, 'password', 'token', 'secret', 'authorization', 'cookie'];
  return names.flatMap((name) => [name, `*.${name}`, `*.headers.${name}`]);
}
