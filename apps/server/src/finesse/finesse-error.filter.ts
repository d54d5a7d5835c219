import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common';
import { type Response } from 'express';
import { type FinesseParts, finesseParts } from './finesse-parts';
import { refuse } from './finesse-guards';
import { refusalOf } from './refusals';

/** Answers every error of the REST surface in its own way; what is not the caller's fault is logged, not explained. */
@Catch()
export class FinesseErrorFilter implements ExceptionFilter {
  constructor(@Inject(finesseParts) private readonly parts: Pick<FinesseParts, 'log'>) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const refusal = refusalOf(error);
    if (refusal.code === 'FAULT') this.parts.log.error({ err: error }, 'a REST request failed');
    refuse(host.switchToHttp().getResponse<Response>(), refusal);
  }
}
