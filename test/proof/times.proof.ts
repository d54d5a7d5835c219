import { type AgentKey } from '#domain/agent';
import { BullWakeUps } from '#queue/bull-wake-ups';
import { createLogoutQueue, logoutQueueName } from '#queue/logout-queue';
import { PromptWorker, workerOptions } from '#queue/prompt-worker';
import { type RedisConnection } from '#store/connection';
import { ConsoleStage } from '../integration/console-stage.spec-support';
import { startMarkerHolder } from '../integration/marker-holder.spec-support';
import { connectTo } from '../integration/store-contract.spec-support';
import { leaseEnd, startTwoOnOneSide, untilActive } from '../integration/two-workers.spec-support';
import { startRedis } from '../kit/redis/redis-server';
import { peripheralId, type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';
import { expectWithin } from './judged-time';

/** Promises about how soon something happens, each judged on a machine that is known to have had time. */

async function onSite(
  options: Parameters<typeof startSite>[0],
  measure: (site: Site) => Promise<number>,
): Promise<number> {
  const site = await startSite(options);
  try {
    return await measure(site);
  } finally {
    await site.stop();
  }
}

it('a stand-by is active 2 s after the lease of the former holder has ended', () =>
  expectWithin({
    what: 'a worker is active after the lease of the killed one',
    msMax: 2_000,
    measure: async () => {
      const { site, first, second } = await startTwoOnOneSide();
      try {
        await first.kill9();
        const endsAt = await leaseEnd(site);
        await untilActive(second);
        return Date.now() - endsAt;
      } finally {
        await site.stop();
      }
    },
  }));

it('a ghost on a call is signed out 2 s after the end of the call', () =>
  expectWithin({
    what: 'the request after the end of a call',
    msMax: 2_000,
    measure: () =>
      onSite({}, async (site) => {
        await site.untilIssuable();
        await site.signIn('1008', 'READY');
        const { callId } = await site.post('/calls', { agentId: '1008' });
        (await site.open('1008')).crash();
        await site.untilPhase('1008', 'held');
        const endedAt = Date.now();
        await site.post(`/calls/${String(callId)}`, {}, 'DELETE');
        const logout = await waitFor('the logout after the call', async () => (await site.logouts('1008'))[0]);
        return logout.at - endedAt;
      }),
  }));

it('five agents whom an operator orders out are out 2 s later, long before any sweep', () =>
  expectWithin({
    what: 'the last of five orders is carried out',
    msMax: 2_000,
    measure: () =>
      onSite({ times: { sweepMs: 60_000 } }, async (site) => {
        const password = 'a-password-of-the-tests';
        const app = await site.prepare('console', { CONSOLE_PASSWORD: password });
        await app.start();
        await site.untilIssuable();
        const agentIds = ['1001', '1002', '1003', '1004', '1005'];
        for (const agentId of agentIds) await site.signIn(agentId);
        const headers = {
          authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`,
          'content-type': 'application/json',
          origin: app.url,
        };
        const orderedAt = Date.now();
        const order = (agentId: string): Promise<Response> =>
          fetch(`${app.url}/api/agents/${agentId}/logout`, { method: 'POST', headers, body: '{}' });
        for (const { status } of await Promise.all(agentIds.map(order))) expect(status).toBe(200);
        const logouts = await waitFor('all five logouts', async () => {
          const all = await Promise.all(agentIds.map((agentId) => site.logouts(agentId)));
          return all.every(({ length }) => length > 0) ? all.flat() : undefined;
        });
        return Math.max(...logouts.map(({ at }) => at)) - orderedAt;
      }),
  }));

it('a silent desktop is lost after half as long again as DETECTION_MS', () => {
  const detectionMs = 2_000;
  return expectWithin({
    what: `a silent desktop is lost, with a detection of ${String(detectionMs / 1_000)} s`,
    msMax: 1.5 * detectionMs,
    measure: () =>
      onSite({ times: { detectionMs }, simulator: false, apps: ['server'] }, async (site) => {
        (await site.open('1001')).freeze();
        const frozenAt = Date.now();
        await site.untilPhase('1001', 'grace');
        return Date.now() - frozenAt;
      }),
  });
});

it('with Sentinels, a ghost is signed out 30 s after the master was killed', () =>
  expectWithin({
    what: 'a ghost is signed out after a failover',
    msMax: 30_000,
    measure: () =>
      onSite({ redis: 'sentinel' }, async (site) => {
        await site.untilIssuable();
        await site.signIn('1001', 'READY');
        (await site.open('1001')).crash();
        await site.untilPhase('1001', 'grace');
        // The replicas have the loss by then.
        await pause(200);
        await (await site.parts.sentinels?.master())?.kill9();
        const killedAt = Date.now();
        await waitFor('the ghost to be signed out', async () => (await site.ctiAgent('1001')).stateName === 'LOGOUT');
        return Date.now() - killedAt;
      }),
  }));

it('the console stops in 5 s, with an open event stream and Redis away', () =>
  expectWithin({
    what: 'the console stops',
    msMax: 5_000,
    measure: async () => {
      const stage = await ConsoleStage.start();
      const stream = new AbortController();
      await stage.ask('/api/events', { signal: stream.signal });
      await stage.redis.kill9();
      const begunMs = performance.now();
      expect(await stage.stop()).toBe(0);
      const tookMs = performance.now() - begunMs;
      stream.abort();
      return tookMs;
    },
  }));

describe('BullMQ as it is set up here', () => {
  const key: AgentKey = { peripheralId, agentId: '1001' };

  async function onQueue(
    measure: (redis: RedisConnection, wakeUps: BullWakeUps, port: number) => Promise<number>,
  ): Promise<number> {
    const server = await startRedis({ aof: false });
    const connection = connectTo(server.port, 'queue');
    const queue = createLogoutQueue(connection, peripheralId);
    try {
      return await measure(connection, new BullWakeUps(queue), server.port);
    } finally {
      await queue.close();
      connection.disconnect();
      await server.stop();
    }
  }

  /** When the first job was begun (epoch ms), by a worker with the product's settings. */
  async function firstJobAt(connection: RedisConnection): Promise<number> {
    const begun = Promise.withResolvers<number>();
    const begin = (): Promise<void> => {
      begun.resolve(Date.now());
      return Promise.resolve();
    };
    const options = workerOptions(connection, peripheralId, { concurrency: 5, name: 'test-worker' });
    const worker = new PromptWorker(logoutQueueName, begin, options);
    worker.on('error', () => undefined);
    try {
      return await begun.promise;
    } finally {
      await worker.close();
    }
  }

  it('begins a due job 1.5 s late at most, although the process that held the marker was killed', () =>
    expectWithin({
      what: 'a job whose marker was held by a killed process is late',
      msMax: 1_500,
      measure: () =>
        onQueue(async (connection, wakeUps, port) => {
          const holder = await startMarkerHolder(port);
          const begunAt = firstJobAt(connection);
          await pause(300);
          const now = Date.now();
          await wakeUps.arm(key, 1, now + 1_500, now);
          await pause(300);
          await holder.kill9();
          return (await begunAt) - (now + 1_500);
        }),
    }));

  it('gives the job of a worker that died to another one after 12 s', () =>
    expectWithin({
      what: 'a job whose worker died is begun by another one',
      msMax: 12_000,
      measure: () =>
        onQueue(async (connection, wakeUps) => {
          const options = workerOptions(connection, peripheralId, { concurrency: 1, name: 'dying-worker' });
          const active = Promise.withResolvers<undefined>();
          const hangs = (): Promise<never> => {
            active.resolve(undefined);
            return new Promise(() => undefined);
          };
          const dying = new PromptWorker(logoutQueueName, hangs, options);
          dying.on('error', () => undefined);
          await wakeUps.wakeNow(key, 1);
          await active.promise;
          // Closed by force it lets go of nothing: its lock runs out, as it does when the process is killed.
          await dying.close(true);
          const diedAt = Date.now();
          return (await firstJobAt(connection)) - diedAt;
        }),
    }));
});
