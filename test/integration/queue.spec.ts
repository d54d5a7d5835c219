import { type Job } from 'bullmq';
import { type Agent, type AgentKey, unseenAgent } from '#domain/agent';
import { aLoss } from '#domain/fixtures.spec-support';
import { BullWakeUps } from '#queue/bull-wake-ups';
import { dueJobs } from '#queue/due-jobs';
import { JobWakeUps } from '#queue/job-wake-ups';
import {
  createLogoutQueue,
  logoutQueueName,
  type LogoutQueue,
  type WakeUpData,
  wakeUpJobId,
} from '#queue/logout-queue';
import { PromptWorker, workerOptions } from '#queue/prompt-worker';
import { createSweepQueue, hurrySweep, scheduleSweep } from '#queue/sweep-queue';
import { connect, type RedisConnection } from '#store/connection';
import { noOutage } from '../kit/no-op-ports';
import { type RedisProcess, startRedis } from '../kit/redis/redis-server';
import { pause, waitFor } from '../kit/wait';
import { loseFirst } from './lost-answer.spec-support';
import { startMarkerHolder } from './marker-holder.spec-support';

const peripheralId = 5000;
const far = 60_000;

let server: RedisProcess;
let connection: RedisConnection;
let queue: LogoutQueue;
let wakeUps: BullWakeUps;
let key: AgentKey;
let agentNumber = 1000;
const workers: PromptWorker<WakeUpData>[] = [];

beforeAll(async () => {
  server = await startRedis({ aof: false });
});
afterAll(async () => {
  await server.stop();
});

beforeEach(() => {
  const { port } = server;
  const endpoint = { host: '127.0.0.1', port };
  const address = { kind: 'single', endpoint, db: 0, tls: false, user: undefined, password: undefined } as const;
  connection = connect(address, { name: 'test', outage: noOutage, role: 'queue', peripheralId });
  queue = createLogoutQueue(connection, peripheralId);
  wakeUps = new BullWakeUps(queue);
  key = { peripheralId, agentId: String(++agentNumber) };
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close(true)));
  await queue.obliterate({ force: true });
  await queue.close();
  connection.disconnect();
});

function work(process: (job: Job<WakeUpData>, token?: string) => Promise<void>): PromptWorker<WakeUpData> {
  const options = workerOptions(connection, peripheralId, { concurrency: 5, name: 'test-worker' });
  const worker = new PromptWorker<WakeUpData>(logoutQueueName, process, options);
  workers.push(worker);
  return worker;
}

/** Resolves with the moment at which each of the first `count` jobs was begun. */
function firstJobs(count: number): Promise<{ id: string; at: number }[]> {
  const seen: { id: string; at: number }[] = [];
  return new Promise((resolve) => {
    work((job) => {
      seen.push({ id: job.id ?? '', at: Date.now() });
      if (seen.length === count) resolve(seen);
      return Promise.resolve();
    });
  });
}

/** What is left to wait, by the score under which BullMQ keeps a delayed job. */
async function delayLeftMs(epoch: number): Promise<number> {
  const score = await connection.zscore(queue.toKey('delayed'), wakeUpJobId(key.agentId, epoch));
  return Number(score) / 0x1000 - Date.now();
}

const stateOf = (epoch: number): Promise<string> => queue.getJobState(wakeUpJobId(key.agentId, epoch));

/** Waits until the job of that epoch is in that state. */
async function untilState(epoch: number, state: string): Promise<void> {
  const seen = (): Promise<string> => stateOf(epoch);
  await waitFor(`the job of epoch ${String(epoch)} to be ${state}`, async () => (await seen()) === state, { seen });
}

function heldAgent(epoch: number): Agent {
  const phase = { name: 'held', loss: aLoss({ epoch }), dueAt: 0, reasons: ['call'] } as const;
  return { ...unseenAgent(key), epoch, phase };
}

