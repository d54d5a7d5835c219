import { type DueJobs } from '#queue/due-jobs';
import { type PromptWorker } from '#queue/prompt-worker';
import { asStoreError, whyStoreFails } from '#store/store-error';
import { levelOfFailure } from '#store/store-outage';
import { type Logger } from 'pino';

const lookMs = 1_000;

/** An idle loop has an answer every second; a job that is due is taken within two. */
export const notTakenMsMax = 10_000;

/** A loop that hangs is started again so often, once each `notTakenMsMax`; then only a restart of the process is left. */
export const startsAgainMax = 5;

/** Between two looks, each of which may wait for Redis. */
const stillMsMax = 5_000;

/** A job is on its way to a worker for so long. */
export const dueSlackMs = 1_000;

type Loop = Pick<
  PromptWorker,
  'answers' | 'begun' | 'concurrency' | 'fetchFault' | 'hasPlace' | 'isPaused' | 'name' | 'startAgain'
>;

export interface JobLoopWatchParts {
  readonly log: Logger;
  readonly monotonicMs: () => number;
  /** Whether Redis answers on the connection of the records. Nothing is said of the loops while it does not. */
  readonly storeAnswers: () => boolean;
  /** Over that connection, too. */
  readonly dueJobs: (queueName: string) => Promise<DueJobs>;
}

/** What is known of one loop. Times are monotonic. */
interface Watched {
  readonly loop: Loop;
  answers: number;
  /** The last answer, or since when it may be expected. */
  answeredAtMs: number;
  begun: number;
  /** Jobs are due since then and this worker has begun none; null: not so. */
  dueSinceMs: number | null;
  due: number;
  startsAgain: number;
  /** When it was last started again. */
  startedAtMs: number;
}

/**
 * Sees whether the loops that take jobs can take them: a worker that cannot looks well in everything else. Three things can
 * be wrong: Redis refuses the job, the loop has no answer at all (it hangs, and is started again), or jobs are due and this
 * worker begins none whatever the reason.
 */
export class JobLoopWatch {
  private sentence: string | null = null;
  /** The log has an alarm that is not over. */
  private isAlarmed = false;
  private timer: NodeJS.Timeout | undefined;
  private readied = 0;
  private watched: Watched[] = [];
  private hanging = false;
  private restarts = 0;
  private isLooking = false;
  private lookedAtMs = 0;

  constructor(private readonly parts: JobLoopWatchParts) {}

  watch(...workers: PromptWorker[]): void {
    for (const worker of workers) {
      worker.waitUntilReady().then(
        () => (this.readied += 1),
        () => undefined,
      );
      worker.on('error', (error) => {
        worker.failed(error);
      });
    }
    this.follow(workers);
    this.timer = setInterval(() => void this.look(), lookMs);
  }

  follow(loops: readonly Loop[]): void {
    const nowMs = this.parts.monotonicMs();
    this.lookedAtMs = nowMs;
    this.watched = loops.map((loop) => ({
      ...{ loop, answers: loop.answers, answeredAtMs: nowMs, begun: loop.begun },
      ...{ dueSinceMs: null, due: 0, startsAgain: 0, startedAtMs: nowMs },
    }));
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** False as long as Redis has not let each of them begin: such a worker cannot end in order either. */
  get hasBegun(): boolean {
    return this.readied === this.watched.length;
  }

  /** Why jobs are not taken, for a person; null: they are. */
  get fault(): string | null {
    return this.sentence;
  }

  /** True while a loop cannot end in order: Redis refuses or does not answer it. */
  get isStuck(): boolean {
    return this.hanging || this.watched.some(({ loop }) => loop.fetchFault !== null);
  }

  /** Times that a loop was started again. */
  get startsAgain(): number {
    return this.restarts;
  }

  /** The largest number of due jobs of which this worker takes none; 0 while it takes them. */
  get dueNotTaken(): number {
    const nowMs = this.parts.monotonicMs();
    return Math.max(0, ...this.watched.map((one) => (isStarved(one, nowMs) ? one.due : 0)));
  }

  /** Looks at each loop once, unless a look is under way. Never rejects. */
  async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    const nowMs = this.parts.monotonicMs();
    // After a standstill of the whole process nothing is said of what its loops did meanwhile.
    const stoodStill = nowMs - this.lookedAtMs > stillMsMax;
    for (const one of this.watched) await this.lookAt(one, nowMs, stoodStill);
    this.lookedAtMs = this.parts.monotonicMs();
    this.isLooking = false;
    this.judge(nowMs);
  }

