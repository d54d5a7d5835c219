import { pino } from 'pino';
import { type Protection } from '#domain/mass-loss';
import { defaultPolicy, type MassLossPolicy } from '#domain/policy';
import { Life } from '#store/contract/agents.spec-support';
import { type RedisConnection } from '#store/connection';
import { SideWatch } from '../../apps/worker/src/side-watch';
import { type RedisProcess, startRedis } from '../kit/redis/redis-server';
import { SeededRedis } from './seeded-redis.spec-support';
import { connectTo, RedisUnderTest } from './store-contract.spec-support';

/** A mass loss of which nobody comes back, in a real Redis by a seeded clock, while the side's servers keep their leases. */

const minuteMs = 60_000;
const renewMs = 5_000;
const lostAtOnce = 10;

let server: RedisProcess;
let redis: RedisConnection;

beforeAll(async () => {
  server = await startRedis({ aof: false });
  redis = connectTo(server.port, 'store');
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

/** Ten agents lose their desktops; answers the protection of their side after each of these times. */
async function protectionsAfter(minutes: readonly number[], policy: MassLossPolicy): Promise<(Protection | null)[]> {
  const clock = new SeededRedis(redis, 1_800_000_000_000);
  const under = await RedisUnderTest.start({ redis: clock.connection, server, clock });
  const { sides, journal, leases, store } = under;
  const parts = { policy, monotonicMs: () => clock.nowMs, log: pino({ level: 'silent' }) };
  const watch = new SideWatch({ sides, journal, ...parts });
  const life = new Life(() => store);
  const agentIds = Array.from({ length: lostAtOnce }, (_, n) => String(1_001 + n));
  for (const agentId of agentIds) await life.openDesktop(agentId);
  for (const agentId of agentIds) await life.loseDesktop(agentId);
  const begun = clock.nowMs;
  const seen: (Protection | null)[] = [];
  for (const minute of minutes) {
    while (clock.nowMs < begun + minute * minuteMs) {
      await clock.advance(renewMs);
      await leases.renew('primary-1', 'primary', '');
      await watch.judge(clock.nowMs);
    }
    seen.push((await sides.protections()).primary);
  }
  await under.stop();
  return seen;
}

describe('a mass loss of which nobody comes back', () => {
  it('is held for as long as the policy says, also when that is long', async () => {
    const policy = { ...defaultPolicy.massLoss, holdMsMax: 60 * minuteMs };
    const [after1, after30, after59, after61] = await protectionsAfter([1, 30, 59, 61], policy);
    expect([after1?.state, after30?.state, after59?.state, after61?.state]).toEqual(['held', 'held', 'held', 'slow']);
  });

  it('is signed out slowly after that, until nobody of it is left', async () => {
    const [after16, after30] = await protectionsAfter([16, 30], defaultPolicy.massLoss);
    expect([after16?.state, after30?.state]).toEqual(['slow', 'slow']);
  });
});
