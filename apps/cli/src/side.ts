import { type Environment } from '#config/key';
import { duration } from '#config/value-schemas';
import { Argument, type Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { askConsole } from './console-client';
import { CommandFailure, ExitCode } from './exit-codes';
import { type Terminal } from './terminal';

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
      await askConsole(env, 'POST', `/api/sides/${name}/drain`, { overMs: over });
      terminal.out(`The ${name} side is in maintenance; lastcall side status tells how many agents are left on it.`);
      ends(ExitCode.done);
    });
  side
    .command('resume')
    .description('ends the maintenance of a side: desktops are let in again')
    .addArgument(new Argument('<side>').choices(sides))
    .action(async (name: string) => {
      await askConsole(env, 'POST', `/api/sides/${name}/resume`, {});
      terminal.out(`The ${name} side serves again.`);
      ends(ExitCode.done);
    });
  side
    .command('status')
    .description('both sides: maintenance, agents and servers')
    .option('--json', 'as a JSON object', false)
    .action(async ({ json }: { json: boolean }) => {
      const answer = await askConsole(env, 'GET', '/api/sides');
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

function aDuration(text: string): number {
  const read = duration({ minMs: 0, maxMs: overMsMax }).safeParse(text);
  if (read.success) return read.data;
  throw new InvalidArgumentError('Expected a duration such as 90s, 5m or 1h, at most 24h.');
}
