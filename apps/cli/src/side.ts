import { ConfigError } from '#config/config-error';
import { type Environment } from '#config/key';
import { readConfig } from '#config/read-config';
import { type Config } from '#config/table';
import { duration } from '#config/value-schemas';
import { Argument, type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { CommandFailure, ExitCode } from './exit-codes';
import { type Terminal } from './terminal';

/** The console must answer within this time; the operator waits for it. */
const answerMsMax = 10_000;
const overMsMax = 24 * 3_600_000;
const sides = ['primary', 'secondary'];

export interface SideParts {
  readonly env: Environment;
  readonly terminal: Terminal;
  readonly ends: (exitCode: ExitCode) => void;
}

const statesShape = z.object({
  sides: z.array(
    z.object({
      side: z.string(),
      present: z.number(),
      servers: z.array(z.object({ serverId: z.string(), state: z.string() })),
      drain: z.object({ by: z.string(), since: z.number(), overMs: z.number() }).nullable(),
    }),
  ),
});

const problemShape = z.object({ error: z.object({ code: z.string(), sentence: z.string() }) });

/** `lastcall side drain | resume | status`: orders to the console, which journals who gave them. */
export function addSide(program: Command, { env, terminal, ends }: SideParts): Command {
  const side = program
    .command('side')
    .description('maintenance of a side, by the console: reads CONSOLE_URL, CONSOLE_USER and CONSOLE_PASSWORD');
  side
    .command('drain')
    .description('sends the desktops of a side to the other one, in waves; none of that is a loss')
    .addArgument(new Argument('<side>').choices(sides))
    .option('--over <duration>', 'over how long, such as 90s, 5m or 1h', aDuration, 5 * 60_000)
    .action(async (name: string, { over }: { over: number }) => {
      await ask(env, 'POST', `/api/sides/${name}/drain`, { overMs: over });
      terminal.out(`The ${name} side is in maintenance; lastcall side status tells how many agents are left on it.`);
      ends(ExitCode.done);
    });
  side
    .command('resume')
    .description('ends the maintenance of a side: desktops are let in again')
    .addArgument(new Argument('<side>').choices(sides))
    .action(async (name: string) => {
      await ask(env, 'POST', `/api/sides/${name}/resume`, {});
      terminal.out(`The ${name} side serves again.`);
      ends(ExitCode.done);
    });
  side
    .command('status')
    .description('both sides: maintenance, agents and servers')
    .option('--json', 'as a JSON object', false)
    .action(async ({ json }: { json: boolean }) => {
      const answer = await ask(env, 'GET', '/api/sides');
      const states = statesShape.safeParse(answer);
      if (!states.success) throw new CommandFailure(ExitCode.failed, 'CONSOLE_URL answers, but is not a console.');
      if (json) terminal.out(JSON.stringify(states.data));
      else for (const state of states.data.sides) terminal.out(lineOf(state));
      ends(ExitCode.done);
    });
  return side;
}

function lineOf({ side, present, servers, drain }: z.infer<typeof statesShape>['sides'][number]): string {
  const live = servers.filter(({ state }) => state === 'live').length;
  const since = drain === null ? '' : new Date(drain.since).toISOString();
  const how =
    drain === null ? 'serves' : `in maintenance by ${drain.by} since ${since}, over ${String(drain.overMs / 1_000)} s`;
  return `${side}: ${how}; ${String(present)} agents, ${String(live)} live servers`;
}

async function ask(env: Environment, method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
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
    const response = await fetch(new URL(path, consoleUrl), request);
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

function checked(env: Environment): Config<'operator'> {
  try {
    return readConfig('operator', env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new CommandFailure(ExitCode.misused, error.message);
  }
}

function aDuration(text: string): number {
  const read = duration({ minMs: 0, maxMs: overMsMax }).safeParse(text);
  if (read.success) return read.data;
  throw new InvalidArgumentError('Expected a duration such as 90s, 5m or 1h, at most 24h.');
}
