import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { ConfigError } from '#config/config-error';
import { printHelp } from '#config/help';
import { createLogger } from '#config/logger';
import { readConfig } from '#config/read-config';
import { buildWorker } from './worker-parts';
import { WorkerModule } from './worker.module';

async function main(): Promise<void> {
  if (process.argv.includes('--help')) {
    process.stdout.write(printHelp('worker'));
    return;
  }
  const config = readConfig('worker', process.env);
  const log = createLogger('worker', config);
  const parts = buildWorker(config, log);
  const settings = { peripheralId: config.ctiPeripheralId, sweepMs: config.sweepMs, log };
  const app = await NestFactory.create(WorkerModule.of(parts, settings), { logger: ['error', 'warn'] });
  app.enableShutdownHooks([], { useProcessExit: true });
  await app.listen(config.httpPort, config.httpHost);
  log.info({ address: await app.getUrl() }, `worker ${config.workerId} of the ${config.side} side started`);
}

main().catch((error: unknown) => {
  const text = error instanceof ConfigError ? error.message : String(error instanceof Error ? error.stack : error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
});
