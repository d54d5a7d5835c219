import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import { type Response } from 'express';
import { type Logger } from 'pino';
import { StoreError } from '#store/store-error';
import { ApiError } from './api-error';

/** Every error as the one shape of the API; what is not ours to tell goes to the log. */
@Catch()
export class ApiErrorFilter implements ExceptionFilter {
  constructor(
    private readonly log: Logger,
    private readonly basePath: string,
    private readonly storeIsReady: () => boolean,
  ) {}

  catch(fault: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const error = this.asApiError(fault);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.status(error.status).json(error.body);
  }

  /** An address that a proxy made is the usual one that leads nowhere. */
  private notFound(): ApiError {
    const at = this.basePath === '' ? 'at the root of a host name' : `under ${this.basePath}/`;
    const sentence = `There is nothing at this address. This console stands ${at}; behind a proxy that shows it under another path set CONSOLE_BASE_PATH.`;
    return new ApiError('NOT_FOUND', { sentence });
  }

  private asApiError(fault: unknown): ApiError {
    if (fault instanceof ApiError) return fault;
    if (fault instanceof HttpException && fault.getStatus() === 404) return this.notFound();
    if (fault instanceof HttpException && fault.getStatus() < 500) {
      return new ApiError('FIELD_INVALID', { field: 'body', sentence: 'The body cannot be read as JSON.' });
    }
    const isStore = fault instanceof StoreError && fault.code === 'STORE_UNREACHABLE';
    this.log.error({ err: fault }, 'A request failed.');
    if (fault instanceof StoreError && fault.code === 'RECORD_UNREADABLE')
      return new ApiError('RECORD_UNREADABLE', { sentence: fault.message });
    return isStore || !this.storeIsReady() ? new ApiError('STORE_AWAY') : new ApiError('FAULT');
  }
}
