import { readFileSync, statSync } from 'node:fs';
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { ConfigError, errorCode } from '#config/config-error';
import { agentsMax } from '../model/agents';

/** A scenario has some twenty lines; what is longer is something else. */
const fileBytesMax = 65_536;
/** YAML aliases that one scenario may use; it needs none. */
const aliasesMax = 10;
const secondsMax = 86_400;
const secondsPerMinute = 60;
const nameLengthMax = 80;
const seedMax = 0xffff_ffff;

const seconds = z.number().positive().max(secondsMax);
const share = z.number().min(0).max(1);

const range = z
  .strictObject({ min: seconds, max: seconds })
  .refine(({ min, max }) => min <= max, 'must have a min that is not above its max');

const calls = z
  .strictObject({
    /** Routed calls to each agent who is signed in. */
    perAgentPerMinute: z.number().positive().max(60),
    /** One length for all, or a range in which every length is as likely. */
    talkSeconds: z.union([seconds.transform((only) => ({ min: only, max: only })), range], {
      error: 'must be a number of seconds, or min and max',
    }),
  })
  .refine(({ perAgentPerMinute, talkSeconds }) => meanOf(talkSeconds) < secondsPerMinute / perAgentPerMinute, {
    error: 'leaves no time between calls: the mean talk time must be shorter than 60 s / perAgentPerMinute',
    path: ['talkSeconds'],
  });

const scenarioSchema = z
  .strictObject({
    name: z.string().min(1).max(nameLengthMax),
    /** The same seed makes the same deeds at the same times. */
    seed: z.int().min(0).max(seedMax).default(1),
    agents: z.int().min(1).max(agentsMax),
    /** Without it the scenario goes on until it is stopped. */
    durationSeconds: seconds.optional(),
    /** The first sign-ins are spread over this time. */
    rampSeconds: z.number().min(0).max(secondsMax).default(10),
    calls: calls.optional(),
    /** Means; each stretch is drawn by itself (exponential). Without it agents stay signed in. */
    churn: z.strictObject({ signedInSeconds: seconds, signedOutSeconds: seconds }).optional(),
    /** crashShare: how often a desktop crashes where its agent would have signed out. */
    desktops: z
      .strictObject({ side: z.enum(['primary', 'secondary', 'alternate']), crashShare: share.default(0) })
      .optional(),
  })
  .refine((scenario) => scenario.desktops === undefined || scenario.desktops.crashShare === 0 || scenario.churn, {
    error: 'needs churn: desktops crash where agents would sign out',
    path: ['desktops', 'crashShare'],
  });

export type Scenario = z.infer<typeof scenarioSchema>;

export function meanOf(lengths: { readonly min: number; readonly max: number }): number {
  return (lengths.min + lengths.max) / 2;
}

/** What is wrong with a scenario, where: `line` is 0 when it came as JSON that was read before. */
export interface ScenarioProblem {
  readonly line: number;
  readonly field: string;
  readonly sentence: string;
}

export type ScenarioReading =
  | { readonly kind: 'scenario'; readonly scenario: Scenario }
  | { readonly kind: 'faulty'; readonly problems: readonly [ScenarioProblem, ...ScenarioProblem[]] };

/** Reads a scenario from YAML, or from JSON, which is YAML. */
export function readScenarioText(text: string): ScenarioReading {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const error = document.errors[0];
  if (error !== undefined) {
    const { line } = lines.linePos(error.pos[0]);
    return { kind: 'faulty', problems: [{ line, field: 'the file', sentence: `is no YAML (${error.code})` }] };
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: aliasesMax });
    return readScenario(value, (path) => lineOf(document, lines, path));
  } catch (failure) {
    if (!(failure instanceof ReferenceError)) throw failure;
    return { kind: 'faulty', problems: [{ line: 0, field: 'the file', sentence: 'has too many aliases' }] };
  }
}

/** The same from a value that was read already. */
export function readScenario(
  value: unknown,
  line: (path: readonly PropertyKey[]) => number = () => 0,
): ScenarioReading {
  const result = scenarioSchema.safeParse(value ?? {});
  if (result.success) return { kind: 'scenario', scenario: result.data };
  const [first, ...others] = result.error.issues.map((issue): ScenarioProblem => {
    const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] ?? ''] : issue.path;
    return { line: line(path), field: path.join('.') || 'the file', sentence: issue.message };
  });
  if (first === undefined) throw new Error('zod refused a scenario without an issue');
  return { kind: 'faulty', problems: [first, ...others] };
}

/**
 * Reads the file of `SIM_SCENARIO`.
 * @throws ConfigError naming the line and field of each fault
 */
export function loadScenario(path: string): Scenario {
  const subject = `the scenario file ${path}`;
  const reading = readScenarioText(readText(path, subject));
  if (reading.kind === 'scenario') return reading.scenario;
  const problems = reading.problems.map(({ line, field, sentence }) => ({ key: `line ${line}, ${field}:`, sentence }));
  throw new ConfigError(subject, problems);
}

function readText(path: string, subject: string): string {
  try {
    if (statSync(path).size <= fileBytesMax) return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(subject, [{ key: 'SIM_SCENARIO', sentence: `cannot be read (${errorCode(error)})` }]);
  }
  throw new ConfigError(subject, [{ key: 'SIM_SCENARIO', sentence: `is longer than ${fileBytesMax} bytes` }]);
}

/** The line of the key, or of the nearest one above it when it is missing. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const parent: unknown = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    if (!isMap(parent)) continue;
    const pair = parent.items.find(({ key }) => isScalar(key) && key.value === path[length - 1]);
    if (pair !== undefined && isNode(pair.key) && pair.key.range) return lines.linePos(pair.key.range[0]).line;
  }
  return 1;
}
