import { type RedisClusterSet, startRedisCluster } from '../support/redis-cluster';
import { pause, type Site, startSite, times } from '../support/site';

/** Two peripherals whose slots are on two of the three masters; the third one has nothing of theirs. */
const peripherals = [5000, 5001] as const;
const quietMs = times.graceMs + 1_000;

let cluster: RedisClusterSet;
let sites: readonly Site[] = [];

beforeAll(async () => {
  cluster = await startRedisCluster();
  const redis = { url: cluster.url, stop: () => Promise.resolve() };
  sites = await Promise.all(
    peripherals.map((peripheral) => startSite({ CTI_PERIPHERAL_ID: String(peripheral) }, undefined, undefined, redis)),
  );
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
    expect(sites.flatMap((site) => site.servers.primary.lines).join('\n')).not.toContain('out of service');
    await other?.restart();
    await cluster.untilWhole();
  });
});
