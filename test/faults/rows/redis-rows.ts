import { join } from 'node:path';
import { type Random } from '../../kit/random';
import { type RedisProcess } from '../../kit/redis/redis-server';
import { peripheralId } from '../../kit/site/site';
import { pause, waitFor } from '../../kit/wait';
import { plainNeeds, type Experiment } from '../experiment';
import { type ReconnectingDesktop } from '../reconnecting-desktop';
import { ask, copyData, putBackData } from '../redis-tools';
import { type Row } from '../row';

/** A run's agents: present all the time, lost for good before or during the fault, and lost before and back during it. */
interface Cast {
  readonly present: readonly ReconnectingDesktop[];
  readonly lostBefore: readonly ReconnectingDesktop[];
  readonly lostDuring: readonly ReconnectingDesktop[];
  readonly returning: readonly ReconnectingDesktop[];
}

const castSize = 40;

async function castOf(experiment: Experiment): Promise<Cast> {
  const desktops = await experiment.agents(castSize);
  await experiment.open(desktops, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
  return {
    present: desktops.slice(0, 16),
    lostBefore: desktops.slice(16, 22),
    lostDuring: desktops.slice(22, 28),
    returning: desktops.slice(28),
  };
}

const crash = (desktops: readonly ReconnectingDesktop[]): void => {
  for (const desktop of desktops) desktop.leave('crash');
};

const otherSide = (place: number): 'primary' | 'secondary' => (place % 2 === 0 ? 'secondary' : 'primary');

/** Redis, or of a Cluster the nodes that have the slot: its master, and the replica that could take its place. */
async function nodesThatDie({ site }: Experiment): Promise<RedisProcess[]> {
  const { cluster } = site.parts;
  if (cluster === undefined) return [site.redis];
  return [await cluster.nodeOf(peripheralId), ...(await cluster.replicasOf(peripheralId))];
}

const stores = ['a single node', 'a master of a Cluster and its replica'] as const;

/** Rows about the store. */
export const redisDies: Row = {
  number: 4,
  fault: 'Redis dies, back after 0.5 to 10 s',
  how: 'kill -9 of redis-server with an append-only file, started again on its data; of a Cluster both nodes that have the slot',
  needs: (run) => (run % stores.length === 0 ? plainNeeds : { ...plainNeeds, redis: 'cluster' }),
  agents: castSize,
  baseline: true,
  variants: stores,
  async play(experiment, random) {
    const { lostBefore, lostDuring, returning, present } = await castOf(experiment);
    const nodes = await nodesThatDie(experiment);
    crash([...lostBefore, ...returning]);
    await pause(random.between(0, experiment.times.graceMs * 1.1));
    const beganAt = Date.now();
    await Promise.all(nodes.map((node) => node.kill9()));
    crash(lostDuring);
    returning.forEach((desktop, place) => {
      desktop.arrive(otherSide(place));
    });
    await pause(random.between(500, Math.max(4_000, experiment.times.graceMs / 6)));
    await Promise.all(nodes.map((node) => node.restart()));
    // A master that comes back refuses everything for two seconds, and longer where the others had given it up.
    await experiment.site.parts.cluster?.untilWhole();
    experiment.noteFault('redisKilled', beganAt);
    // Everysec: the last second may be lost.
    experiment.note({ at: beganAt - 1_200, what: 'writesLost', until: beganAt });
    await experiment.untilAcknowledged([...present, ...returning]);
    return undefined;
  },
};

export const writesLost: Row = {
  number: 5,
  fault: 'the last writes are lost',
  how: 'the append-only folder is copied, Redis goes on, is killed, and starts with the copy',
  needs: plainNeeds,
  agents: castSize,
  baseline: true,
  async play(experiment, random) {
    const { redis } = experiment.site;
    const { folder } = experiment.site.parts;
    const { lostBefore, lostDuring, returning, present } = await castOf(experiment);
    crash([...lostBefore, ...returning]);
    await pause(200);
    const copiedAt = Date.now();
    const copy = join(folder, 'copy');
    await copyData(redis, copy);
    // What is lost: returns, on which the right to be signed in now rests, and losses.
    await experiment.open(returning, otherSide);
    crash(lostDuring);
    await pause(random.between(200, experiment.times.graceMs));
    await redis.kill9();
    const diedAt = Date.now();
    await putBackData(redis, copy);
    await pause(random.between(0, 1_500));
    await redis.restart();
    experiment.noteFault('writesLost', copiedAt);
    experiment.note({ at: copiedAt - 1_200, what: 'writesLost', until: diedAt });
    await experiment.untilAcknowledged([...present, ...returning]);
    return undefined;
  },
};

/** What has a master that others replace when it is away. */
interface Failover {
  readonly master: RedisProcess;
  readonly untilReplaced: () => Promise<unknown>;
  /** Until the former master follows the new one. */
  readonly untilFollowed: () => Promise<unknown>;
}

async function failoverOf({ site }: Experiment): Promise<Failover> {
  const { sentinels, cluster } = site.parts;
  if (cluster !== undefined) {
    const master = await cluster.nodeOf(peripheralId);
    return {
      master,
      untilReplaced: () => cluster.untilFailedOver(peripheralId, master),
      untilFollowed: () => cluster.untilWhole(),
    };
  }
  if (sentinels === undefined) throw new Error('this row needs Sentinels or a Cluster');
  const master = await sentinels.master();
  return {
    master,
    untilReplaced: () => sentinels.untilFailedOver(master),
    untilFollowed: () =>
      waitFor('the former master to follow', async () => (await sentinels.replicas()).includes(master)),
  };
}

const failovers = ['killed', 'stopped', 'cluster master killed', 'cluster master stopped'] as const;

export const failover: Row = {
  number: 6,
  fault: 'failover of Sentinels or of a Cluster',
  how: 'one master, two replicas, three Sentinels, or a Cluster of three masters with a replica each; the master (of the slot) is killed with -9 or stopped with SIGSTOP, in turn',
  needs: (run) => ({ ...plainNeeds, redis: run % failovers.length < 2 ? 'sentinel' : 'cluster' }),
  agents: castSize,
  baseline: true,
  variants: failovers,
  async play(experiment, random, run) {
    const { lostBefore, lostDuring, returning, present } = await castOf(experiment);
    crash([...lostBefore, ...returning]);
    await pause(random.between(200, experiment.times.graceMs * 1.1));
    const { master, ...set } = await failoverOf(experiment);
    const beganAt = Date.now();
    if (run % 2 === 0) await master.kill9();
    else master.freeze();
    crash(lostDuring);
    returning.forEach((desktop, place) => {
      desktop.arrive(otherSide(place));
    });
    await set.untilReplaced();
    if (run % 2 === 0) await master.restart();
    else master.thaw();
    experiment.noteFault('failover', beganAt);
    // Replication is not waited for but where a logout is issued: what the old master alone had is lost.
    experiment.note({ at: beganAt - 1_000, what: 'writesLost', until: beganAt });
    await experiment.untilAcknowledged([...present, ...returning]);
    await set.untilFollowed();
    return undefined;
  },
};

type Trouble = 'slow' | 'blackHole' | 'cut' | 'CLIENT PAUSE' | 'DEBUG SLEEP';
const troubles: readonly Trouble[] = ['slow', 'blackHole', 'CLIENT PAUSE', 'DEBUG SLEEP', 'cut'];

export const redisSlow: Row = {
  number: 8,
  fault: 'Redis slow, black-holed, paused',
  how: 'fault proxy (300 ms more each way, black hole, cut), CLIENT PAUSE, DEBUG SLEEP, in turn',
  needs: { ...plainNeeds, proxied: true },
  agents: castSize,
  baseline: true,
  variants: troubles,
  async play(experiment, random, run) {
    const { lostBefore, lostDuring, returning, present } = await castOf(experiment);
    crash([...lostBefore, ...returning]);
    await pause(random.between(0, experiment.times.graceMs * 1.1));
    const beganAt = Date.now();
    const end = await trouble(experiment, troubles[run % troubles.length] ?? 'slow', random);
    crash(lostDuring);
    returning.forEach((desktop, place) => {
      desktop.arrive(otherSide(place));
    });
    await pause(random.between(1_000, 4_000));
    await end();
    experiment.noteFault('redisSlow', beganAt);
    await experiment.untilAcknowledged([...present, ...returning]);
    return undefined;
  },
};

async function trouble(experiment: Experiment, kind: Trouble, random: Random): Promise<() => Promise<void>> {
  const { redis } = experiment.site;
  const proxies = Object.values(experiment.site.parts.redisProxies ?? {});
  switch (kind) {
    case 'slow':
      for (const proxy of proxies) proxy.slow(300);
      return () => {
        for (const proxy of proxies) proxy.slow(0);
        return Promise.resolve();
      };
    case 'cut':
    case 'blackHole':
      for (const proxy of proxies) proxy.turn(kind);
      return () => {
        for (const proxy of proxies) proxy.turn('pass');
        return Promise.resolve();
      };
    case 'CLIENT PAUSE':
      await ask(redis.port, 'CLIENT', 'PAUSE', random.between(1_000, 4_000).toFixed(0), 'ALL');
      return async () => {
        // It waits with everything else.
        await ask(redis.port, 'PING');
      };
    case 'DEBUG SLEEP': {
      const slept = ask(redis.port, 'DEBUG', 'SLEEP', random.between(1, 4).toFixed(1));
      return async () => {
        await slept;
      };
    }
  }
}
