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
  const where =
    burst.length === 0
      ? 'Many at once, some minutes ago'
      : burst.length === 1
        ? `Many at once on the ${String(burst[0]?.side)} side: ${String(lastMinute(burst[0]))} desktops lost within a minute`
        : `Everybody: ${String(burst.reduce((sum, side) => sum + lastMinute(side), 0))} desktops lost on both sides within a minute`;
  const held = protectedCount > 0 ? ` ${String(protectedCount)} are held by the mass-loss protection.` : '';
  return { scope: 'many', sentence: `${where}; ${plural(open, 'agent')} without a desktop.${held}` };
}

function lastMinute(side: SideState | undefined): number {
  return side?.lossesPerMinute.at(-1) ?? 0;
}

export function plural(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
}
