import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type Logger } from 'pino';
import { drainMsMax, HttpDrain } from '#config/http-drain';
import { listenHttp } from '#config/listen';
import { runApp, type Stop } from '#config/run-app';
import { type Config } from '#config/table';
import { ApiError } from './api/api-error';
import { createConsole } from './console-app';
import { consoleOff } from './console-off';
import { ConsoleParts } from './console-parts';

/** After this long a stop that hangs is an end. */
const stopMsMax = 12_000;

/** Without a password there is nobody to let in, so nothing is served: the console is off by default. */
async function start(config: Config<'console'>, password: string | undefined, log: Logger): Promise<Stop> {
  if (password === undefined) return startOff(config, log);
  const parts = new ConsoleParts(config, log);
  const refusal = { type: 'application/json', text: JSON.stringify(new ApiError('STOPPING').body) };
  const drain = new HttpDrain(() => refusal);
  const app = await createConsole(parts, drain, { user: config.consoleUser, password }, config.trustedProxies);
  await listenHttp('console', config, { server: app.getHttpServer(), listen: (port, host) => app.listen(port, host) });
  log.info({ url: await app.getUrl(), user: config.consoleUser }, 'The console is ready.');
  return async () => {
    // Pages keep their event stream open for ever: the feed ends first, then orders that are being carried out.
    const drained = drain.finish();
    await parts.feed.stop();
    const unanswered = await drained;
    if (unanswered > 0) log.warn({ requests: unanswered, waitedMs: drainMsMax }, 'stopped with requests unanswered');
    const closed = app.close();
    app.getHttpServer().closeAllConnections();
    await closed;
    await parts.close();
  };
}

async function startOff(config: Config<'console'>, log: Logger): Promise<Stop> {
  const server = createServer(consoleOff());
  const listen = async (port: number, host: string): Promise<void> => {
    server.listen(port, host);
    await once(server, 'listening');
  };
  await listenHttp('console', config, { server, listen });
  log.warn({ url: urlOf(server) }, 'The console is off: CONSOLE_PASSWORD is not set. Only /health/live answers.');
  return async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}

function urlOf(server: Server): string {
  const address = server.address();
  return address === null || typeof address === 'string' ? '' : `http://${address.address}:${String(address.port)}`;
}

runApp('console', stopMsMax, (config, log) => start(config, config.consolePassword, log));
