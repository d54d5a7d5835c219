import 'reflect-metadata';
import { type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { listenHttp } from '#config/listen';
import { runApp } from '#config/run-app';
import { buildWorker } from './worker-parts';
import { WorkerModule } from './worker.module';

/** A request whose outcome has not come by then is left in doubt, and settled by another worker. */
const stopMsMax = 15_000;

/** Our own log tells what matters, a line of JSON each. */
const nestOptions: NestApplicationOptions = { logger: false, abortOnError: false };

runApp('worker', stopMsMax, async (config, log) => {
  const parts = buildWorker(config, log);
  const settings = { peripheralId: config.ctiPeripheralId, sweepMs: config.sweepMs, log };
  const app = await NestFactory.create<NestExpressApplication>(
    WorkerModule.of(parts, settings),
    new ExpressAdapter(),
    nestOptions,
  );
  await listenHttp('worker', config, { server: app.getHttpServer(), listen: (port, host) => app.listen(port, host) });
  log.info({ address: await app.getUrl() }, `worker ${config.workerId} of the ${config.side} side started`);
  return () => app.close();
});
