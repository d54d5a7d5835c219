import { describeSweepSchedule } from '#queue/contract/sweep-schedule.spec-support';
import { describeWakeUps } from '#queue/contract/wake-ups.spec-support';
import { describeLocks, describeWorkers } from '#queue/contract/workers.spec-support';
import { type RedisConnection } from '#store/connection';
import { type RedisProcess, startRedis } from '../kit/redis/redis-server';
import { connectTo, realClock } from './store-contract.spec-support';
import { BullSweeps, BullUnderTest } from './store-wake-ups.spec-support';

/** The contracts of the queues in Redis; test/sim has the same ones for the double of BullMQ in the simulation. */

/** As short as a lock can be that a test can renew in time. */
const shortLockMs = 300;

let server: RedisProcess;
let connection: RedisConnection;

beforeAll(async () => {
  server = await startRedis({ aof: false });
  connection = connectTo(server.port, 'queue');
});
afterAll(async () => {
  connection.disconnect();
  await server.stop();
});

describeWakeUps('in BullMQ', () => BullUnderTest.start(connection, realClock(connection)));
describeWorkers('in BullMQ', () => BullUnderTest.start(connection, realClock(connection)));
describeLocks('in BullMQ', () => BullUnderTest.start(connection, realClock(connection), shortLockMs));
describeSweepSchedule('in BullMQ', () => BullSweeps.start(connection, realClock(connection)));