describe('arming a wake-up', () => {
  it('adds one delayed job that holds the ids and the epoch, and is harmless twice', async () => {
    const now = Date.now();
    await Promise.all([wakeUps.arm(key, 1, now + far, now), wakeUps.arm(key, 1, now + far, now)]);
    expect(await queue.getDelayedCount()).toBe(1);
    const [job] = await queue.getDelayed();
    expect(job).toMatchObject({ id: wakeUpJobId(key.agentId, 1), data: { agentId: key.agentId, epoch: 1 } });
  });

  it('brings a job forward that is due later, and leaves one that is due earlier', async () => {
    const now = Date.now();
    await wakeUps.arm(key, 1, now + far, now);
    await wakeUps.arm(key, 1, now + 2 * far, now);
    expect(await delayLeftMs(1)).toBeLessThanOrEqual(far);
    await wakeUps.arm(key, 1, now + far / 2, now);
    expect(await delayLeftMs(1)).toBeLessThanOrEqual(far / 2);
    expect(await delayLeftMs(1)).toBeGreaterThan(far / 4);
  });

  it('goes by the store’s time: a producer whose clock is wrong arms for the right moment', async () => {
    const storeNow = Date.now() - 3_600_000;
    await wakeUps.arm(key, 1, storeNow + far, storeNow);
    expect(await delayLeftMs(1)).toBeLessThan(far - 3_500_000);
  });

  it('is due for the watch of the loops when it is for Redis and for the process', async () => {
    const now = Date.now();
    await wakeUps.arm(key, 1, now - far + 1, now - far);
    const queueOf = { peripheralId, name: logoutQueueName };
    expect(await dueJobs(connection, queueOf, { slackMs: 1_000, ownNow: now })).toMatchObject({ count: 1 });
    expect(await dueJobs(connection, queueOf, { slackMs: 1_000, ownNow: now - 2 * far })).toMatchObject({ count: 0 });
  });

  it('promotes one that is due by the store’s time, for workers whose clocks are behind', async () => {
    const storeNow = Date.now() + far;
    await wakeUps.arm(key, 7, storeNow + 1_000, storeNow);
    await wakeUps.arm(key, 7, storeNow + 2_000, storeNow + 2_000);
    const job = await queue.getJob(wakeUpJobId(key.agentId, 7));
    expect(await job?.getState()).toBe('waiting');
  });

  it('is not swallowed by a failed job that is kept under the same id', async () => {
    const now = Date.now();
    const worker = work(() => Promise.reject(new Error('of the test')));
    await queue.add('wake-up', { ...key, epoch: 1 }, { jobId: wakeUpJobId(key.agentId, 1), attempts: 1 });
    await untilState(1, 'failed');
    await worker.close();
    await wakeUps.arm(key, 1, now + far, now);
    expect(await stateOf(1)).toBe('delayed');
    expect(await delayLeftMs(1)).toBeGreaterThan(far / 2);
  });

  it('is not swallowed by a completed job that is kept under the same id', async () => {
    const worker = work(() => Promise.resolve());
    await queue.add('wake-up', { ...key, epoch: 1 }, { jobId: wakeUpJobId(key.agentId, 1), removeOnComplete: false });
    await untilState(1, 'completed');
    await worker.close();
    await wakeUps.wakeNow(key, 1);
    expect(await stateOf(1)).toBe('waiting');
  });

  it('works again after the queue was obliterated', async () => {
    const now = Date.now();
    await wakeUps.arm(key, 1, now + far, now);
    await queue.obliterate({ force: true });
    expect(await stateOf(1)).toBe('unknown');
    await wakeUps.arm(key, 1, now + 50, now);
    const [job] = await firstJobs(1);
    expect(job?.id).toBe(wakeUpJobId(key.agentId, 1));
    expect(job?.at).toBeGreaterThanOrEqual(now + 50);
  });
});

describe('making sure of a wake-up', () => {
  it('makes one for now where there is none, or only a failed one', async () => {
    const now = Date.now();
    await wakeUps.ensure(key, 1, now);
    expect(await stateOf(1)).toBe('waiting');
    const worker = work(() => Promise.reject(new Error('of the test')));
    await queue.add('wake-up', { ...key, epoch: 2 }, { jobId: wakeUpJobId(key.agentId, 2), attempts: 1 });
    await untilState(2, 'failed');
    await worker.close();
    await wakeUps.ensure(key, 2, now);
    expect(await stateOf(2)).toBe('waiting');
  });

  it('leaves one that is there when it is due', async () => {
    const now = Date.now();
    await wakeUps.arm(key, 1, now + far, now);
    const dueAt = await queue.dueAt(wakeUpJobId(key.agentId, 1));
    await wakeUps.ensure(key, 1, now);
    expect(await queue.dueAt(wakeUpJobId(key.agentId, 1))).toBe(dueAt);
  });
});

