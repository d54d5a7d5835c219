import { type Environment } from '#config/key';
import { Argument, type Command } from 'commander';
import { z } from 'zod';
import { askConsole } from './console-client';
import { CommandFailure, ExitCode } from './exit-codes';
import { type Terminal } from './terminal';

export interface GhostsParts {
  readonly env: Environment;
  readonly terminal: Terminal;
  readonly ends: (exitCode: ExitCode) => void;
}

/** What the console lists, each with an order about all of them. */
const kinds = {
  'without-desktop': 'signed in without a desktop, ghosts or telephones alone',
  rejected: 'whose sign-out the CTI server has rejected',
} as const;
type Kind = keyof typeof kinds;
const kindNames = Object.keys(kinds) as Kind[];

const listShape = z.object({
  now: z.number(),
  count: z.number(),
  agents: z.array(
    z.object({
      agentId: z.string(),
      since: z.number(),
      state: z.string().optional(),
      attempts: z.number().optional(),
      sentence: z.string().nullish(),
    }),
  ),
});
type Listed = z.infer<typeof listShape>;

const orderedShape = z.object({
  ordered: z.number(),
  refused: z.number(),
  refusals: z.array(z.object({ agentId: z.string(), sentence: z.string() })),
  left: z.number(),
});

/** `lastcall ghosts list | logout`: what the page of the console shows and orders, from a command line. */
export function addGhosts(program: Command, { env, terminal, ends }: GhostsParts): Command {
  const ghosts = program
    .command('ghosts')
    .description(
      'agents who are signed in and gone, by the console: reads CONSOLE_URL, CONSOLE_USER and CONSOLE_PASSWORD',
    );
  const whose = kindNames.map((name) => `${name}: ${kinds[name]}`).join('; ');
  ghosts
    .command('list')
    .description('those of one kind, the longest first, with what the CTI server said')
    .addArgument(new Argument('<kind>', whose).choices(kindNames))
    .option('--json', 'as a JSON object', false)
    .action(async (kind: Kind, { json }: { json: boolean }) => {
      const listed = await list(env, kind);
      if (json) terminal.out(JSON.stringify(listed));
      else for (const line of linesOf(kind, listed)) terminal.out(line);
      ends(ExitCode.done);
    });
  ghosts
    .command('logout')
    .description('signs out all of one kind now, by the limits of requests; nobody with a desktop or on a call is')
    .addArgument(new Argument('<kind>', whose).choices(kindNames))
    .option('--yes', 'do not ask before', false)
    .action(async (kind: Kind, { yes }: { yes: boolean }) => {
      ends(await logoutAll(env, kind, yes, terminal));
    });
  return ghosts;
}

async function list(env: Environment, kind: Kind): Promise<Listed> {
  return checked(listShape, await askConsole(env, 'GET', `/api/${kind}`));
}

async function logoutAll(env: Environment, kind: Kind, yes: boolean, terminal: Terminal): Promise<ExitCode> {
  if (!yes) {
    if (!terminal.isInteractive) {
      throw new CommandFailure(ExitCode.misused, 'logout asks before it acts, and there is nobody to ask: give --yes');
    }
    const { count } = await list(env, kind);
    if (!(await terminal.confirm(`${counted(count, 'agent')} ${kinds[kind]}. Sign all of them out?`))) {
      terminal.out('Nothing was ordered, it was not confirmed.');
      return ExitCode.notSent;
    }
  }
  const answer = checked(orderedShape, await askConsole(env, 'POST', `/api/${kind}/logout`, {}));
  const { ordered, refused, refusals, left } = answer;
  terminal.out(`ordered: ${ordered}, without effect: ${refused}, left for another order: ${left}`);
  for (const { agentId, sentence } of refusals) terminal.out(`${agentId}: ${sentence}`);
  return ExitCode.done;
}

function linesOf(kind: Kind, { now, count, agents }: Listed): string[] {
  const lines = agents.map(({ agentId, since, state, attempts, sentence }) => {
    const seconds = Math.round((now - since) / 1_000);
    const tries = attempts === undefined ? '' : `, ${counted(attempts, 'request')}`;
    return [`${agentId}  for ${seconds} s${tries}`, state ?? sentence ?? ''].join('  ').trimEnd();
  });
  return [`${counted(count, 'agent')} ${kinds[kind]}`, ...lines];
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function checked<T>(shape: z.ZodType<T>, answer: unknown): T {
  const read = shape.safeParse(answer);
  if (read.success) return read.data;
  throw new CommandFailure(ExitCode.failed, 'CONSOLE_URL answers, but is not a console of this version.');
}
