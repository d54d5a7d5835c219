import { type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { type Logger } from 'pino';
import { ConfigError } from '#config/config-error';
import { listenAt, listenHttp } from '#config/listen';
import { type Config } from '#config/table';
import { loadTls } from './cti/tls-files';
import { ProblemFilter } from './http/problem.filter';
import { pageRouter } from './page';
import { Desktops } from './desktops/desktops';
import { loadScenario, type Scenario } from './scenario/scenario-file';
import { Scenarios } from './scenario/scenarios';
import { Simulator } from './simulator';
import { SimulatorModule } from './simulator.module';
import { Traffic } from './traffic';

/** Our own log tells what matters; server-sent events must not keep the process alive at its end. */
const nestOptions: NestApplicationOptions = { logger: false, forceCloseConnections: true, abortOnError: false };
const bodyBytesMax = '64kb';
const yamlTypes = ['application/yaml', 'application/x-yaml', 'text/yaml', 'text/plain'];

/**
 * Starts both CTI servers and the HTTP control.
 * @returns what stops them: sessions are told FAILURE_EVENT 15, desktops are dropped, listeners closed
 * @throws ConfigError when a port is taken, or the scenario file cannot be used
 */
export async function startSimulator(config: Config<'simulator'>, log: Logger): Promise<() => Promise<void>> {
  const scenario = config.simScenario === undefined ? undefined : loadScenario(config.simScenario);
  const simulator = new Simulator({
    a: config.ctiA,
    b: config.ctiB,
    peripheralId: config.ctiPeripheralId,
    agentCount: config.simAgents,
    settings: {
      load: config.simLoad,
      mode: config.ctiProduct,
      lenient: config.simLenient,
      clientPassword: config.ctiClientPassword === '' ? null : config.ctiClientPassword,
    },
    tls: loadTls(config.simTlsCert, config.simTlsKey),
    log: (sentence, details) => {
      log.info(details, sentence);
    },
  });
  await listenAt('simulator', 'CTI_A', config.ctiA, () => simulator.sides.A.listen());
  await listenAt('simulator', 'CTI_B', config.ctiB, () => simulator.sides.B.listen());
  const app = await NestFactory.create<NestExpressApplication>(
    SimulatorModule.of(simulator, config),
    new ExpressAdapter(),
    nestOptions,
  );
  app.useBodyParser('json', { limit: bodyBytesMax });
  app.useBodyParser('text', { limit: bodyBytesMax, type: yamlTypes });
  app.use(pageRouter(config.simHosts));
  app.useGlobalFilters(new ProblemFilter(log));
  await listenHttp('simulator', config, {
    server: app.getHttpServer(),
    listen: (port, host) => app.listen(port, host),
  });
  if (scenario !== undefined) startScenario(app.get(Scenarios), scenario);
  log.info(
    { ctiA: config.ctiA, ctiB: config.ctiB, http: await app.getUrl(), agents: simulator.centre.agents.count },
    'simulator started',
  );
  return async () => {
    app.get(Traffic).stop();
    app.get(Scenarios).stop();
    app.get(Desktops).stop();
    await simulator.stop();
    await app.close();
  };
}

function startScenario(scenarios: Scenarios, scenario: Scenario): void {
  const refused = scenarios.start(scenario);
  if (refused !== undefined) {
    throw new ConfigError('the simulator', [{ key: 'SIM_SCENARIO', sentence: `cannot be run: ${refused.sentence}` }]);
  }
}
