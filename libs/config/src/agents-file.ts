import { readFileSync, statSync } from 'node:fs';
import { parse, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { foldAgentId, isAgentId, isAgentName, notALoginName, notAnAgentId } from '#domain/agent-id';
import { ConfigError, type ConfigProblem, errorCode } from './config-error';
import { parsePasswordHash, type PasswordHash } from './password-hash';

/** Administrators may read what is not their own; the others are told to clients and mean nothing here. */
export type Role = 'Agent' | 'Supervisor' | 'Administrator';

/** Who may sign in through REST, as AGENTS_FILE says it. */
export interface AgentProfile {
  readonly agentId: string;
  /** Undefined where the agent signs in by id alone. */
  readonly loginName: string | undefined;
  readonly firstName: string;
  readonly lastName: string;
  /** Undefined where the agent may sit anywhere. */
  readonly extension: string | undefined;
  readonly team: string | undefined;
  readonly roles: readonly Role[];
  /** Undefined for those who come with a bearer token only. */
  readonly password: PasswordHash | undefined;
}

/** By folded id (`foldAgentId`); each profile has the id as the file spells it. */
export type AgentProfiles = ReadonlyMap<string, AgentProfile>;

/** A peripheral has at most some 12 000 agents of some 300 bytes each. */
const fileBytesMax = 8 * 1024 * 1024;
const agentsMax = 20_000;
/** A wrong file can be wrong in every entry; the first ones tell the story. */
const problemsMax = 20;

const roleWords: Readonly<Record<string, Role>> = {
  agent: 'Agent',
  supervisor: 'Supervisor',
  administrator: 'Administrator',
};

const words = (lengthMax: number): z.ZodType<string> =>
  z.string('is not text').refine((text) => text.length <= lengthMax && !/[\u0000-\u001f\u007f]/.test(text), {
    error: `is not text of at most ${String(lengthMax)} characters`,
  });

const entry = z.strictObject(
  {
    id: z
      .string({ error: ({ input }) => (input === undefined ? 'is missing' : 'is not text') })
      .refine(isAgentId, notAnAgentId),
    loginName: z.string('is not text').refine(isAgentName, notALoginName).optional(),
    firstName: words(64).default(''),
    lastName: words(64).default(''),
    extension: z
      .string('is not text')
      .refine((text) => /^\+?\d{1,14}$/.test(text), 'is not an extension (1 to 14 digits, + before them if need be)')
      .optional(),
    team: words(64).optional(),
    roles: z
      .array(
        z.string('is not text').transform((word, context): Role => {
          const role = roleWords[word.toLowerCase()];
          if (role !== undefined) return role;
          context.addIssue({ code: 'custom', message: 'is not agent, supervisor or administrator' });
          return z.NEVER;
        }),
        'is not a list',
      )
      .default(['Agent']),
    password: z
      .string('is not text')
      .transform((text, context): PasswordHash => {
        const hash = parsePasswordHash(text);
        if (hash !== undefined) return hash;
        context.addIssue({ code: 'custom', message: 'is not a hash made by: lastcall agents hash' });
        return z.NEVER;
      })
      .optional(),
  },
  'is not a set of named fields',
);

const file = z.strictObject({ agents: z.array(z.unknown(), 'is not a list') }, 'is not a set of named fields');

/** @throws ConfigError that names each faulty entry and field, and of values ids alone. */
export function loadAgents(path: string): AgentProfiles {
  const subject = `the agents' file ${path}`;
  return parseAgents(readText(path, subject), subject);
}

/** The same from text, YAML or JSON; `subject` names it in errors. */
export function parseAgents(text: string, subject: string): AgentProfiles {
  const checked = file.safeParse(parseText(text, subject));
  if (!checked.success) throw new ConfigError(subject, checked.error.issues.map(describe('')));
  const { agents } = checked.data;
  if (agents.length > agentsMax) {
    throw new ConfigError(subject, [{ key: 'agents', sentence: `has more than ${String(agentsMax)} entries` }]);
  }
  const entries = agents.map(readEntry);
  const profiles = new Map<string, AgentProfile>();
  const problems = entries.flatMap((one) => (one.kind === 'wrong' ? one.problems : addId(profiles, one)));
  problems.push(...loginNameProblems(profiles, entries));
  if (problems.length > 0) throw new ConfigError(subject, problems.slice(0, problemsMax));
  return profiles;
}

type Entry =
  | { readonly kind: 'right'; readonly place: string; readonly profile: AgentProfile }
  | { readonly kind: 'wrong'; readonly problems: readonly ConfigProblem[] };

function readEntry(one: unknown, index: number): Entry {
  const checked = entry.safeParse(one);
  const place = `agents[${String(index)}]`;
  if (!checked.success) return { kind: 'wrong', problems: checked.error.issues.map(describe(place)) };
  const { id, loginName, firstName, lastName, extension, team, roles, password } = checked.data;
  const profile = { agentId: id, loginName, firstName, lastName, extension, team, roles, password };
  return { kind: 'right', place, profile };
}

function addId(profiles: Map<string, AgentProfile>, { place, profile }: Entry & { kind: 'right' }): ConfigProblem[] {
  const { agentId } = profile;
  const before = profiles.get(foldAgentId(agentId))?.agentId;
  if (before === agentId) return [{ key: `${place}.id`, sentence: 'is that of an entry before' }];
  // XMPP does not tell such accounts apart, so a desktop there could be anybody's.
  if (before !== undefined) {
    const sentence = `is ${agentId}, which differs in case alone from ${before} of an entry before`;
    return [{ key: `${place}.id`, sentence }];
  }
  profiles.set(foldAgentId(agentId), profile);
  return [];
}

/** A login name means one agent: it is neither that of another entry nor the id of one, before or after it in the file. */
function loginNameProblems(profiles: ReadonlyMap<string, AgentProfile>, entries: readonly Entry[]): ConfigProblem[] {
  const owners = new Map<string, string>();
  return entries.flatMap((one): ConfigProblem[] => {
    if (one.kind === 'wrong' || one.profile.loginName === undefined) return [];
    const { agentId, loginName } = one.profile;
    const folded = foldAgentId(loginName);
    const key = `${one.place}.loginName`;
    const named = profiles.get(folded)?.agentId;
    if (named !== undefined && named !== agentId) {
      return [{ key, sentence: `of agent ${agentId} is ${loginName}, the id of another agent` }];
    }
    const owner = owners.get(folded);
    if (owner === undefined) owners.set(folded, agentId);
    else if (owner !== agentId)
      return [{ key, sentence: `of agent ${agentId} is ${loginName}, as that of agent ${owner}` }];
    return [];
  });
}

type Issue = { code: string; path: readonly PropertyKey[]; message: string; keys?: readonly string[] };

function describe(place: string): (issue: Issue) => ConfigProblem {
  return ({ code, path, message, keys }) => {
    const key = [place, ...path.map(String)].filter(Boolean).join('.');
    const sentence = code === 'unrecognized_keys' ? `has unknown fields: ${(keys ?? []).join(', ')}` : message;
    return { key: key === '' ? 'the file' : key, sentence };
  };
}

function parseText(text: string, subject: string): unknown {
  if (/^\s*\{/.test(text)) {
    try {
      // A file that a program wrote: twenty times as fast as reading it as YAML, and no server stands still for it.
      return JSON.parse(text);
    } catch {
      // YAML has braces, too.
    }
  }
  try {
    // 'failsafe' leaves every scalar a text: agent 0012 stays 0012.
    return parse(text, { schema: 'failsafe', maxAliasCount: 100 });
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const key = error.linePos === undefined ? 'the file' : `line ${String(error.linePos[0].line)}`;
    throw new ConfigError(subject, [{ key, sentence: `is neither YAML nor JSON (${error.code})` }]);
  }
}

function readText(path: string, subject: string): string {
  try {
    if (statSync(path).size > fileBytesMax) {
      throw new ConfigError(subject, [{ key: 'the file', sentence: `is larger than ${String(fileBytesMax)} bytes` }]);
    }
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const sentence = `names a file that cannot be read (${errorCode(error)})`;
    throw new ConfigError(subject, [{ key: 'AGENTS_FILE', sentence }]);
  }
}
