import { type TestDesktop } from '../kit/desktop';
import { type CtiRequest, type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

/**
 * How long somebody can act upon an agent past us without our seeing it in time: from the commit of `issuing` (the journal's
 * time, by the clock of Redis) until the CTI server has received the sign-out, and until it has its effect. Real servers,
 * workers, Redis and the simulated pair, on one machine and so on one clock.
 */

const groupSize = 50;

export interface RacedWindow {
  /** Until the CTI server has the request. */
  readonly receivedMs: number;
  /** Until it has its effect. */
  readonly effectMs: number;
}

export interface RacedWindows {
  /** One lost after the other, 20 per second. */
  readonly calm: readonly RacedWindow[];
  /** All lost at once. */
  readonly busy: readonly RacedWindow[];
}

/** Signs out `count` agents in each of the two ways. */
export async function racedWindows(count: number): Promise<RacedWindows> {
  const site = await startSite({
    times: { detectionMs: 60_000, leaseMs: 15_000 },
    env: { SIM_AGENTS: String(2 * count), CTI_REQUESTS_PER_SECOND_MAX: '10' },
  });
  try {
    await site.untilIssuable();
    // The simulator carries changes out at once; what a CTI server takes for it comes on top.
    const calm = await measure(site, agentsFrom(1001, count), 50);
    const busy = await measure(site, agentsFrom(1001 + count, count), 0);
    return { calm, busy };
  } finally {
    await site.stop();
  }
}

function agentsFrom(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, n) => String(first + n));
}

/** All are signed in with a desktop, then leave, one each `everyMs`. */
async function measure(site: Site, agentIds: readonly string[], everyMs: number): Promise<RacedWindow[]> {
  const desktops: TestDesktop[] = [];
  for (let from = 0; from < agentIds.length; from += groupSize) {
    const group = agentIds.slice(from, from + groupSize);
    await Promise.all(group.map((agentId) => site.signIn(agentId)));
    desktops.push(...(await Promise.all(group.map((agentId) => site.open(agentId)))));
  }
  const mine = new Set(agentIds);
  for (const desktop of desktops) {
    desktop.crash();
    if (everyMs > 0) await pause(everyMs);
  }
  const effective = async (): Promise<CtiRequest[] | undefined> => {
    const found = (await site.logouts()).filter((one) => one.effective && mine.has(one.agentId));
    return found.length === agentIds.length ? found : undefined;
  };
  const logouts = await waitFor('all to be signed out', effective);
  const committed = new Map<string, number>();
  for (const { agentId, at, entry } of await site.journal()) if (entry.what === 'issuing') committed.set(agentId, at);
  return logouts.map(({ agentId, at, outcomeAt }) => {
    const from = committed.get(agentId) ?? Number.NaN;
    return { receivedMs: at - from, effectMs: outcomeAt - from };
  });
}

export function describeWindows(windows: readonly RacedWindow[]): string {
  const figures = (['receivedMs', 'effectMs'] as const).map((name) => {
    const sorted = windows.map((window) => window[name]).sort((one, other) => one - other);
    const at = (share: number): string => String(sorted[Math.ceil(share * sorted.length) - 1]);
    return `${name}: median ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)}`;
  });
  return `${String(windows.length)} logouts: ${figures.join('; ')}`;
}
