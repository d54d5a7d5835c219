import fc from 'fast-check';
import { type Pace } from '#domain/mass-loss';
import { type RedisConnection } from '#store/connection';
import { DirectDouble } from '../sim/contract/direct-double';
import { type RedisProcess, startRedis } from '../kit/redis/redis-server';
import { SeededRedis } from './seeded-redis.spec-support';
import { connectTo, RedisUnderTest } from './store-contract.spec-support';
import { History, type HistoryStore, leaseMs, step } from './store-history.spec-support';

/** Always the same ones: a history that nobody has seen before would fail for a fault that another commit made. */
const seed = 20_261_129;
const histories = 250;
const stepsMax = 60;

const issuingPerSecondMax = 2;
const manyPerMinute: Pace = { perMinuteMax: 1_000, perSecondMax: null };

let server: RedisProcess;
let redis: RedisConnection;

beforeAll(async () => {
  server = await startRedis({ aof: false, settings: { 'enable-debug-command': 'yes' } });
  redis = connectTo(server.port, 'store');
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

/** A real Redis by a seeded clock; empty. */
async function redisAt(nowMs: number): Promise<HistoryStore & { stop(): Promise<void> }> {
  const clock = new SeededRedis(redis, nowMs);
  const options = { redis: clock.connection, server, clock, leaseMs, issuingPerSecondMax };
  const under = await RedisUnderTest.start(options);
  const { store, links, leases, sides, roll, journal } = under;
  return {
    ...{ store, links, leases, sides, roll, journal },
    get nowMs() {
      return clock.nowMs;
    },
    advance: (ms) => clock.advance(ms),
    setPace: (side, pace) => {
      under.setPace(side, pace);
    },
    lines: () => under.lines(),
    // A new life with the same data, without the time that a start takes.
    restart: async () => {
      await redis.call('DEBUG', 'CHANGE-REPL-ID');
    },
    backUp: async () => {
      const restore = await under.backUp();
      return async () => {
        await restore();
        await clock.advance(0);
        await redis.call('DEBUG', 'CHANGE-REPL-ID');
      };
    },
    stop: () => under.stop(),
  };
}

describe('any history', () => {
  it('gets the same answers from the simulation’s double of Redis as from Redis', async () => {
    let steps = 0;
    const anySteps = fc.array(step, { maxLength: stepsMax, size: 'max' });
    const sameAnswers = fc.asyncProperty(fc.boolean(), anySteps, async (isReady, history) => {
      const double = new DirectDouble(issuingPerSecondMax, manyPerMinute);
      const real = await redisAt(double.nowMs);
      const [ofDouble, ofRedis] = [new History(double), new History(real)];
      try {
        if (isReady) for (const each of [ofDouble, ofRedis]) await each.getReady();
        for (const each of history) {
          steps += 1;
          expect(await ofDouble.carryOut(each)).toEqual(await ofRedis.carryOut(each));
        }
        expect(await ofDouble.state()).toEqual(await ofRedis.state());
      } finally {
        await real.stop();
      }
    });
    await fc.assert(sameAnswers, { numRuns: histories, seed });
    process.stdout.write(`${String(histories)} histories, ${String(steps)} steps\n`);
  });
});
