import { ConfigError } from '#config/config-error';
import { type Environment } from '#config/key';
import { readConfig } from '#config/read-config';
import { type Config } from '#config/table';
import { z } from 'zod';
import { CommandFailure, ExitCode } from './exit-codes';

/** The console must answer within this time; the operator waits for it. */
const answerMsMax = 10_000;

const problemShape = z.object({ error: z.object({ code: z.string(), sentence: z.string() }) });

/**
 * Asks the console, with the operator's name and password.
 * @throws CommandFailure with the console's own sentence when it refuses, or when nobody answers.
 */
export async function askConsole(
  env: Environment,
  method: 'GET' | 'POST',
  path: string,
  body?: object,
): Promise<unknown> {
  const { consoleUrl, consoleUser, consolePassword } = checked(env);
  if (consolePassword === undefined) {
    throw new CommandFailure(ExitCode.misused, 'CONSOLE_PASSWORD or CONSOLE_PASSWORD_FILE is missing.');
  }
  const credentials = Buffer.from(`${consoleUser}:${consolePassword}`).toString('base64');
  const headers = { authorization: `Basic ${credentials}`, 'content-type': 'application/json' };
  const signal = AbortSignal.timeout(answerMsMax);
  const request = { method, headers, signal, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  let status: number;
  let answer: unknown;
  try {
    const response = await fetch(addressOf(consoleUrl, path), request);
    status = response.status;
    answer = JSON.parse(await response.text()) as unknown;
  } catch {
    throw new CommandFailure(ExitCode.failed, 'The console (CONSOLE_URL) does not answer, or is not one.');
  }
  if (status < 400) return answer;
  const problem = problemShape.safeParse(answer);
  const sentence = problem.success ? problem.data.error.sentence : `The console answered ${String(status)}.`;
  throw new CommandFailure(ExitCode.failed, sentence);
}

/** The console may stand below a path. */
function addressOf(consoleUrl: string, path: string): string {
  return `${consoleUrl.replace(/\/+$/, '')}${path}`;
}

function checked(env: Environment): Config<'operator'> {
  try {
    return readConfig('operator', env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new CommandFailure(ExitCode.misused, error.message);
  }
}