describe('a wake-up that a worker put back by a clock that is wrong', () => {
  /** A job as that worker leaves it: to be looked at again after `lookMs`, dated by a clock that is ahead by a minute. */
  async function putBack(epoch: number, lookMs: number): Promise<number> {
    const now = Date.now();
    const processed = Promise.withResolvers<undefined>();
    const worker = work(async (job, token) => {
      const own = new JobWakeUps(wakeUps, job, token, () => Date.now() + far);
      await own.arm(key, epoch, now + lookMs, now);
      await job.updateProgress({ phase: 'held', lookAt: new Date(own.lookAt ?? 0).toISOString() });
      processed.resolve(undefined);
      await own.finish();
    });
    await wakeUps.wakeNow(key, epoch);
    await processed.promise;
    await untilState(epoch, 'delayed');
    await worker.close();
    return now;
  }

  it('is woken when it is late by the store’s clock', async () => {
    const now = await putBack(1, 2_000);
    expect(await queue.dueAt(wakeUpJobId(key.agentId, 1))).toBeGreaterThan(now + far);
    await wakeUps.ensure(key, 1, now + 2_000);
    expect(await stateOf(1)).toBe('delayed');
    await wakeUps.ensure(key, 1, now + 3_500);
    expect(await stateOf(1)).toBe('waiting');
  });

  it('is woken when its date is past and no worker’s clock says so', async () => {
    const now = Date.now();
    await wakeUps.arm(key, 1, now + far, now);
    await wakeUps.ensure(key, 1, now + far + 2_000);
    expect(await stateOf(1)).toBe('waiting');
  });
});

describe('taking a wake-up back', () => {
  it('removes the job of that epoch and no other', async () => {
    const now = Date.now();
    await wakeUps.arm(key, 1, now + far, now);
    await wakeUps.arm(key, 2, now + far, now);
    await wakeUps.disarm(key, 1);
    expect([await stateOf(1), await stateOf(2)]).toEqual(['unknown', 'delayed']);
  });

  it('does nothing for a job that is not there, or is being processed', async () => {
    await expect(wakeUps.disarm(key, 7)).resolves.toBeUndefined();
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    work(() => released);
    await wakeUps.wakeNow(key, 8);
    await untilState(8, 'active');
    await expect(wakeUps.disarm(key, 8)).resolves.toBeUndefined();
    expect(await stateOf(8)).toBe('active');
    release();
    await untilState(8, 'unknown');
  });
});

describe('waking now', () => {
  it('promotes a delayed job, and makes one where there was none', async () => {
    const now = Date.now();
    await wakeUps.arm(key, 1, now + far, now);
    await wakeUps.wakeNow(key, 1);
    await wakeUps.wakeNow(key, 2);
    const ids = (await firstJobs(2)).map(({ id }) => id);
    expect(ids.sort()).toEqual([wakeUpJobId(key.agentId, 1), wakeUpJobId(key.agentId, 2)]);
  });

  it('waits for a job that is being processed and wakes it again when that puts it back', async () => {
    let begun = 0;
    const finished = new Promise<void>((resolve) => {
      work(async (job, token) => {
        begun++;
        if (begun === 2) {
          resolve();
          return;
        }
        const own = new JobWakeUps(wakeUps, job, token);
        await own.arm(key, 1, Date.now() + far, Date.now());
        await pause(200);
        await own.finish(heldAgent(1));
      });
    });
    await wakeUps.wakeNow(key, 1);
    await untilState(1, 'active');
    await wakeUps.wakeNow(key, 1);
    await finished;
    expect(begun).toBe(2);
  });
});

