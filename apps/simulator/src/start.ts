import { type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type NestExpressApplication } from '@nestjs/platform-express';
import { type Logger } from 'pino';
import { type Config } from '#config/table';
import { ProblemFilter } from './http/problem.filter';
import { pageRouter } from './page';
import { Desktops } from './desktops/desktops';
import { Simulator } from './simulator';
import { SimulatorModule } from './simulator.module';
import { Traffic } from './traffic';

/** Our own log tells what matters; server-sent events must not keep the process alive at its end. */
const nestOptions: NestApplicationOptions = { logger: false, forceCloseConnections: true, abortOnError: false };
const bodyBytesMax = '64kb';

/**
 * Starts both CTI servers and the HTTP control.
 * @returns what stops them: sessions are told FAILURE_EVENT 15, desktops are dropped, listeners closed
 * @throws the socket's error when a port is taken
 */
export async function startSimulator(config: Config<'simulator'>, log: Logger): Promise<() => Promise<void>> {
  const simulator = new Simulator({
    a: config.ctiA,
    b: config.ctiB,
    peripheralId: config.ctiPeripheralId,
    agentCount: config.simAgents,
    settings: {
      load: config.simLoad,
      lenient: config.simLenient,
      clientPassword: config.ctiClientPassword === '' ? null : config.ctiClientPassword,
    },
    log: (sentence, details) => {
      log.info(details, sentence);
    },
  });
  await simulator.start();
  const app = await NestFactory.create<NestExpressApplication>(SimulatorModule.of(simulator, config), nestOptions);
  app.useBodyParser('json', { limit: bodyBytesMax });
  app.use(pageRouter());
  app.useGlobalFilters(new ProblemFilter(log));
  await app.listen(config.httpPort, config.httpHost);
  log.info(
    { ctiA: config.ctiA, ctiB: config.ctiB, http: await app.getUrl(), agents: simulator.centre.agents.count },
    'simulator started',
  );
  return async () => {
    app.get(Traffic).stop();
    app.get(Desktops).stop();
    await simulator.stop();
    await app.close();
  };
}
