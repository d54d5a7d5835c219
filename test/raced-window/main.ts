import { parseArgs } from 'node:util';
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

interface Window {
  readonly receivedMs: number;
  readonly effectMs: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { logouts: { type: 'string', default: '500' } } });
  const count = Number(values.logouts);
  const site = await startSite({
    times: { detectionMs: 60_000, leaseMs: 15_000 },
    env: { SIM_AGENTS: String(2 * count), CTI_REQUESTS_PER_SECOND_MAX: '10' },
  });
  try {
    await site.untilIssuable();
    // The simulator carries changes out at once; what a CTI server takes for it comes on top.
    const calm = agentsFrom(1001, count);
    const busy = agentsFrom(1001 + count, count);
    print('one after the other, 20 per second', await measure(site, calm, 50));
    print(`all ${String(count)} at once`, await measure(site, busy, 0));
  } finally {
    await site.stop();
  }
}

function agentsFrom(first: number, count: number): string[] {
  return Array.from({ length: count }, (_, n) => String(first + n));
}

/** All are signed in with a desktop, then leave, one each `everyMs`. */
async function measure(site: Site, agentIds: readonly string[], everyMs: number): Promise<Window[]> {
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

function print(what: string, windows: readonly Window[]): void {
  const figures = (['receivedMs', 'effectMs'] as const).map((name) => {
    const sorted = windows.map((window) => window[name]).sort((one, other) => one - other);
    const at = (share: number): string => String(sorted[Math.ceil(share * sorted.length) - 1]);
    return `${name}: median ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)}`;
  });
  process.stdout.write(`${what}, ${String(windows.length)} logouts: ${figures.join('; ')}\n`);
}

void main();