describe('a held wake-up', () => {
  it('stays the same job in the delayed set without using up attempts, and is promoted when the call ends', async () => {
    const attempts: number[] = [];
    const done = new Promise<void>((resolve) => {
      work(async (job, token) => {
        attempts.push(job.attemptsMade);
        if (attempts.length === 4) {
          resolve();
          return;
        }
        const own = new JobWakeUps(wakeUps, job, token);
        await own.arm(key, 1, Date.now() + far, Date.now());
        await own.finish(heldAgent(1));
      });
    });
    await wakeUps.wakeNow(key, 1);
    for (let held = 0; held < 3; held++) {
      await waitFor(
        'the job to be put back',
        async () => (await stateOf(1)) === 'delayed' && attempts.length === held + 1,
      );
      expect(await delayLeftMs(1)).toBeGreaterThan(far / 2);
      await wakeUps.wakeNow(key, 1);
    }
    await done;
    expect(attempts).toEqual([0, 0, 0, 0]);
  });

  it('is over when the agent is settled, whatever was armed on the way', async () => {
    work(async (job, token) => {
      const own = new JobWakeUps(wakeUps, job, token);
      await own.arm(key, 1, Date.now() + far, Date.now());
      await own.finish({ ...heldAgent(1), phase: { name: 'settled', outcome: 'loggedOut', at: 1 } });
    });
    await wakeUps.wakeNow(key, 1);
    await untilState(1, 'unknown');
  });
});

describe('a worker', () => {
  it('begins a due job although the process that held the marker was killed', async () => {
    const holder = await startMarkerHolder(server.port);
    const jobs = firstJobs(1);
    await pause(300);
    const now = Date.now();
    await wakeUps.arm(key, 1, now + 1_500, now);
    await pause(300);
    await holder.kill9();
    const [job] = await jobs;
    expect((job?.at ?? 0) - (now + 1_500)).toBeGreaterThanOrEqual(0);
  });

  it('gives the job of a worker that died to another one', async () => {
    const dying = work(() => new Promise(() => undefined));
    await wakeUps.wakeNow(key, 1);
    await untilState(1, 'active');
    // Closed by force it lets go of nothing: its lock runs out, as it does when the process is killed.
    await dying.close(true);
    const [job] = await firstJobs(1);
    expect(job?.id).toBe(wakeUpJobId(key.agentId, 1));
  });
});

describe('the sweep', () => {
  it('comes again and again, once per interval however often it is scheduled', async () => {
    const sweeps = createSweepQueue(connection, peripheralId);
    await Promise.all([scheduleSweep(sweeps, 100), scheduleSweep(sweeps, 100), scheduleSweep(sweeps, 100)]);
    expect(await sweeps.getJobSchedulersCount()).toBe(1);
    let count = 0;
    const options = workerOptions(connection, peripheralId, { concurrency: 1, name: 'sweeper' });
    const worker = new PromptWorker('sweep', () => Promise.resolve(++count), options);
    await waitFor('three sweeps', () => count >= 3);
    await worker.close();
    await sweeps.obliterate({ force: true });
    await sweeps.close();
  });

  it('begins now where a clock that is wrong put it far away, or would not see that it is due', async () => {
    const sweeps = createSweepQueue(connection, peripheralId);
    await scheduleSweep(sweeps, 15_000);
    const waiting = async (): Promise<number> =>
      (await sweeps.getWaitingCount()) + (await sweeps.getDelayedCount()) * 10;
    // The first one begins at once; the next one is made when it is taken.
    const options = workerOptions(connection, peripheralId, { concurrency: 1, name: 'sweeper' });
    const worker = new PromptWorker('sweep', () => Promise.resolve(), options);
    await waitFor('the next sweep to wait', async () => (await waiting()) === 10, { seen: waiting });
    await worker.close();
    await hurrySweep(sweeps, 15_000, Date.now());
    expect(await waiting()).toBe(10);
    await hurrySweep(sweeps, 15_000, Date.now() - far);
    expect(await waiting()).toBe(1);
    await sweeps.obliterate({ force: true });
    await sweeps.close();
  });
});

describe('a loop whose question for a job is never answered', () => {
  it.each(['moveToActive', 'waitForJob'] as const)('goes on when it is started again (%s)', async (method) => {
    const { lost, restore } = loseFirst(method);
    try {
      const done: string[] = [];
      const worker = work((job) => {
        done.push(job.data.agentId);
        return Promise.resolve();
      });
      await lost;
      const { answers } = worker;
      await wakeUps.arm(key, 1, Date.now(), Date.now());
      await pause(3_000);
      expect({ done, answers: worker.answers, fault: worker.fetchFault }).toEqual({ done: [], answers, fault: null });
      worker.startAgain();
      await waitFor('the job', () => done.includes(key.agentId));
    } finally {
      restore();
    }
  });
});
