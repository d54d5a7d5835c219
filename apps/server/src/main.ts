import 'reflect-metadata';
import { runApp } from '#config/run-app';
import { startServer } from './server-life';

/** A stop takes no longer than this; what is not done by then is left to the lease's end. */
const stopMsMax = 12_000;

runApp('server', stopMsMax, async (config, log) => {
  const server = await startServer(config, log);
  return () => server.stop();
});
