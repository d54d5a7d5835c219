import { type App } from '../kit/app';
import { type Site } from '../kit/site/site';
import { type Side } from '../kit/site/site-options';
import { startSite } from '../kit/site/start-site';
import { waitFor } from '../kit/wait';

/** What only the loop of a worker sends that asks for a job: its connection stays open, and nothing comes back. */
const askingForJobs = /\{5000\}:logout:stalled/;

interface Readiness {
  readonly status: number;
  readonly missing: readonly { readonly part: string; readonly why: string }[];
}

describe('a loop that takes jobs and hangs without an error', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite({ proxied: true });
    await site.untilIssuable();
  });
  afterAll(() => site.stop());

  async function readinessOf(app: App): Promise<Readiness> {
    const response = await fetch(`${app.url}/health/ready`);
    const { missing } = (await response.json()) as Pick<Readiness, 'missing'>;
    return { status: response.status, missing };
  }

  async function figureOf(app: App, name: string): Promise<number> {
    const text = await (await fetch(`${app.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  }

  function swallow(pattern: RegExp | undefined, ...sides: readonly Side[]): void {
    for (const side of sides) site.parts.redisProxies?.[side].swallow(pattern);
  }

  async function untilToldBy(worker: App, sentence: RegExp): Promise<void> {
    await waitFor(
      'the worker not to be ready for its jobs, and why',
      async () => {
        const { status, missing } = await readinessOf(worker);
        return status === 503 && missing.some(({ part, why }) => part === 'jobs' && sentence.test(why));
      },
      { seen: () => readinessOf(worker) },
    );
    expect(await figureOf(worker, 'lastcall_jobs_taken')).toBe(0);
  }

  async function untilReady(worker: App): Promise<void> {
    await waitFor('the worker to be ready', async () => (await readinessOf(worker)).status === 200);
    expect(await figureOf(worker, 'lastcall_jobs_taken')).toBe(1);
  }

  it('in one of two workers: it says so and tries again, and the other one signs out', async () => {
    const { primary } = site.workers;
    await site.signIn('1001');
    const desktop = await site.open('1001', 'primary');
    swallow(askingForJobs, 'primary');
    await untilToldBy(primary, /the loop of the queue (logout|sweep) has had no answer for 10 s, and Redis answers/);
    await waitFor('a try', async () => (await figureOf(primary, 'lastcall_job_loop_restarts_total')) > 0);
    desktop.crash();
    await site.untilOutcome('1001', 'loggedOut');
    expect((await readinessOf(site.workers.secondary)).missing).toEqual([]);
    swallow(undefined, 'primary');
    await untilReady(primary);
  });

  it('in all workers, which get answers and no job: one alarm of each, the due jobs are counted, and then all goes on', async () => {
    await site.signIn('1002');
    const desktop = await site.open('1002', 'primary');
    const workers = Object.values(site.workers);
    const before = workers.map(({ lines }) => lines.length);
    const meta = '{5000}:logout:meta';
    // BullMQ's limit for all workers together: with none allowed each question is answered, and never with a job.
    await site.redisConnection.hset(meta, 'concurrency', 0);
    desktop.crash();
    for (const worker of workers) {
      await untilToldBy(worker, /jobs of the queue logout are due, and this worker has begun none for 10 s/);
      expect(await figureOf(worker, 'lastcall_jobs_due_not_taken')).toBeGreaterThan(0);
    }
    // What still works: the sweep sees to the rest, presence is kept, and a return ends the loss.
    expect((await site.record('1002')).phase.name).toBe('grace');
    await site.redisConnection.hdel(meta, 'concurrency');
    await site.untilOutcome('1002', 'loggedOut');
    for (const [index, worker] of workers.entries()) {
      await untilReady(worker);
      const since = (): readonly string[] => worker.lines.slice(before[index]);
      await waitFor('the end', () => since().some((line) => line.includes('jobs are taken again')));
      const told = since().filter((line) => line.includes('No jobs are taken'));
      expect(told).toHaveLength(1);
      expect(told[0]).toContain('"alarm":true');
    }
  });
});
