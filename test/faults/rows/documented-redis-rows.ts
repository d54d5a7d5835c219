import { Redis } from 'ioredis';
import { Keys } from '#store/keys';
import { startDocumentedNode, testUser } from '../../kit/redis/documented-redis';
import { type RedisProcess } from '../../kit/redis/redis-server';
import { peripheralId } from '../../kit/site/site';
import { pause, waitFor } from '../../kit/wait';
import { plainNeeds, type Experiment } from '../experiment';
import { type Row } from '../row';

/** Redis as docs/redis.md sets it up: what it has taken survives its restarts. */

const ways = ['stopped in order', 'kill -9', 'a replica copies everything'] as const;

const journalKey = new Keys(peripheralId).journal;

export const documentedRedisRestarts: Row = {
  number: 32,
  fault: 'Redis with the documented file and users restarts, or is copied whole, during graces',
  how: 'redis.conf and users.acl of docs/redis.md; SIGTERM or kill -9 and a start on its data, or a replica with an empty folder, in turn; agents return meanwhile',
  needs: { ...plainNeeds, redis: 'documented' },
  agents: 30,
  baseline: true,
  variants: ways,
  async play(experiment, random, run) {
    const desktops = await experiment.agents(this.agents);
    await experiment.open(desktops, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
    const [present, ghosts, returning] = [desktops.slice(0, 12), desktops.slice(12, 18), desktops.slice(18)];
    const beganAt = Date.now();
    for (const desktop of [...ghosts, ...returning]) desktop.leave('crash');
    await pause(random.between(experiment.times.graceMs / 3, experiment.times.graceMs));
    const before = await journalIds(experiment);
    const restart = restartOf(ways[run % ways.length] ?? 'kill -9', experiment);
    returning.forEach((desktop, place) => {
      desktop.arrive(place % 2 === 0 ? 'secondary' : 'primary');
    });
    const own = await restart;
    experiment.noteFault('redisRestarted', beganAt);
    await experiment.untilAcknowledged([...present, ...returning]);
    if (experiment.isBaseline) return own;
    const after = new Set(await journalIds(experiment));
    const missing = before.filter((id) => !after.has(id));
    return [
      ...own,
      ...missing.map((id) => `the journal has lost its line ${id}`),
      ...(await refusals(experiment)).map((refusal) => `a documented user lacks a right: ${refusal}`),
    ];
  },
};

function journalIds({ site }: Experiment): Promise<string[]> {
  return waitFor('Redis to answer', async () => {
    const lines = await site.redisConnection.xrange(journalKey, '-', '+');
    return lines.map(([id]) => id);
  });
}

async function restartOf(way: (typeof ways)[number], experiment: Experiment): Promise<string[]> {
  const { redis } = experiment.site;
  switch (way) {
    case 'stopped in order':
      await redis.shutDown();
      await redis.restart();
      return [];
    case 'kill -9':
      await redis.kill9();
      await redis.restart();
      return [];
    case 'a replica copies everything':
      return copyWhole(experiment, redis);
  }
}

/** A new replica has nothing, so it gets all of the data at once: the master forks and writes it out meanwhile. */
async function copyWhole(experiment: Experiment, master: RedisProcess): Promise<string[]> {
  const { node, stop } = await startDocumentedNode(master);
  const { user: username, password } = testUser;
  const replica = new Redis({ host: node.host, port: node.port, username, password });
  replica.on('error', () => undefined);
  try {
    await waitFor('the replica to be in step', async () =>
      (await replica.info('replication')).includes('master_link_status:up'),
    );
    const lines = experiment.isBaseline ? 0 : (await journalIds(experiment)).length;
    await waitFor('the replica to have the journal', async () => (await replica.xlen(journalKey)) >= lines);
    return [];
  } finally {
    replica.disconnect();
    await stop();
  }
}

/** What Redis refused to whom since it was started. */
async function refusals({ site }: Experiment): Promise<string[]> {
  const log = (await site.redisConnection.call('ACL', 'LOG', '100')) as unknown[][];
  return log.map((fields) => {
    const of = (name: string): string => String(fields[fields.indexOf(name) + 1]);
    return `${of('username')}: ${of('reason')} ${of('object')}`;
  });
}
