import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { type Response } from 'express';
import { type Logger } from 'pino';

const internalError = 500;
const clientErrorMin = 400;

/** Every error answers `{code, message, field?}`; what is not the caller's fault is logged and not explained. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    if (response.headersSent) return;
    const status = statusOf(error);
    if (status >= internalError) this.log.error({ err: error }, 'request failed');
    response.status(status).json(bodyOf(error, status));
  }
}

/** Errors of Express (a body that is no JSON, one that is too long) carry their status without being HttpExceptions. */
function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const status: unknown = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= clientErrorMin ? status : internalError;
}

function bodyOf(error: unknown, status: number): object {
  if (status >= internalError) return { code: 'internalError', message: 'The simulator failed; see its log.' };
  const response = error instanceof HttpException ? error.getResponse() : undefined;
  if (typeof response === 'object' && 'code' in response) return response;
  const message = error instanceof Error ? error.message : 'The request cannot be served.';
  const code = status === 404 ? 'notFound' : status === 400 ? 'invalidBody' : 'refused';
  return { code, message };
}
