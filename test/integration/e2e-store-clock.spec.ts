import { stepToleranceMs } from '#store/clock/step-detection';
import { type TestDesktop } from '../kit/desktop';
import { call } from '../kit/http';
import { type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

/**
 * Decision 0032 with real processes: the wall clock of a real redis-server steps in the middle of a grace. The monotonic
 * clocks go on.
 */

const graceMs = 10_000;
const beforeStepMs = 2_000;
const aheadS = 60;
const backS = -660;
/** A grace is 1 % shorter while the offset returns, and of a step up to the tolerance is not seen. */
const graceMsMin = 0.99 * graceMs - stepToleranceMs;
/** The offset returns at 1 % of the time that passes, and a test lasts for a minute or so. */
const offsetToleranceS = 3;

let site: Site;
let kept: TestDesktop;

beforeEach(async () => {
  site = await startSite({ times: { graceMs, graceServerLostMs: 2 * graceMs }, redisClock: true });
  await site.signIn('1001', 'READY');
  await site.signIn('1002', 'READY');
  kept = await site.open('1001', 'secondary');
  await site.untilIssuable();
});
afterEach(async () => {
  await (site as Site | undefined)?.stop();
});

const correctionsMs = async (): Promise<number[]> =>
  (await site.journal()).flatMap(({ entry }) => (entry.what === 'clockCorrected' ? [entry.shiftMs] : []));

const lossCauses = async (): Promise<string[]> =>
  (await site.journal()).flatMap(({ entry }) => (entry.what === 'lossBegan' ? [entry.cause] : []));

/** Of that name, without its labels, at every process. */
function figures(pattern: RegExp): Promise<number[]> {
  return Promise.all(
    site.apps.map(async ({ url }) => Number(pattern.exec(await (await call(`${url}/metrics`)).text())?.[1])),
  );
}

const offsetsS = (): Promise<number[]> => figures(/^lastcall_store_clock_offset_seconds (\S+)$/m);

/** The desktop of 1002 is lost, and the clock steps 2 s into the grace. Answers how long the agent was given, until the logout was requested. */
async function graceGivenMs(stepS: number): Promise<number> {
  const desktop = await site.open('1002', 'primary');
  const lostAt = Date.now();
  desktop.crash();
  await site.untilPhase('1002', 'grace');
  await pause(beforeStepMs);
  await site.setRedisClock(stepS);
  const logout = await waitFor('the request to sign 1002 out', async () => (await site.logouts('1002'))[0], {
    seen: async () => [await site.record('1002'), await site.journal()],
  });
  await site.untilOutcome('1002', 'loggedOut');
  return logout.at - lostAt;
}

/**
 * All four processes see the step, and it is taken back once, with one line for each correction. On a busy machine a first
 * correction can be short by as long as the answer of Redis took; a second one has the rest.
 */
async function expectCorrectedOnce(direction: 'ahead' | 'back', stepS: number): Promise<void> {
  const written = await correctionsMs();
  expect(Math.abs(sum(written) / 1_000 + stepS)).toBeLessThan(offsetToleranceS);
  const counted = await figures(
    new RegExp(`^lastcall_store_clock_steps_total\\{direction="${direction}"\\} (\\d+)$`, 'm'),
  );
  expect(written).toHaveLength(sum(counted));
  await waitFor(
    'the offset on /metrics of every process',
    async () => (await offsetsS()).every((offset) => Math.abs(offset + stepS) < offsetToleranceS),
    { seen: offsetsS },
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

async function expectOthersUntouched(): Promise<void> {
  expect(kept.log.filter(({ what }) => what === 'closed')).toEqual([]);
  expect(await site.requests('1001')).toEqual([]);
  // None of them is a lost server.
  expect(await lossCauses()).toEqual(['lost']);
}

describe('a step of the clock of the Redis host', () => {
  it('ahead shortens no grace, and loses no server', async () => {
    expect(await graceGivenMs(aheadS)).toBeGreaterThan(graceMsMin);
    await expectCorrectedOnce('ahead', aheadS);
    await expectOthersUntouched();
  });

  it('back leaves no agent in a grace that has begun before it', async () => {
    expect(await graceGivenMs(backS)).toBeGreaterThan(graceMsMin);
    await expectCorrectedOnce('back', backS);
    await expectOthersUntouched();
  });
});
