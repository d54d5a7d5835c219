import { Roll } from '#store/roll';
import { peripheralId, type Site } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { PlainWatchedXmpp, watchComponents } from '../kit/site/watched-xmpp';
import { pause, waitFor } from '../kit/wait';
import { startProsody } from '../kit/xmpp/prosody';
import { openDesktops, XmppDesktop } from '../kit/xmpp/xmpp-desktop';
import { type XmppServer } from '../kit/xmpp/xmpp-server';
import { accounts, agents, password } from './xmpp-watch.spec-support';

/**
 * Everything together: Prosody, two servers that watch it as components of their own, workers, CTI servers and Redis. 400
 * agents have their desktops at Prosody alone; whatever becomes of it, nobody with a desktop is signed out.
 */

const everybody = agents(400);
/** At least so long: a restart of the XMPP server outlasts it, as it may in earnest. */
const graceMsMin = 4_000;
/** All come back within a grace, also on a machine that is busy: so it is so many times as long as opening took. */
const openingsPerGrace = 2;
let graceMs = graceMsMin;

let prosody: XmppServer;
let site: Site;
const desktops = new Map<string, XmppDesktop>();

async function open(agentIds: readonly string[]): Promise<void> {
  const ports = [prosody.c2sPort, prosody.websocketUrl];
  const opened = await openDesktops({ ports, users: agentIds, password });
  opened.forEach((desktop, index) => desktops.set(agentIds[index]!, desktop));
}

async function presentCount(): Promise<number> {
  return (await new Roll(site.redisConnection, { peripheralId, onUnreadable: () => undefined }).phaseCounts()).present;
}

async function untilPresent(count: number): Promise<void> {
  await waitFor(`${String(count)} agents to be present`, async () => (await presentCount()) === count);
}

async function untilReady(): Promise<void> {
  await Promise.all(Object.values(site.servers).map((server) => server.until('ready')));
}

/** Why the secondary server is not ready. */
async function missing(): Promise<string[]> {
  const answer = await fetch(`${site.servers.secondary.url}/health/ready`);
  const { missing: parts } = (await answer.json()) as { missing: { part: string }[] };
  return parts.map(({ part }) => part);
}

async function untilOut(): Promise<void> {
  await waitFor('readiness to name xmpp', async () => (await missing()).includes('xmpp'));
}

beforeAll(async () => {
  prosody = await startProsody({
    users: accounts(everybody),
    components: watchComponents,
    sm: false,
    lines: ['allow_unencrypted_plain_auth = true'],
  });
  const beganAt = Date.now();
  await open(everybody);
  graceMs = Math.max(graceMsMin, openingsPerGrace * (Date.now() - beganAt));
  const xmpp = new PlainWatchedXmpp(prosody);
  site = await startSite({ times: { graceMs, graceServerLostMs: graceMs }, env: { SIM_AGENTS: '400' }, xmpp });
  await Promise.all(everybody.map((agentId) => site.signIn(agentId, 'READY')));
  await untilPresent(400);
});

afterAll(async () => {
  for (const desktop of desktops.values()) desktop.kill();
  await site.stop();
});

it('signs out an agent whose desktop vanished from the XMPP server, once, when the grace is over', async () => {
  const lostAt = Date.now();
  desktops.get('1001')!.kill();
  await site.untilOutcome('1001', 'loggedOut');
  const requests = await site.logouts('1001');
  expect(requests).toHaveLength(1);
  expect(requests[0]!.at - lostAt).toBeGreaterThanOrEqual(graceMs);
});

it('signs out nobody who has another desktop, of whichever kind and on whichever side', async () => {
  const second = await XmppDesktop.open({ at: prosody.c2sPort, user: '1002', password, resource: 'second' });
  await site.open('1003', 'secondary');
  for (const agentId of ['1002', '1003']) desktops.get(agentId)!.kill();
  await pause(graceMs + 2 * siteTimes.sweepMs);
  expect(await site.logouts('1002')).toEqual([]);
  expect(await site.logouts('1003')).toEqual([]);
  second.kill();
  await site.untilOutcome('1002', 'loggedOut');
});

it('signs out nobody while the XMPP server is stopped for longer than the grace, nor those who come back to it', async () => {
  const there = everybody.slice(3);
  await prosody.stop();
  await untilOut();
  await pause(graceMs + 1_000);
  expect((await site.untilPhase('1004', 'held')).phase).toMatchObject({ reasons: ['outage'] });
  expect(await site.logouts('1004')).toEqual([]);
  await prosody.restart();
  await Promise.all([open(there.slice(1)), untilReady()]);
  // 1004 does not come back: a whole grace after the server did, it is out.
  await site.untilOutcome('1004', 'loggedOut');
  expect((await site.logouts()).map(({ agentId }) => agentId).sort()).toEqual(['1001', '1002', '1004']);
  expect((await site.told('1004')).some(({ entry }) => entry.what === 'graceRenewed')).toBe(true);
});

it('signs out nobody while the XMPP server is killed, frozen or its stream to one server is away', async () => {
  const there = everybody.slice(4);
  await prosody.kill();
  await untilOut();
  await pause(graceMs + 1_000);
  await prosody.restart();
  await Promise.all([open(there), untilReady()]);
  await untilPresent(there.length + 1);
  expect((await site.logouts()).map(({ agentId }) => agentId).sort()).toEqual(['1001', '1002', '1004']);

  desktops.get('1005')!.bye();
  await site.untilPhase('1005', 'grace');
  prosody.freeze();
  try {
    await pause(graceMs + 1_000);
    // A server that is slow to say that it cannot tell counts as silent for that look.
    await waitFor('the loss to be held, since nobody can tell', async () => {
      const { phase } = await site.record('1005');
      return phase.name === 'held' && phase.reasons.includes('outage');
    });
    expect(await site.logouts('1005')).toEqual([]);
  } finally {
    prosody.thaw();
  }
  await site.untilOutcome('1005', 'loggedOut');
});

it('is not misled by a server that stood still, and hears all at once what happened meanwhile', async () => {
  site.servers.primary.freeze();
  desktops.get('1006')!.kill();
  desktops.get('1007')!.kill();
  await open(['1007']);
  // Longer than its lease: for the others this server is dead by now.
  await pause(siteTimes.leaseMs + 1_000);
  site.servers.primary.thaw();
  await site.untilOutcome('1006', 'loggedOut');
  await pause(graceMs);
  expect(await site.logouts('1007')).toEqual([]);
  expect((await site.record('1007')).phase.name).toBe('present');
});

it('loses nothing with one server: the other has watched by itself', async () => {
  const before = await presentCount();
  await site.servers.primary.kill9();
  await pause(siteTimes.leaseMs + graceMs + 2 * siteTimes.sweepMs);
  expect(await presentCount()).toBe(before);
  desktops.get('1008')!.kill();
  await site.untilOutcome('1008', 'loggedOut');
  expect((await site.logouts()).map(({ agentId }) => agentId).sort()).toEqual([
    '1001',
    '1002',
    '1004',
    '1005',
    '1006',
    '1008',
  ]);
});
