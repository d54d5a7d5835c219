import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { ConfigError, type ConfigProblem, errorCode } from './config-error';
import { type AnyKey, type App, type Environment, type Host } from './key';
import { type Config, table } from './table';
import { findUnknownKeys } from './unknown-keys';

const thisHost: Host = {
  hostName: hostname(),
  uniqueSuffix: randomBytes(3).toString('hex'),
  readText: (path) => readFileSync(path, 'utf8'),
};

type Given = { kind: 'text'; text: string } | { kind: 'absent' } | { kind: 'problem'; sentence: string };

/**
 * Reads and checks the configuration of one app, and reports everything that is wrong at once.
 * @param env the environment; a secret may come from the file that `<KEY>_FILE` names. Keys of other apps are let be.
 * @throws ConfigError that lists each key with what is wrong and what is expected, and no value.
 */
export function readConfig<A extends App>(app: A, env: Environment, host: Host = thisHost): Config<A> {
  const problems: ConfigProblem[] = [];
  const config: Record<string, unknown> = {};
  for (const [name, row] of Object.entries(table as Readonly<Record<string, AnyKey>>)) {
    if (!row.apps.includes(app)) continue;
    const given = readGiven(row, env, host);
    if (given.kind === 'problem') {
      problems.push({ key: row.env, sentence: given.sentence });
      continue;
    }
    const text = given.kind === 'text' ? given.text : textWhenAbsent(row, app, env, host);
    if (text === undefined) {
      config[name] = undefined;
      if (row.whenAbsent.kind !== 'optional')
        problems.push({ key: row.env, sentence: `is missing; expected ${row.expected}` });
      continue;
    }
    const checked = row.schema.safeParse(text);
    if (checked.success) config[name] = checked.data;
    else problems.push({ key: row.env, sentence: `${firstMessage(checked.error)}; expected ${row.expected}` });
  }
  problems.push(...strangers(env));
  if (problems.length > 0) throw new ConfigError(app, problems);
  // The loop above puts one checked value under each name that Config<A> lists; the compiler cannot follow it.
  return config as Config<A>;
}

function readGiven(row: AnyKey, env: Environment, host: Host): Given {
  const text = emptyToAbsent(env[row.env]);
  const path = row.secret ? emptyToAbsent(env[`${row.env}_FILE`]) : undefined;
  if (path === undefined) return text === undefined ? { kind: 'absent' } : { kind: 'text', text };
  if (text !== undefined) return { kind: 'problem', sentence: `and ${row.env}_FILE are both given; give one of them` };
  try {
    // Editors and `echo` end a file with a line break that is no part of the secret.
    const content = host.readText(path).replace(/\r?\n$/, '');
    return content === ''
      ? { kind: 'problem', sentence: `is given by the file ${path}, which is empty` }
      : { kind: 'text', text: content };
  } catch (error) {
    return { kind: 'problem', sentence: `is given by the file ${path}, which cannot be read (${errorCode(error)})` };
  }
}

/** Compose passes `${KEY:-}` as an empty text: that is not a value. */
function emptyToAbsent(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

function textWhenAbsent(row: AnyKey, app: App, env: Environment, host: Host): string | undefined {
  switch (row.whenAbsent.kind) {
    case 'required':
    case 'optional':
      return undefined;
    case 'default':
      return row.whenAbsent.text;
    case 'defaultIn':
      return row.whenAbsent.texts[app];
    case 'derived':
      return row.whenAbsent.from(env, host);
  }
}

function strangers(env: Environment): ConfigProblem[] {
  return findUnknownKeys(env, Object.values(table)).map(({ key, nearest }) => ({
    key,
    sentence: nearest === undefined ? 'is not a known key' : `is not a known key; did you mean ${nearest}?`,
  }));
}

function firstMessage(error: { issues: readonly { message: string }[] }): string {
  return error.issues[0]?.message ?? 'is not usable';
}
