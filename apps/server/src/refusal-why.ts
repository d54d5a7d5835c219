import { type Response } from 'express';
import { type Problem } from './problems';

export interface Why {
  /** A code of a table of ours. */
  readonly reason: string;
  readonly sentence: string;
}

const whys = new WeakMap<Response, Why>();

/** Whoever answers with a refusal says why, for the count and the log of refusals. */
export function noteWhy(response: Response, why: Why): void {
  whys.set(response, why);
}

export function whyOf(response: Response): Why | undefined {
  return whys.get(response);
}

export function answerProblem(response: Response, problem: Problem): void {
  noteWhy(response, { reason: problem.code, sentence: problem.message });
  response.status(problem.status).json(problem.body);
}
