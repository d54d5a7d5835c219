import { describeSweepSchedule } from '#queue/contract/sweep-schedule.spec-support';
import { describeWakeUps } from '#queue/contract/wake-ups.spec-support';
import { describeLocks, describeWorkers } from '#queue/contract/workers.spec-support';
import { QueueUnderTest, SweepsUnderTest } from './queue-under-test';

/** What BullMQ keeps in test/integration/store-wake-ups.spec.ts, the simulation's double of it keeps, too. */

const name = 'in the simulation’s double of BullMQ';

describeWakeUps(name, () => Promise.resolve(new QueueUnderTest()));
describeWorkers(name, () => Promise.resolve(new QueueUnderTest()));
describeLocks(name, () => Promise.resolve(new QueueUnderTest()));
describeSweepSchedule(name, () => Promise.resolve(new SweepsUnderTest()));
