import { type MassLossPolicy } from '#domain/policy';
import { type Reading, type SideState, type Verdict } from './overview';

/** Answers "one agent or everybody?" in one sentence. */
export function judge(reading: Reading, massLoss: MassLossPolicy): Verdict {
  const { phases, sides } = reading;
  if (sides.every(({ servers }) => servers.every(({ state }) => state === 'lapsed'))) {
    return {
      scope: 'blind',
      sentence: 'No server is alive: presence is not known, and no loss can be told from an outage.',
    };
  }
  const open = phases.grace + phases.held + phases.issuing;
  const burst = sides.filter((side) => isBurst(side, massLoss));
  const protectedCount = reading.heldReasons.massLoss ?? 0;
  if (burst.length > 0 || protectedCount > 0) return many(burst, open, protectedCount);
  if (open === 0) {
    return {
      scope: 'quiet',
      sentence: `Nobody is about to be signed out. ${plural(phases.present, 'agent')} present.`,
    };
  }
  if (open === 1)
    return { scope: 'one', sentence: `One agent has lost its desktop; ${String(phases.present)} others are present.` };
  return {
    scope: 'several',
    sentence: `${plural(open, 'agent')} without a desktop, one by one and not in a burst; ${String(phases.present)} others are present.`,
  };
}

/** The same measure as the mass-loss protection's, over the last minute. */
function isBurst(side: SideState, massLoss: MassLossPolicy): boolean {
  const lost = lastMinute(side);
  return lost >= Math.max(massLoss.lossesMin, massLoss.share * (side.present + lost));
}

function many(burst: readonly SideState[], open: number, protectedCount: number): Verdict {
  const lost = burst.reduce((sum, side) => sum + lastMinute(side), 0);
  const where = burst.length > 1 ? 'both sides' : `the ${String(burst[0]?.side)} side`;
  const how = burst.length === 0 ? 'The burst is over' : `${plural(lost, 'desktop')} lost on ${where} within a minute`;
  const guard = protectedCount > 0 ? ' The mass-loss protection is on.' : '';
  return { scope: 'many', sentence: `${how}; ${plural(open, 'agent')} without a desktop.${guard}` };
}

function lastMinute(side: SideState): number {
  return side.lossesPerMinute.at(-1) ?? 0;
}

export function plural(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
