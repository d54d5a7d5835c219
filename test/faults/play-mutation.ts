import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { type Shortage } from '../kit/processor-shortage';
import { type FairPlay, type Played, playFairly, watched } from './fair-play';
import { type Finding, type Mutation } from './mutations';
import { marksKey, type SwitchedOff, switchedOffKey } from './mutations/switched-off';
import { needsOf } from './row';
import { runRow, type RunResult } from './run-row';
import { startExperiment } from './start-experiment';

/** What came of one mutation. */
export interface MutationResult {
  readonly mutation: Mutation;
  /** The run in which the row turned red with what was expected; null: in none. */
  readonly foundIn: number | null;
  /** All that was found in the last run without the rule. */
  readonly found: readonly string[];
  /** How many of them are what was expected. */
  readonly foundCount: number;
  /** What was broken in the same run with the rule in force. */
  readonly brokenWhole: readonly string[];
  readonly tookMs: number;
}

/**
 * Plays its row without the rule until it is red, then the same run with the rule in force. Rejects when that could not be
 * played, in as many tries as there may be runs.
 */
export async function playMutation(mutation: Mutation, seed: number): Promise<MutationResult> {
  const startedAt = Date.now();
  const { breaks, runsMax } = mutation;
  let foundIn: number | null = null;
  let found: readonly string[] = [];
  let fault: unknown = null;
  for (let run = 0; run < runsMax && foundIn === null; run++) {
    try {
      const isBeyond = (result: RunResult, shortage: Shortage): boolean => isBeyondShortage(breaks, result, shortage);
      found = await judged(mutation, () => playWithout(mutation, seed, run), isBeyond);
      if (found.some((sentence) => isOne(breaks, sentence))) foundIn = run;
    } catch (error) {
      fault = error;
    }
  }
  if (foundIn === null && fault !== null) throw fault as Error;
  const brokenWhole = await playWhole(mutation, seed, foundIn ?? 0);
  return {
    ...{ mutation, foundIn, found, brokenWhole },
    foundCount: found.filter((sentence) => isOne(breaks, sentence)).length,
    tookMs: Date.now() - startedAt,
  };
}

/** Sentences of the oracle begin with their invariant. */
function isOne(breaks: Finding, sentence: string): boolean {
  const invariant = /^I[1-7]\b/.exec(sentence)?.[0];
  return breaks === 'own' ? invariant === undefined : invariant === breaks;
}

/**
 * Whether what was to be found was, and is no slowness: something was done that must not be, or a ghost is later than any
 * process has waited for a processor in the whole run. What a row finds by itself may be slowness.
 */
function isBeyondShortage(breaks: Finding, result: RunResult, { waitedInAllMs, stalledMs }: Shortage): boolean {
  if (breaks === 'own' || !result.violations.some((sentence) => isOne(breaks, sentence))) return false;
  return breaks !== 'I3' || result.overdueMs > waitedInAllMs + stalledMs;
}

/** What that run broke. Rejects when no fair run could be had, since nothing is shown then, one way or the other. */
async function judged(
  { name, times }: Mutation,
  play: () => Promise<Played<RunResult>>,
  isBeyond: FairPlay<RunResult>['isBeyond'],
): Promise<readonly string[]> {
  const { result, notJudged } = await playFairly({
    boundMs: times.detectionMs,
    play,
    isRed: ({ violations }) => violations.length > 0,
    isBeyond,
  });
  if (notJudged !== null) throw new Error(`${name}: not judged: ${notJudged}; ${result.violations[0] ?? ''}`);
  return result.violations;
}

/** In as many tries as there may be runs, when it cannot be played. */
async function playWhole(mutation: Mutation, seed: number, run: number): Promise<readonly string[]> {
  for (let tries = 1; ; tries++) {
    try {
      return await judged(mutation, () => playOn(mutation, [], {}, seed, run), undefined);
    } catch (error) {
      if (tries >= mutation.runsMax) throw error;
    }
  }
}

async function playWithout(mutation: Mutation, seed: number, run: number): Promise<Played<RunResult>> {
  const folder = await mkdtemp(join(tmpdir(), 'mutation-'));
  const marks = join(folder, 'marks');
  try {
    const played = await playOn(mutation, [mutation.off], { [marksKey]: marks }, seed, run);
    const marked = await readFile(marks, 'utf8').catch(() => '');
    if (!marked.split('\n').includes(mutation.off))
      throw new Error(`${mutation.name}: what was switched off made no difference, so nothing is shown`);
    return played;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** On a site of its own: whatever a mutation has broken, nobody else meets it. */
async function playOn(
  { row, times, disturbed }: Mutation,
  off: readonly SwitchedOff[],
  marks: Readonly<Record<string, string>>,
  seed: number,
  run: number,
): Promise<Played<RunResult>> {
  const needs = needsOf(row, run);
  const changes = disturbed === undefined ? off : [disturbed, ...off];
  const preload = join(packageRoot(), 'dist', 'test', 'faults', 'mutations', 'switch-off.js');
  const changed = {
    NODE_OPTIONS: `--require ${JSON.stringify(preload)}`,
    [switchedOffKey]: changes.join(','),
    ...marks,
  };
  const env = { ...needs.env, ...(changes.length === 0 ? {} : changed) };
  const experiment = await startExperiment('lastcall', times, 'small', { ...needs, env });
  try {
    // A new store holds everything back (rule GEN): a race that was to be shown would be over by then.
    await experiment.site.untilIssuable();
    return await watched(times.detectionMs, () => runRow(row, experiment, seed, run));
  } finally {
    await experiment.stop();
  }
}

/** A line for people, and what is wrong below it. */
export function describeMutation(result: MutationResult): string[] {
  const { mutation, foundIn, found, foundCount, brokenWhole, tookMs } = result;
  const { name, row, breaks, isVariant } = mutation;
  const where = `row ${String(row.number)}${isVariant ? ', variant' : ''}`;
  const verdict =
    foundIn === null
      ? `NOT FOUND in ${String(mutation.runsMax)} runs`
      : `red in run ${String(foundIn + 1)} (${String(foundCount)} × ${breaks})`;
  const whole = brokenWhole.length === 0 ? 'green with the rule in force' : 'BROKEN with the rule in force';
  const others = foundIn === null ? found : found.filter((sentence) => isOne(breaks, sentence)).slice(0, 1);
  return [
    `${name}: ${where}: ${verdict}; ${whole}; ${(tookMs / 1_000).toFixed(1)} s`,
    ...others.map((sentence) => `    without: ${sentence}`),
    ...brokenWhole.map((sentence) => `    in force: ${sentence}`),
  ];
}
