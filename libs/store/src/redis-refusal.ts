/** What Redis says when it refuses a command, read for a person: which command, why, and what to do about it. */
export interface Refusal {
  readonly sentence: string;
  readonly remedy: string;
}

/** What a Redis says that comes up, or changes its part, and says no more soon after. */
const passing = /\b(NOREPLICAS|READONLY|LOADING|CLUSTERDOWN|MASTERDOWN)\b/;

/** @param cause the error of the store whose cause is the answer of Redis */
export function isPassing({ cause }: Error): boolean {
  return cause instanceof Error && passing.test(cause.message);
}

const scriptLine = /@?user_script:\s*(\d+)/;

/**
 * @param message as Redis answered; its first word is the only code that there is
 * @param lua the script that was called; Redis names its line and not the command
 */
export function readRefusal(message: string, lua?: string): Refusal {
  const command = commandOf(message, lua);
  const named = command ?? 'a command';
  if (/NOPERM|can't run this command/.test(message) && /key|channel/.test(message) && !/to run the '/.test(message))
    return {
      sentence: `The Redis user of this process may not use a key or channel that ${named} needs.`,
      remedy: 'Give it the keys and channels of docs/redis.md, with the number of this peripheral.',
    };
  if (/NOPERM|can't run this command/.test(message))
    return {
      sentence: `The Redis user of this process may not use ${named}.`,
      remedy: `Grant it ${command === null ? 'the rights' : `+${command.toLowerCase()}`} in users.acl, as docs/redis.md prints it.`,
    };
  if (/unknown (redis )?command/i.test(message))
    return {
      sentence: `Redis does not know ${named}.`,
      remedy: 'Take its rename-command out of redis.conf; use rights (users.acl) to keep commands from others.',
    };
  if (/\bOOM\b/.test(message))
    return {
      sentence: 'Redis is full: it refuses writes, since maxmemory is reached.',
      remedy: 'Give it more memory (maxmemory), or keep fewer lines of the journal (JOURNAL_ENTRIES_MAX).',
    };
  if (/\bMISCONF\b/.test(message))
    return {
      sentence: 'Redis refuses writes, since it cannot write its file.',
      remedy: 'See whether its disk is full or broken (INFO persistence, and its log).',
    };
  if (/\b(NOAUTH|WRONGPASS)\b/.test(message))
    return {
      sentence: 'Redis does not take the user or the password of REDIS_URL.',
      remedy: 'Compare REDIS_URL with users.acl (docs/redis.md).',
    };
  if (passing.test(message))
    return {
      sentence: `Redis cannot take writes now: ${message}.`,
      remedy: 'See whether a master with its replicas is up.',
    };
  return {
    sentence: `Redis answered with an error: ${message}.`,
    remedy: 'Read what it says; docs/redis.md has the settings and the rights that are needed.',
  };
}

function commandOf(message: string, lua: string | undefined): string | null {
  const quoted = /'([a-z|]+)' command|command ['`]([a-z|]+)['`]/i.exec(message);
  if (quoted !== null) return (quoted[1] ?? quoted[2] ?? '').toUpperCase();
  const line = Number(scriptLine.exec(message)?.[1]);
  const text = lua?.split('\n')[line - 1] ?? '';
  return /call\(\s*'([A-Z]+)'/.exec(text)?.[1] ?? null;
}
