import { type RedisClusterSet, startRedisCluster } from '../kit/redis/redis-cluster';
import { type Site } from '../kit/site/site';
import { siteTimes } from '../kit/site/site-times';
import { startSite } from '../kit/site/start-site';
import { pause } from '../kit/wait';

/** Two peripherals whose slots are on two of the three masters; the third one has nothing of theirs. */
const peripherals = [5000, 5001] as const;
const quietMs = siteTimes.graceMs + 1_000;
/** The nodes agree that a master has failed after 2 s, the apps have given up each command and connection by then. */
const awayMs = 12_000;

let cluster: RedisClusterSet;
let sites: readonly Site[] = [];

beforeAll(async () => {
  cluster = await startRedisCluster();
  const redis = { url: cluster.url, stop: () => Promise.resolve() };
  // One after the other: ten processes that start at once take a busy machine longer than an app may take to be ready.
  for (const peripheral of peripherals) {
    const env = { CTI_PERIPHERAL_ID: String(peripheral) };
    sites = [...sites, await startSite({ env, redis })];
  }
});
afterAll(async () => {
  await Promise.all(sites.map((site) => site.stop()));
  await (cluster as RedisClusterSet | undefined)?.stop();
});

/** One agent stays, one refreshes onto the other side, one is a ghost: on both peripherals at the same time. */
async function signsOutTheGhostAlone(numbers: readonly number[]): Promise<void> {
  const [stays = '', moves = '', ghost = ''] = numbers.map(String);
  await Promise.all(
    sites.map(async (site) => {
      for (const agentId of [stays, moves, ghost]) await site.signIn(agentId, 'READY');
      await site.open(stays, 'primary');
      const moving = await site.open(moves, 'primary');
      (await site.open(ghost, 'secondary')).crash();
      moving.crash();
      await site.open(moves, 'secondary');
      await site.untilOutcome(ghost, 'loggedOut');
      await pause(quietMs);
      for (const agentId of [stays, moves]) {
        expect(await site.logouts(agentId)).toEqual([]);
        expect(await site.record(agentId)).toMatchObject({ phase: { name: 'present' } });
      }
      expect((await site.logouts(ghost)).filter(({ effective }) => effective)).toHaveLength(1);
    }),
  );
}

describe('a Redis Cluster of three masters', () => {
  it('of which one without any of their slots is killed: nobody notices', async () => {
    const used = await Promise.all(peripherals.map((peripheral) => cluster.nodeOf(peripheral)));
    expect(new Set(used).size).toBe(2);
    const other = cluster.nodes.find((node) => !used.includes(node));
    await other?.kill9();
    await signsOutTheGhostAlone([1004, 1005, 1006]);
    expect(
      sites
        .flatMap(({ servers, workers }) => [servers.primary, workers.primary].flatMap(({ lines }) => lines))
        .join('\n'),
    ).not.toMatch(/Redis cannot be reached/);
    await other?.restart();
    await cluster.untilWhole();
  });

  it.each(['killed', 'frozen'] as const)(
    'of which the master of one peripheral is %s for 12 s and comes back by itself: its ghosts go then, and the other’s never wait',
    async (how) => {
      const [site, other] = sites;
      if (site === undefined || other === undefined) throw new Error('there are two sites');
      const [stays, leaves, ghost] = how === 'killed' ? ['1007', '1008', '1009'] : ['1010', '1011', '1012'];
      const node = await cluster.nodeOf(peripherals[0]);
      for (const agentId of [stays, leaves, ghost]) await site.signIn(agentId, 'READY');
      const desktop = await site.open(stays, 'primary');
      const leaver = await site.open(leaves, 'secondary');
      (await site.open(ghost, 'primary')).crash();
      await site.untilPhase(ghost, 'grace');
      // What was written is in the append-only file by then.
      await pause(1_100);
      const backAt = Date.now() + awayMs;
      if (how === 'killed') await node.kill9();
      else node.freeze();
      leaver.crash();
      await other.signIn(ghost, 'READY');
      (await other.open(ghost, 'primary')).crash();
      await other.untilOutcome(ghost, 'loggedOut');
      await pause(backAt - Date.now());
      for (const agentId of [stays, leaves, ghost]) expect(await site.logouts(agentId)).toEqual([]);
      if (how === 'killed') await node.restart();
      else node.thaw();
      await cluster.untilWhole();
      for (const agentId of [leaves, ghost]) await site.untilOutcome(agentId, 'loggedOut');
      expect(await site.logouts(stays)).toEqual([]);
      expect(desktop.closed).toBeUndefined();
      await signsOutTheGhostAlone(how === 'killed' ? [1013, 1014, 1015] : [1016, 1017, 1018]);
    },
  );
});
