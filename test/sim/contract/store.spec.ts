import { describeAgentLines } from '#store/contract/agent-lines.spec-support';
import { describeClock } from '#store/contract/clock.spec-support';
import { describeIssuing } from '#store/contract/issuing.spec-support';
import { describeJournal } from '#store/contract/journal.spec-support';
import { describeLastLook } from '#store/contract/last-look.spec-support';
import { describeLinkLeases } from '#store/contract/link-leases.spec-support';
import { describeRateLimits, describeRateLimitsOverMinutes } from '#store/contract/rate-limits.spec-support';
import { describeRecords } from '#store/contract/records.spec-support';
import { describeReplicas } from '#store/contract/replicas.spec-support';
import { describeServerLeases } from '#store/contract/server-leases.spec-support';
import { describeSides } from '#store/contract/sides.spec-support';
import { describeSweepQueries } from '#store/contract/sweep-queries.spec-support';
import { DoubleUnderTest } from './double-under-test';

/** What Redis keeps in test/integration/store-contract.spec.ts, the simulation's double of it keeps, too. */

const name = 'in the simulation’s double of Redis';
const start = (): Promise<DoubleUnderTest> => DoubleUnderTest.start();
const startReady = (): Promise<DoubleUnderTest> => DoubleUnderTest.startReady();
const startWithReplica = async (): Promise<DoubleUnderTest> => {
  const started = await DoubleUnderTest.startReady();
  await started.reach(true);
  return started;
};

describeRecords(name, start);
describeIssuing(name, startReady);
describeClock(name, startReady);
describeRateLimits(name, startReady);
describeRateLimitsOverMinutes(name, startReady);
describeServerLeases(name, start);
describeLinkLeases(name, start);
describeSides(name, start);
describeSweepQueries(name, start);
describeJournal(name, start);
describeAgentLines(name, start);
describeLastLook(name, start);
describeReplicas(name, startWithReplica);