  private async lookAt(one: Watched, nowMs: number, stoodStill: boolean): Promise<void> {
    const { storeAnswers, dueJobs } = this.parts;
    const { loop } = one;
    // One that is paused leaves the jobs to another worker on purpose.
    const found = storeAnswers() && !loop.isPaused() ? await dueJobs(loop.name).catch(() => null) : null;
    const isExcused = found === null || stoodStill;
    if (isExcused || loop.answers !== one.answers || !loop.hasPlace) one.answeredAtMs = nowMs;
    one.due = found === null || found.isPaused ? 0 : found.count;
    if (isExcused || one.due === 0 || loop.begun !== one.begun) one.dueSinceMs = null;
    else one.dueSinceMs ??= nowMs;
    one.answers = loop.answers;
    one.begun = loop.begun;
  }

  private judge(nowMs: number): void {
    this.tell(this.watched.map((one) => this.sentenceOf(one, nowMs)).find((sentence) => sentence !== null) ?? null);
    const hanging = this.watched.filter((one) => isHanging(one, nowMs));
    this.hanging = hanging.length > 0;
    for (const one of hanging) this.startAgain(one, nowMs);
    for (const one of this.watched) if (one.answeredAtMs === nowMs) one.startsAgain = 0;
  }

  private sentenceOf(one: Watched, nowMs: number): string | null {
    const { loop } = one;
    const seconds = String(notTakenMsMax / 1_000);
    if (loop.isPaused()) return null;
    const due = isStarved(one, nowMs) ? ` ${String(one.due)} of them due.` : '';
    if (isHanging(one, nowMs)) {
      const end =
        one.startsAgain < startsAgainMax
          ? 'The loop is started again.'
          : `It was started again ${String(startsAgainMax)} times in vain: restart this worker.`;
      return `No jobs can be taken: the loop of the queue ${loop.name} has had no answer for ${seconds} s, and Redis answers.${due} ${end}`;
    }
    if (loop.fetchFault !== null) return `No jobs can be taken. ${whyStoreFails(loop.fetchFault)}`;
    if (!isStarved(one, nowMs)) return null;
    const why = loop.hasPlace
      ? 'Redis gives it none: look at the limits of the queue (global concurrency, rate) in Bull Board.'
      : `All its ${String(loop.concurrency)} places are taken by jobs under way.`;
    return `No jobs are taken: jobs of the queue ${loop.name} are due, and this worker has begun none for ${seconds} s. ${why}`;
  }

  /** Once when it begins, when another reason takes its place, and when it ends. */
  private tell(sentence: string | null): void {
    const { log } = this.parts;
    // How many are due changes all the time.
    const plain = (text: string | null): string | null => text?.replace(/ \d+ of them due\./, '') ?? null;
    const isNew = plain(sentence) !== plain(this.sentence);
    this.sentence = sentence;
    if (!isNew) return;
    const isOutage = this.watched.some(
      ({ loop }) => loop.fetchFault !== null && levelOfFailure(asStoreError('jobs', loop.fetchFault)) === 'debug',
    );
    if (sentence !== null && isOutage) {
      log.debug(sentence);
      return;
    }
    if (sentence !== null) log.error({ alarm: true }, sentence);
    else log[this.isAlarmed ? 'info' : 'debug']('jobs are taken again');
    this.isAlarmed = sentence !== null;
  }

  private startAgain(one: Watched, nowMs: number): void {
    if (one.startsAgain >= startsAgainMax || nowMs - one.startedAtMs < notTakenMsMax) return;
    one.startsAgain += 1;
    one.startedAtMs = nowMs;
    this.restarts += 1;
    one.loop.startAgain();
  }
}

function isHanging({ answeredAtMs }: Watched, nowMs: number): boolean {
  return nowMs - answeredAtMs >= notTakenMsMax;
}

function isStarved({ dueSinceMs }: Watched, nowMs: number): boolean {
  return dueSinceMs !== null && nowMs - dueSinceMs >= notTakenMsMax;
}
