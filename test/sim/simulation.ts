import { type JournalLine } from '#store/journal-line';
import { DayMaker } from './day-maker';
import { FaultMaker } from './fault-maker';
import { AgentLife } from './life';
import { judge } from './oracle';
import { hasGhost } from './oracle-ghosts';
import { usualRules, type Violation } from './oracle-rules';
import { agentCountOf, describePlan, makePlan, type Plan } from './plan';
import { Stage } from './stage';
import { type Switches } from './switches';
import { installVirtualTime } from './virtual-globals';
import { epochMs } from './virtual-time';
import { type FaultKind } from './weather';
import { agentIdsOf, World } from './world';

export interface SimulationResult {
  readonly seed: number;
  readonly plan: Plan;
  /** What is printed before anything happens. */
  readonly heading: string;
  readonly violations: readonly Violation[];
  /** Empty unless it was asked for. */
  readonly lines: readonly string[];
  readonly injected: ReadonlyMap<FaultKind, number>;
  readonly losses: number;
  readonly logouts: number;
  readonly virtualMs: number;
  readonly happenings: number;
}

export interface SimulationOptions {
  readonly switches?: Switches;
  readonly isVerbose?: boolean;
  /** Changes what the seed planned, to show a certain thing. */
  readonly adapt?: (plan: Plan) => Plan;
}

const streams = { plan: 1, faults: 2, dayPlan: 3, days: 4, addedFaults: 5, lives: 100 } as const;

/** What a seed plans, without carrying it out. */
export function planOf(seed: number): Plan {
  return drawPlan(new Stage(seed, false));
}

function drawPlan(stage: Stage): Plan {
  const { plan, dayPlan, addedFaults } = streams;
  return makePlan(stage.seed, stage.stream(plan), stage.stream(dayPlan), stage.stream(addedFaults));
}

/** When everything has come to rest it has to stay so for this long. */
const restMs = 15_000;
const lookMs = 2_500;

/** What a ghost may have to wait for after the last fault: two graces, and in a mass loss its longest hold. */
const endMsMax = 420_000;
const massLossMsMax = 16 * 60_000;

/** Runs one seed, from the first desktop to the time when nothing is left to do, and lets the oracle judge it. */
export async function simulate(seed: number, options: SimulationOptions = {}): Promise<SimulationResult> {
  const stage = new Stage(seed, options.isVerbose ?? false);
  const planned = drawPlan(stage);
  const plan = options.adapt?.(planned) ?? planned;
  const restore = installVirtualTime(stage.time);
  try {
    const world = new World(stage, plan, options.switches ?? new Set());
    const lives = new Map<string, AgentLife>();
    const faults = new FaultMaker(world, lives, stage.stream(streams.faults));
    for (const [n, agentId] of agentIdsOf(plan).entries())
      lives.set(agentId, new AgentLife(world, plan, agentId, stage.stream(streams.lives + n)));
    const days = new DayMaker(world, lives, stage.stream(streams.days));
    const busyUntil = (): number => Math.max(plan.activeMs + 5_000, days.endsAt, faults.healedAt);
    await stage.time.runUntil(() => latestEnd(plan, busyUntil()), restWatch(world, busyUntil));
    const journal = world.cluster.master.journalByTrueTime(epochMs);
    const endsAt = stage.time.now;
    const violations = judge(stage.observations, journal, { endsAt, journalEpochMs: epochMs });
    return resultOf(stage, plan, violations, journal);
  } finally {
    restore();
  }
}

function latestEnd(plan: Plan, busyUntil: number): number {
  const crowdMs = agentCountOf(plan) >= 5 ? massLossMsMax + agentCountOf(plan) * 13_000 : 0;
  return busyUntil + endMsMax + crowdMs;
}

/** True when nothing is left to do: no ghost, no open loss, every desktop acknowledged, for a while. */
function restWatch(world: World, busyUntil: () => number): () => boolean {
  const { time } = world.stage;
  let looksAt = 0;
  let restsSince = Number.POSITIVE_INFINITY;
  return () => {
    if (time.now < looksAt) return false;
    looksAt = time.now + lookMs;
    const isAtRest = time.now > busyUntil() && isQuiet(world);
    if (!isAtRest) restsSince = Number.POSITIVE_INFINITY;
    else restsSince = Math.min(restsSince, time.now);
    return time.now - restsSince >= restMs;
  };
}

function isQuiet(world: World): boolean {
  if (world.cluster.master.unsettled > 0) return false;
  if (!world.desktops.every((desktop) => !desktop.wants || desktop.isAcknowledged)) return false;
  return !hasGhost(world.stage.observations, usualRules);
}

function resultOf(
  stage: Stage,
  plan: Plan,
  violations: readonly Violation[],
  journal: readonly JournalLine[],
): SimulationResult {
  return {
    seed: plan.seed,
    plan,
    heading: describePlan(plan),
    violations,
    lines: stage.lines,
    injected: stage.injected,
    losses: journal.filter(({ entry }) => entry.what === 'lossBegan').length,
    logouts: stage.observations.filter(
      (observation) => observation.what === 'took' && observation.became === 'loggedOut',
    ).length,
    virtualMs: stage.time.now,
    happenings: stage.time.happened,
  };
}
