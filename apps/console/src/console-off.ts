import express, { type Express } from 'express';
import { ApiError } from './api/api-error';

/** What runs when there is no password: liveness, and the reason why there is nothing else. */
export function consoleOff(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.get('/health/live', (_request, response) => {
    response.json({ status: 'live' });
  });
  app.use((_request, response) => {
    const error = new ApiError('CONSOLE_OFF');
    response.status(error.status).json(error.body);
  });
  return app;
}
