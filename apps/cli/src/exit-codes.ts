/** What the command ended with. Printed by `--help` and in docs/cti-tool.md. */
export const ExitCode = {
  done: 0,
  failed: 1,
  misused: 2,
  unknownAgent: 3,
  rejected: 4,
  notReady: 5,
  inDoubt: 6,
  notSent: 7,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export const exitCodeSentences: Readonly<Record<keyof typeof ExitCode, string>> = {
  done: 'done; for logout: the agent is signed out, now or before',
  failed:
    'failed: no session with a server or no answer; for replay: a line of the file cannot be read; for decode: the frame given cannot be read to its end; for xmpp check: a loss shows too late',
  misused:
    'the command line, a file that it names (not there, a folder) or the environment cannot be used; nothing was connected',
  unknownAgent: 'the CTI server, or the journal, knows no such agent',
  rejected: 'logout: the CTI server rejected it',
  notReady: 'logout: the agent was made Not Ready instead (LOAD 0)',
  inDoubt: 'logout: it was sent, and what became of it was not seen',
  notSent: 'logout: nothing was sent (on a call, not confirmed, interrupted)',
};

export function exitCodesHelp(): string {
  const lines = Object.entries(ExitCode).map(
    ([name, code]) => `  ${code}  ${exitCodeSentences[name as keyof typeof ExitCode]}`,
  );
  return ['Exit codes:', ...lines].join('\n');
}

/** Ends the command with a sentence for standard error and an exit code. */
export class CommandFailure extends Error {
  constructor(
    readonly exitCode: ExitCode,
    sentence: string,
  ) {
    super(sentence);
    this.name = 'CommandFailure';
  }
}
