import { type Environment } from '#config/key';
import { type Command } from 'commander';
import { z } from 'zod';
import { askConsole } from './console-client';
import { CommandFailure, ExitCode } from './exit-codes';
import { type Terminal } from './terminal';

export interface SessionsParts {
  readonly env: Environment;
  readonly terminal: Terminal;
  readonly ends: (exitCode: ExitCode) => void;
}

const endedShape = z.object({ ended: z.number() });

/** `lastcall sessions end`: an order to the console, which journals who gave it. */
export function addSessions(program: Command, { env, terminal, ends }: SessionsParts): Command {
  const sessions = program
    .command('sessions')
    .description('sessions of the console: reads CONSOLE_URL, CONSOLE_USER and CONSOLE_PASSWORD');
  sessions
    .command('end')
    .description('ends all sessions, on every console: each browser has to sign in again')
    .action(async () => {
      const answer = endedShape.safeParse(await askConsole(env, 'POST', '/api/sessions/end', {}));
      if (!answer.success) {
        throw new CommandFailure(ExitCode.failed, 'CONSOLE_URL answers, but is not a console of this version.');
      }
      terminal.out(`${String(answer.data.ended)} sessions of the console were ended.`);
      ends(ExitCode.done);
    });
  return sessions;
}
