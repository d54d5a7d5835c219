import { join } from 'node:path';
import { type Row } from '../row';
import { type RedisProcess } from '../../kit/redis/redis-server';
import { peripheralId } from '../../kit/site/site';
import { plainStage, type Stage } from '../stage';
import { ask, copyData, putBackData } from '../stage-tools';
import { type Seat } from '../seat';
import { type Random } from '../../kit/random';
import { pause, waitFor } from '../../kit/wait';

/** A run's agents: present all the time, lost for good before or during the fault, and lost before and back during it. */
interface Cast {
  readonly present: readonly Seat[];
  readonly lostBefore: readonly Seat[];
  readonly lostDuring: readonly Seat[];
  readonly returning: readonly Seat[];
}

const castSize = 40;

async function castOf(stage: Stage): Promise<Cast> {
  const seats = await stage.agents(castSize);
  await stage.open(seats, (place) => (place % 2 === 0 ? 'primary' : 'secondary'));
  return {
    present: seats.slice(0, 16),
    lostBefore: seats.slice(16, 22),
    lostDuring: seats.slice(22, 28),
    returning: seats.slice(28),
  };
}

const crash = (seats: readonly Seat[]): void => {
  for (const seat of seats) seat.leave('crash');
};

const otherSide = (place: number): 'primary' | 'secondary' => (place % 2 === 0 ? 'secondary' : 'primary');

/** Redis, or of a Cluster the nodes that have the slot: its master, and the replica that could take its place. */
async function nodesThatDie({ parts: { cluster, redis } }: Stage): Promise<RedisProcess[]> {
  if (cluster === undefined) return [redis];
  return [await cluster.nodeOf(peripheralId), ...(await cluster.replicasOf(peripheralId))];
}

const stores = ['a single node', 'a master of a Cluster and its replica'] as const;

/** Rows about the store. */
export const redisDies: Row = {
  number: 4,
  fault: 'Redis dies, back after 0.5 to 10 s',
  how: 'kill -9 of redis-server with an append-only file, started again on its data; of a Cluster both nodes that have the slot',
  needs: (run) => (run % stores.length === 0 ? plainStage : { ...plainStage, redis: 'cluster' }),
  agents: castSize,
  baseline: true,
  variants: stores,
  async play(stage, random) {
    const { lostBefore, lostDuring, returning, present } = await castOf(stage);
    const nodes = await nodesThatDie(stage);
    crash([...lostBefore, ...returning]);
    await pause(random.between(0, stage.times.graceMs * 1.1));
    const beganAt = Date.now();
    await Promise.all(nodes.map((node) => node.kill9()));
    crash(lostDuring);
    returning.forEach((seat, place) => {
      seat.arrive(otherSide(place));
    });
    await pause(random.between(500, Math.max(4_000, stage.times.graceMs / 6)));
    await Promise.all(nodes.map((node) => node.restart()));
    // A master that comes back refuses everything for two seconds, and longer where the others had given it up.
    await stage.parts.cluster?.untilWhole();
    stage.noteFault('redisKilled', beganAt);
    // Everysec: the last second may be lost.
    stage.note({ at: beganAt - 1_200, what: 'writesLost', until: beganAt });
    await stage.untilAcknowledged([...present, ...returning]);
    return undefined;
  },
};

export const writesLost: Row = {
  number: 5,
  fault: 'the last writes are lost',
  how: 'the append-only folder is copied, Redis goes on, is killed, and starts with the copy',
  needs: plainStage,
  agents: castSize,
  baseline: true,
  async play(stage, random) {
    const { redis, folder } = stage.parts;
    const { lostBefore, lostDuring, returning, present } = await castOf(stage);
    crash([...lostBefore, ...returning]);
    await pause(200);
    const copiedAt = Date.now();
    const copy = join(folder, 'copy');
    await copyData(redis, copy);
    // What is lost: returns, on which the right to be signed in now rests, and losses.
    await stage.open(returning, otherSide);
    crash(lostDuring);
    await pause(random.between(200, stage.times.graceMs));
    await redis.kill9();
    const diedAt = Date.now();
    await putBackData(redis, copy);
    await pause(random.between(0, 1_500));
    await redis.restart();
    stage.noteFault('writesLost', copiedAt);
    stage.note({ at: copiedAt - 1_200, what: 'writesLost', until: diedAt });
    await stage.untilAcknowledged([...present, ...returning]);
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

async function failoverOf({ parts: { sentinels, cluster } }: Stage): Promise<Failover> {
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
  needs: (run) => ({ ...plainStage, redis: run % failovers.length < 2 ? 'sentinel' : 'cluster' }),
  agents: castSize,
  baseline: true,
  variants: failovers,
  async play(stage, random, run) {
    const { lostBefore, lostDuring, returning, present } = await castOf(stage);
    crash([...lostBefore, ...returning]);
    await pause(random.between(200, stage.times.graceMs * 1.1));
    const { master, ...set } = await failoverOf(stage);
    const beganAt = Date.now();
    if (run % 2 === 0) await master.kill9();
    else master.freeze();
    crash(lostDuring);
    returning.forEach((seat, place) => {
      seat.arrive(otherSide(place));
    });
    await set.untilReplaced();
    if (run % 2 === 0) await master.restart();
    else master.thaw();
    stage.noteFault('failover', beganAt);
    // Replication is not waited for but where a logout is issued: what the old master alone had is lost.
    stage.note({ at: beganAt - 1_000, what: 'writesLost', until: beganAt });
    await stage.untilAcknowledged([...present, ...returning]);
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
  needs: { ...plainStage, proxied: true },
  agents: castSize,
  baseline: true,
  variants: troubles,
  async play(stage, random, run) {
    const { lostBefore, lostDuring, returning, present } = await castOf(stage);
    crash([...lostBefore, ...returning]);
    await pause(random.between(0, stage.times.graceMs * 1.1));
    const beganAt = Date.now();
    const end = await trouble(stage, troubles[run % troubles.length] ?? 'slow', random);
    crash(lostDuring);
    returning.forEach((seat, place) => {
      seat.arrive(otherSide(place));
    });
    await pause(random.between(1_000, 4_000));
    await end();
    stage.noteFault('redisSlow', beganAt);
    await stage.untilAcknowledged([...present, ...returning]);
    return undefined;
  },
};

async function trouble(stage: Stage, kind: Trouble, random: Random): Promise<() => Promise<void>> {
  const { redis } = stage.parts;
  const proxies = Object.values(stage.parts.redisProxies ?? {});
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
