import { pino } from 'pino';
import { type DueJobs } from '#queue/due-jobs';
import { StoreError } from '#store/store-error';
import { JobLoopWatch, notTakenMsMax, startsAgainMax } from './job-loop-watch';

describe('the loops that take jobs', () => {
  let nowMs: number;
  let due: DueJobs | null;
  let storeAnswers: boolean;
  let lines: { level: number; msg: string; alarm?: boolean }[];
  let watch: JobLoopWatch;
  const loop = {
    name: 'logout',
    concurrency: 200,
    answers: 0,
    begun: 0,
    fetchFault: null as Error | null,
    hasPlace: true,
    paused: false,
    started: 0,
    isPaused: () => loop.paused,
    startAgain: () => void (loop.started += 1),
  };

  beforeEach(() => {
    nowMs = 1_000;
    due = { count: 0, isPaused: false };
    storeAnswers = true;
    lines = [];
    Object.assign(loop, { answers: 0, begun: 0, fetchFault: null, hasPlace: true, paused: false, started: 0 });
    const write = (line: string): void => void lines.push(JSON.parse(line) as (typeof lines)[number]);
    watch = new JobLoopWatch({
      log: pino({}, { write }),
      monotonicMs: () => nowMs,
      storeAnswers: () => storeAnswers,
      dueJobs: () => (due === null ? Promise.reject(new Error('away')) : Promise.resolve(due)),
    });
    watch.follow([loop]);
  });

  async function pass(ms: number, each: () => void = () => undefined): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1_000) {
      nowMs += 1_000;
      each();
      await watch.look();
    }
  }
  const answer = (): void => void (loop.answers += 1);
  const messages = (): string[] => lines.map(({ msg }) => msg);

  it('are well while they have answers, with jobs or without', async () => {
    await pass(60_000, answer);
    due = { count: 3, isPaused: false };
    await pass(60_000, () => {
      answer();
      loop.begun += 1;
    });
    expect(watch.fault).toBeNull();
    expect(loop.started).toBe(0);
    expect(lines).toEqual([]);
  });

  it('are an alarm, told once, when one has no answer, and it is started again a bounded number of times', async () => {
    await pass(notTakenMsMax);
    expect(watch.fault).toMatch(/the loop of the queue logout has had no answer for 10 s, and Redis answers/);
    expect(watch.isStuck).toBe(true);
    expect(loop.started).toBe(1);
    due = { count: 2, isPaused: false };
    await pass(10 * notTakenMsMax);
    expect(loop.started).toBe(startsAgainMax);
    expect(watch.startsAgain).toBe(startsAgainMax);
    expect(watch.dueNotTaken).toBe(2);
    expect(watch.fault).toMatch(/2 of them due\. It was started again 5 times in vain: restart this worker/);
    expect(lines.map(({ level, alarm }) => ({ level, alarm }))).toEqual([
      { level: 50, alarm: true },
      { level: 50, alarm: true },
    ]);
    await pass(1_000, () => {
      answer();
      loop.begun += 1;
    });
    expect(watch.fault).toBeNull();
    expect(watch.isStuck).toBe(false);
    expect(messages().at(-1)).toBe('jobs are taken again');
    // A later hang has all its tries.
    await pass(notTakenMsMax);
    expect(loop.started).toBe(startsAgainMax + 1);
  });

  it.each([
    ['all places are taken', false, /All its 200 places are taken by jobs under way/],
    ['Redis gives it none', true, /look at the limits of the queue/],
  ])('are an alarm when jobs are due and none is begun since %s', async (_why, hasPlace, sentence) => {
    due = { count: 7, isPaused: false };
    loop.hasPlace = hasPlace;
    await pass(2 * notTakenMsMax, answer);
    expect(watch.fault).toMatch(sentence);
    expect(watch.dueNotTaken).toBe(7);
    expect(watch.isStuck).toBe(false);
    expect(loop.started).toBe(0);
    expect(lines).toHaveLength(1);
  });

  it.each<[string, () => void]>([
    ['Redis is away, as the keeper says', () => (storeAnswers = false)],
    ['Redis is away, as the question for due jobs shows', () => (due = null)],
    ['another worker takes the jobs', () => (loop.paused = true)],
  ])('are not blamed while %s', async (_what, arrange) => {
    due = { count: 5, isPaused: false };
    arrange();
    await pass(3 * notTakenMsMax);
    expect(watch.fault).toBeNull();
    expect(loop.started).toBe(0);
  });

  it('leave the jobs of a queue that an operator has paused', async () => {
    due = { count: 5, isPaused: true };
    await pass(3 * notTakenMsMax, answer);
    expect(watch.fault).toBeNull();
  });

  it('are not blamed for a standstill of the whole process', async () => {
    await pass(5_000, answer);
    nowMs += 60_000;
    await watch.look();
    expect(watch.fault).toBeNull();
    expect(loop.started).toBe(0);
  });

  it('leave it to the connections to say in the log that Redis is away', async () => {
    loop.fetchFault = new Error('connect ECONNREFUSED 127.0.0.1:6379');
    await pass(5_000);
    expect(watch.fault).toMatch(/^No jobs can be taken\. Redis cannot be reached/);
    loop.fetchFault = null;
    await pass(5_000, answer);
    expect(watch.fault).toBeNull();
    expect(lines).toEqual([]);
  });

  it('say what Redis refuses', async () => {
    const cause = new Error("NOPERM User x has no permissions to run the 'bzpopmin' command");
    loop.fetchFault = new StoreError('STORE_REFUSED', 'jobs', cause);
    await pass(1_000);
    expect(watch.fault).toMatch(/^No jobs can be taken\. .*bzpopmin/i);
    expect(watch.isStuck).toBe(true);
  });
});
