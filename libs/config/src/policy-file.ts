import { readFileSync, statSync } from 'node:fs';
import { foldAgentId } from '#domain/agent-id';
import { type Policy } from '#domain/policy';
import { parse, YAMLParseError } from 'yaml';
import { ConfigError, type ConfigProblem, errorCode } from './config-error';
import { type PolicyFile, type PolicyOverride, policyFileSchema } from './policy-file-schema';

/** Which policy treats whose losses. Read with `policyOf`. */
export interface Policies {
  readonly default: Policy;
  readonly teams: ReadonlyMap<string, Policy>;
  /** Folded agent id → team. */
  readonly agents: ReadonlyMap<string, string>;
}

/** A peripheral has at most some 12 000 agents; one line for each is well below this. */
const fileBytesMax = 4 * 1024 * 1024;

/** The policy of the agent's team, or the default. */
export function policyOf(policies: Policies, agentId: string): Policy {
  return policies.teams.get(policies.agents.get(foldAgentId(agentId)) ?? '') ?? policies.default;
}

/**
 * The policies of a configuration: the file's where there is one, on top of what `fallback` says.
 * @throws ConfigError naming each faulty place in the file, e.g. `teams.sales.stages.0.reasonCode`.
 */
export function loadPolicies(policyFile: string | undefined, fallback: Policy): Policies {
  if (policyFile === undefined) return { default: fallback, teams: new Map(), agents: new Map() };
  const subject = `the policy file ${policyFile}`;
  return parsePolicies(readText(policyFile, subject), subject, fallback);
}

/** The same from text; `subject` names it in errors. YAML and JSON (which is YAML) alike. */
export function parsePolicies(text: string, subject: string, fallback: Policy): Policies {
  const checked = policyFileSchema.safeParse(parseYaml(text, subject));
  if (!checked.success) {
    throw new ConfigError(subject, checked.error.issues.map(describeIssue));
  }
  const file = checked.data;
  const common = overlay(fallback, file.default ?? {});
  const teams = new Map(Object.entries(file.teams ?? {}).map(([team, override]) => [team, overlay(common, override)]));
  const agents = new Map(Object.entries(file.agents ?? {}).map(([agentId, team]) => [foldAgentId(agentId), team]));
  const problems = [...teamsThatAreMissing(file, teams), ...agentsNamedTwice(file)];
  if (problems.length > 0) throw new ConfigError(subject, problems);
  return { default: common, teams, agents };
}

function parseYaml(text: string, subject: string): unknown {
  try {
    // 'failsafe' leaves every scalar a text: agent 0012 stays 0012, and one set of schemas reads all values.
    return parse(text, { schema: 'failsafe', maxAliasCount: 100 }) ?? {};
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const place = error.linePos === undefined ? 'the file' : `line ${String(error.linePos[0].line)}`;
    throw new ConfigError(subject, [{ key: place, sentence: `is neither YAML nor JSON (${error.code})` }]);
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
    throw new ConfigError(subject, [
      { key: 'POLICY_FILE', sentence: `names a file that cannot be read (${errorCode(error)})` },
    ]);
  }
}

/** Stages are replaced as a whole, graces and mass loss field by field. */
function overlay(base: Policy, override: PolicyOverride): Policy {
  return {
    ...base,
    ...override,
    stages: override.stages ?? base.stages,
    graceMs: { ...base.graceMs, ...override.graceMs },
    massLoss: { ...base.massLoss, ...override.massLoss },
  };
}

function teamsThatAreMissing(file: PolicyFile, teams: ReadonlyMap<string, Policy>): ConfigProblem[] {
  return Object.entries(file.agents ?? {}).flatMap(([agentId, team]) =>
    teams.has(team) ? [] : [{ key: `agents.${agentId}`, sentence: 'names a team that is not under teams' }],
  );
}

/** One agent under two spellings: it would hang on their order which team counts. */
function agentsNamedTwice(file: PolicyFile): ConfigProblem[] {
  const spellings = Map.groupBy(Object.keys(file.agents ?? {}), foldAgentId);
  return [...spellings.values()].flatMap(([first, ...others]) =>
    others.map((other) => ({
      key: `agents.${other}`,
      sentence: `differs in case alone from agents.${String(first)}; agents are told apart by more than that`,
    })),
  );
}

type Issue = { code: string; path: readonly PropertyKey[]; message: string; keys?: readonly string[] };

function describeIssue(issue: Issue): ConfigProblem {
  const key = issue.path.length === 0 ? 'the file' : issue.path.map(String).join('.');
  switch (issue.code) {
    case 'unrecognized_keys':
      return { key, sentence: `has unknown fields: ${(issue.keys ?? []).join(', ')}` };
    case 'invalid_key':
      return { key, sentence: 'is not a name; expected letters, digits, dot, underscore and hyphen, at most 64' };
    default:
      return { key, sentence: issue.message };
  }
}
