import { type HttpDrain } from '#config/http-drain';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { json, type RequestHandler } from 'express';
import { type Credentials } from './sign-in/credentials';
import { ApiErrorFilter } from './api/api-error.filter';
import { ApiError } from './api/api-error';
import { belowPath } from './below-path';
import { boardPath, bullBoard } from './board/bull-board';
import { type ConsoleParts } from './console-parts';
import { ConsoleModule } from './console.module';
import { pageFiles } from './page-files';
import { responseHeaders } from './response-headers';
import { createGate } from './sign-in/gate';
import { SignInAttempts } from './sign-in/sign-in-attempts';
import { signInRoutes } from './sign-in/sign-in-routes';
import { SignedCookies } from './sign-in/signed-cookies';

const bodyBytesMax = 4_096;

/**
 * The whole application. Order is what guards it: headers, then the gate, then everything else; before the gate
 * nothing is mounted that answers but the refusal of a console that stops.
 */
export async function createConsole(
  parts: ConsoleParts,
  drain: HttpDrain,
  expected: Credentials,
  trustedProxies: readonly string[],
): Promise<NestExpressApplication> {
  const { log, peripheralId, logoutQueue, sweepQueue } = parts;
  const app = await NestFactory.create<NestExpressApplication>(ConsoleModule.with(parts), new ExpressAdapter(), {
    logger: false,
    bodyParser: false,
    abortOnError: false,
  });
  const { basePath } = parts;
  const gate = {
    basePath,
    expected,
    cookies: new SignedCookies(expected, basePath),
    attempts: new SignInAttempts(),
    sessions: parts.sessions,
    now: () => new Date(),
    log,
  };
  app.disable('x-powered-by');
  app.set('trust proxy', trustedProxies);
  app.use(drain.middleware);
  app.use(belowPath(basePath));
  app.use(responseHeaders());
  app.use(createGate(gate));
  app.use(signInRoutes(gate));
  app.use(pageFiles());
  app.use(
    boardPath,
    bullBoard({
      basePath,
      peripheralId,
      logoutQueue,
      sweepQueue,
      log,
      journalAction: (agentId, by, sentence) => parts.journalAction(agentId, by, sentence),
      journalQueueAction: (by, sentence) => parts.journal.note({ what: 'operatorActed', loss: null, by, sentence }),
    }),
  );
  app.use('/api', noStore, jsonOnly, json({ limit: bodyBytesMax }));
  app.useGlobalFilters(new ApiErrorFilter(log, basePath, () => parts.storeIsReady));
  return app;
}

const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

/** A form of another site cannot send JSON, so this stops it even where a browser says nothing of its origin. */
const jsonOnly: RequestHandler = (request, response, next) => {
  if (
    request.method === 'GET' ||
    request.method === 'HEAD' ||
    /^application\/json\b/i.test(request.get('content-type') ?? '')
  ) {
    next();
    return;
  }
  const error = new ApiError('JSON_EXPECTED');
  response.status(error.status).json(error.body);
};
