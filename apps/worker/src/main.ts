import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { runApp } from '#config/run-app';
import { buildWorker } from './worker-parts';
import { WorkerModule } from './worker.module';

/** A request whose outcome has not come by then is left in doubt, and settled by another worker. */
const stopMsMax = 15_000;

runApp('worker', stopMsMax, async (config, log) => {
  const parts = buildWorker(config, log);
  const settings = { peripheralId: config.ctiPeripheralId, sweepMs: config.sweepMs, log };
  const app = await NestFactory.create(WorkerModule.of(parts, settings), { logger: ['error', 'warn'] });
  await app.listen(config.httpPort, config.httpHost);
  log.info({ address: await app.getUrl() }, `worker ${config.workerId} of the ${config.side} side started`);
  return () => app.close();
});
