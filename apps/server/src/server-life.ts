import { type INestApplication, type NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { drainMsMax, type DrainRefusal, HttpDrain } from '#config/http-drain';
import { listenHttp } from '#config/listen';
import { type Config } from '#config/table';
import { singleSlashes } from '#presence/gateway';
import helmet from 'helmet';
import { type RequestHandler } from 'express';
import { type Logger } from 'pino';
import { finesseGuards, finessePath } from './finesse/finesse-guards';
import { Refusal } from './finesse/refusals';
import { crossOrigin } from './cross-origin';
import { watchLink } from './link-watch';
import { Problem } from './problems';
import { ProblemFilter } from './problem.filter';
import { refusalWatch } from './refusal-watch';
import {
  byeGuards,
  byePath,
  presenceGuards,
  presencePath,
  systemInfoPath,
  ticketGuards,
  ticketPath,
} from './request-limits';
import { buildServer, type ServerParts } from './server-parts';
import { ServerModule } from './server.module';
import { publishWatch } from './xmpp-metrics';

/** Our own log tells what matters. Bodies are parsed behind their guards; keep-alive connections do not delay a stop. */
const nestOptions: NestApplicationOptions = {
  logger: false,
  abortOnError: false,
  bodyParser: false,
  forceCloseConnections: true,
};

/** Losses that were still on their way to the store when the server is stopped have so long to arrive. */
const handInMsMax = 1_000;
const handInPollMs = 20;

export interface RunningServer {
  readonly url: string;
  /** Planned stop: sends the desktops to the other side and reports none of them as lost. */
  stop(): Promise<void>;
}

/**
 * Starts a server. It listens at once, alive and not ready, and comes into service when Redis answers.
 * @throws ConfigError when it cannot listen where it is told to.
 */
export async function startServer(config: Config<'server'>, log: Logger): Promise<RunningServer> {
  const parts = buildServer(config, log);
  const { gateway, keeper, answerer, storeConnection } = parts;
  publishGauges(parts, config.side);
  if (parts.watch !== undefined) publishWatch(parts.metrics, parts.watch);
  watchLink({ ...parts, log });
  const app = await NestFactory.create<NestExpressApplication>(
    ServerModule.of(parts),
    new ExpressAdapter(),
    nestOptions,
  );
  app.set('trust proxy', config.trustedProxies);
  const drain = new HttpDrain(refusalWhileStopping);
  app.use(readSlashes);
  app.use(drain.middleware);
  app.use(refusalWatch(parts.refusals));
  app.use(helmet());
  app.use(byePath, ...byeGuards());
  app.use(ticketPath, ...ticketGuards(config.origins));
  app.use(presencePath, ...presenceGuards(config.apiToken));
  app.use(systemInfoPath, ...crossOrigin(config.origins, ['GET']));
  if (parts.finesse.isOffered) app.use(finessePath, ...finesseGuards(config.origins));
  app.useGlobalFilters(new ProblemFilter(log));
  gateway.attach(app.getHttpServer());
  await listenHttp('server', config, { server: app.getHttpServer(), listen: (port, host) => app.listen(port, host) });
  parts.clock.start();
  keeper.start();
  parts.overload.start();
  parts.oidcProvider?.start();
  parts.refusals.start();
  parts.storeWatch.start();
  parts.policyWatch.start();
  parts.peripheralWatch.start();
  storeConnection.on('ready', () => {
    keeper.nudge();
    void parts.configuredAgents.look();
  });
  answerer.start().catch((error: unknown) => {
    log.error({ err: error }, 'questions of last looks cannot be heard; nobody is signed out while this server lives');
  });
  parts.feed.start().catch((error: unknown) => {
    log.error({ err: error }, 'desktops of feeds that move to another side are noticed by their lease only');
  });
  parts.configuredAgents.start();
  parts.directory.whenRead().then(
    () => {
      watchXmpp(parts);
    },
    () => undefined,
  );
  parts.finesse.start();
  parts.notifications?.start();
  parts.signInNews.start();
  parts.link.start().catch((error: unknown) => {
    log.error({ err: error }, 'the CTI link of this side cannot be heard');
  });
  const url = await app.getUrl();
  log.info({ url, process: parts.processId }, `server ${config.serverId} of the ${config.side} side listens`);
  return { url, stop: () => stopServer(parts, app, drain) };
}

/** Of any address, before anything else looks at it. */
const readSlashes: RequestHandler = (request, _response, next) => {
  request.url = singleSlashes(request.url);
  next();
};

/** What is refused while the server stops, in the form of the surface that was asked. */
function refusalWhileStopping(path: string): DrainRefusal {
  const isFinesse = path.toLowerCase().startsWith(`${finessePath}/`);
  return isFinesse
    ? { type: 'application/xml; charset=utf-8', text: new Refusal('OUT_OF_SERVICE').body }
    : { type: 'application/json', text: JSON.stringify(new Problem('STOPPING').body) };
}

/**
 * A planned stop is no loss. The lease is not renewed any more and its desktops stay in their records: those that open on
 * the other side before the lease has ended are present there, and their old connection is forgotten without a loss;
 * those that do not are lost when the sweep finds the lease ended, with the longer grace of a lost server.
 */
async function stopServer(parts: ServerParts, app: INestApplication, drain: HttpDrain): Promise<void> {
  const { keeper, gateway, answerer, logoutQueue, store, lanes, connections, log } = parts;
  // First, and with everything still in place: requests need it to their end. Mostly there are none.
  const unanswered = await drain.finish();
  if (unanswered > 0) log.warn({ requests: unanswered, waitedMs: drainMsMax }, 'stopped with requests unanswered');
  log.info({ desktops: gateway.size }, 'stopping: desktops are sent to the other side');
  keeper.stop();
  parts.clock.stop();
  parts.storeWatch.stop();
  parts.policyWatch.stop();
  parts.peripheralWatch.stop();
  parts.drain.stop();
  parts.configuredAgents.stop();
  parts.overload.stop();
  parts.oidcProvider?.stop();
  parts.refusals.stop();
  parts.finesse.stop();
  parts.signInNews.stop();
  parts.link.close();
  parts.feed.stop();
  await Promise.all([gateway.stop(), parts.watch?.stop(), parts.notifications?.stop()]);
  for (let waitedMs = 0; lanes.pending > 0 && waitedMs < handInMsMax; waitedMs += handInPollMs) {
    await new Promise((resolve) => setTimeout(resolve, handInPollMs));
  }
  await app.close();
  // With Redis away these would wait for it; the process ends either way.
  await Promise.race([
    Promise.allSettled([answerer.close(), parts.linkBus.close(), logoutQueue.close(), store.close()]),
    new Promise((resolve) => setTimeout(resolve, handInMsMax)),
  ]);
  for (const connection of connections) connection.disconnect();
  parts.mastership?.close();
}

/** Not before it is known how agent ids are spelled: the accounts are named by it. */
function watchXmpp({ watch, directory, log }: ServerParts): void {
  if (watch === undefined) return;
  if (!directory.isKnown) {
    log.warn(
      'XMPP does not tell the case of account names, and neither AGENTS_FILE nor the CTI configuration says how agent ids are spelled: ids with capital letters need one of them',
    );
  }
  watch.start();
}

function publishGauges(
  { metrics, table, gateway, lanes, keeper, overload }: ServerParts,
  side: Config<'server'>['side'],
): void {
  metrics.gauge('lastcall_desktops', 'Desktops that this server holds, feeds included.', () => table.size);
  metrics.gauge('lastcall_connections', 'WebSocket connections of desktops.', () => gateway.size);
  metrics.gauge(
    'lastcall_events_pending',
    'Openings and losses that the store has not heard of yet.',
    () => lanes.pending,
  );
  metrics.gauge('lastcall_lease_age_seconds', 'Since the last renewal of the lease; -1 before the first.', () =>
    keeper.ageMs === null ? -1 : keeper.ageMs / 1000,
  );
  metrics.gauge('lastcall_in_service', '1 while this server may acknowledge desktops.', () =>
    keeper.serviceNow().status === 'IN_SERVICE' ? 1 : 0,
  );
  metrics.gauge('lastcall_overloaded', '1 while this server cannot let everybody in, and for 15 s after.', () =>
    overload.isOverloaded ? 1 : 0,
  );
  metrics.gauge('lastcall_store_up', '1 while Redis answers.', () => (keeper.missing.includes('store') ? 0 : 1));
  metrics.gauge(
    'lastcall_other_side_servers',
    'Servers of the other side with a live lease.',
    () => keeper.otherServers.filter((other) => other.side !== side).length,
  );
}
