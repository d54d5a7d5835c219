import { agentCountOf } from './plan';
import { type SimulationResult } from './simulation';
import { type FaultKind, faultKinds } from './weather';

/** What is counted over many seeds. */
export interface Summary {
  seeds: number;
  agents: number;
  largest: number;
  losses: number;
  logouts: number;
  virtualMs: number;
  happenings: number;
  injected: Partial<Record<FaultKind, number>>;
  failed: number[];
}

export function emptySummary(): Summary {
  return {
    seeds: 0,
    agents: 0,
    largest: 0,
    losses: 0,
    logouts: 0,
    virtualMs: 0,
    happenings: 0,
    injected: {},
    failed: [],
  };
}

export function summaryOf(result: SimulationResult): Summary {
  const { plan, losses, logouts, virtualMs, happenings, injected, violations, seed } = result;
  return {
    seeds: 1,
    agents: agentCountOf(plan),
    largest: agentCountOf(plan),
    losses,
    logouts,
    virtualMs,
    happenings,
    injected: Object.fromEntries(injected),
    failed: violations.length === 0 ? [] : [seed],
  };
}

export function addSummary(to: Summary, more: Summary): void {
  to.seeds += more.seeds;
  to.agents += more.agents;
  to.largest = Math.max(to.largest, more.largest);
  to.losses += more.losses;
  to.logouts += more.logouts;
  to.virtualMs += more.virtualMs;
  to.happenings += more.happenings;
  to.failed.push(...more.failed);
  for (const kind of faultKinds) to.injected[kind] = (to.injected[kind] ?? 0) + (more.injected[kind] ?? 0);
}

const violationsShownMax = 10;

/** The command that shows it again. */
export function againLine(seed: number): string {
  return `  again: npm run sim -- --seed ${String(seed)} --verbose`;
}

/** One seed as text: its plan, what was broken, how to see it again; with `isVerbose` everything that happened. */
export function report(result: SimulationResult, isVerbose: boolean): string[] {
  const { heading, lines, violations, seed } = result;
  if (violations.length === 0 && !isVerbose) return [];
  const told = violations
    .slice(0, violationsShownMax)
    .map(
      ({ invariant, at, agentId, sentence }) =>
        `  ${invariant} at ${(at / 1000).toFixed(3)} s, agent ${agentId}: ${sentence}`,
    );
  const verdict = violations.length === 0 ? ['  no invariant is broken'] : told;
  const again = violations.length === 0 ? [] : [againLine(seed)];
  return [heading, ...(isVerbose ? lines : []), ...verdict, ...again];
}

/** The last lines of a run. */
export function summaryLines(summary: Summary): string[] {
  const { seeds, agents, largest, losses, logouts, virtualMs, happenings, failed } = summary;
  const kinds = faultKinds.map((kind) => `  ${kind}: ${String(summary.injected[kind] ?? 0)}`);
  const hours = (virtualMs / 3_600_000).toFixed(1);
  return [
    'faults injected',
    ...kinds,
    `${String(seeds)} seeds, ${String(agents)} agents (at most ${String(largest)} in one), ${String(losses)} losses, ${String(logouts)} forced logouts, ${hours} hours of virtual time, ${String(happenings)} happenings`,
    failed.length === 0
      ? 'no seed broke an invariant'
      : `broken by ${String(failed.length)}: seeds ${failed.join(' ')}`,
  ];
}
