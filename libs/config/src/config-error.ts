export interface ConfigProblem {
  key: string;
  /** What is wrong and what is expected; reads on from the key. Never holds the value. */
  sentence: string;
}

/** Everything that is wrong with a configuration. Its message is meant for the person who wrote it. */
export class ConfigError extends Error {
  readonly code = 'CONFIG_INVALID';
  readonly problems: readonly ConfigProblem[];

  constructor(subject: string, problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ key, sentence }) => `  ${key} ${sentence}`);
    const count = problems.length === 1 ? '1 problem' : `${String(problems.length)} problems`;
    super(`The configuration of ${subject} cannot be used (${count}):\n${lines.join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** The code of a system error, such as ENOENT; its message would repeat paths and is made for programmers. */
export function errorCode(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown error';
}
