import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { type Response } from 'express';
import { type Logger } from 'pino';
import { problemOf } from './problems';
import { answerProblem } from './refusal-why';

/** Answers every error by the table; what is not the caller's fault is logged and not explained. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    const problem = problemOf(error);
    if (problem.code === 'FAULT') this.log.error({ err: error }, 'a request failed');
    if (!response.headersSent) answerProblem(response, problem);
  }
}
