import { pathToFileURL } from 'node:url';
import { builtLibrary, testLimits } from '../kit/browser/desktop-pages';
import { desktopToken } from '../kit/desktop';
import { secret, type Site } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

const count = 500;
const times = { ...siteTimes, graceMs: 8_000, graceServerLostMs: 10_000 };

/** A killed server refuses connections at once; one that is busy with five hundred desktops is not to be taken for it. */
const patienceMs = 60_000;
const patience = {
  connectMsMax: patienceMs,
  openedMsMax: patienceMs,
  pongMsMax: patienceMs,
  wakePongMsMax: patienceMs,
  requestMsMax: patienceMs,
  tokenMsMax: patienceMs,
};

/** What of the built library is used here; pages see the same. */
interface Library {
  connect: (options: {
    servers: readonly string[];
    token: () => Promise<string>;
    limits: Readonly<Record<string, number>>;
  }) => Desktop;
}

interface Desktop {
  readonly state: string;
  readonly server: string | undefined;
  on(name: string, listener: () => void): () => void;
  bye(): void;
}

/** The library as it was built, with Node in place of a browser: its sockets and its fetch, and no page around it. */
describe('five hundred desktops of the browser library', () => {
  let site: Site;
  const desktops: Desktop[] = [];
  /** When each of them changed sides last. */
  const movedAt = new Map<Desktop, number>();
  const agentOf = (index: number): string => String(1001 + index);
  const agents = Array.from({ length: count }, (_, index) => agentOf(index));
  const ghost = agentOf(count);

  beforeAll(async () => {
    site = await startSite({ times, env: { SIM_AGENTS: String(count + 1) } });
    for (const agentId of [...agents, ghost]) await site.signIn(agentId);
  });

  afterAll(async () => {
    for (const desktop of desktops) desktop.bye();
    await site.stop();
  });

  it('fail over to the other side when their server is killed, and no agent is signed out', async () => {
    const { connect } = (await import(pathToFileURL(builtLibrary).href)) as Library;
    const servers = [site.servers.primary.url, site.servers.secondary.url];
    for (const agentId of agents) {
      const desktop = connect({
        servers,
        token: () => desktopToken({ agentId, secret }),
        limits: { ...testLimits, ...patience, spreadMsMax: 3_000 },
      });
      desktop.on('failover', () => movedAt.set(desktop, Date.now()));
      desktops.push(desktop);
    }
    const openAt = (server: string | undefined): Desktop[] =>
      desktops.filter((desktop) => desktop.state === 'open' && desktop.server === server);
    const seen = (): string => servers.map((server) => `${String(openAt(server).length)} at ${server}`).join(', ');
    // On a machine that is busy some take their own side for dead while they open.
    await waitFor('all desktops to be open', () => desktops.every(({ state }) => state === 'open'), { seen });
    const own = openAt(servers[0]);
    expect(own.length).toBeGreaterThan(count / 2);
    movedAt.clear();

    // One agent whose desktop is there no more, as proof that somebody is signed out in this test.
    (await site.open(ghost, 'secondary')).crash();
    const killedAt = Date.now();
    await site.servers.primary.kill9();
    await waitFor('all desktops to be open on the other side', () => openAt(servers[1]).length === count, { seen });

    // They came one after the other, not all at once.
    expect(own.filter((desktop) => !movedAt.has(desktop))).toEqual([]);
    expect(Math.max(...movedAt.values()) - Math.min(...movedAt.values())).toBeGreaterThan(1_000);

    await site.untilOutcome(ghost, 'loggedOut');
    await pause(Math.max(0, killedAt + times.leaseMs + times.graceServerLostMs + 4_000 - Date.now()));
    expect((await site.logouts()).map(({ agentId }) => agentId)).toEqual([ghost]);
    const phases = new Set(await Promise.all(agents.map(async (agentId) => (await site.record(agentId)).phase.name)));
    expect([...phases]).toEqual(['present']);
  });
});
