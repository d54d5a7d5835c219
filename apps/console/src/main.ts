import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type Logger } from 'pino';
import { listenHttp } from '#config/listen';
import { runApp, type Stop } from '#config/run-app';
import { type Config } from '#config/table';
import { createConsole } from './console-app';
import { consoleOff } from './console-off';
import { ConsoleParts } from './console-parts';

/** After this long a stop that hangs is an end. */
const stopMsMax = 10_000;

/** Without a password there is nobody to let in, so nothing is served: the console is off by default. */
async function start(config: Config<'console'>, password: string | undefined, log: Logger): Promise<Stop> {
  if (password === undefined) return startOff(config, log);
  const parts = new ConsoleParts(config, log);
  const app = await createConsole(parts, { user: config.consoleUser, password }, config.trustedProxies);
  await listenHttp('console', config, (port, host) => app.listen(port, host));
  log.info({ url: await app.getUrl(), user: config.consoleUser }, 'The console is ready.');
  return async () => {
    // Pages keep their event stream open for ever: the feed ends first, then the connections.
    await parts.feed.stop();
    const closed = app.close();
    app.getHttpServer().closeAllConnections();
    await closed;
    await parts.close();
  };
}

async function startOff(config: Config<'console'>, log: Logger): Promise<Stop> {
  const server = createServer(consoleOff());
  await listenHttp('console', config, async (port, host) => {
    server.listen(port, host);
    await once(server, 'listening');
  });
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
