import { type PromptWorker } from '#queue/prompt-worker';
import { whyStoreFails } from '#store/store-error';
import { type Logger } from 'pino';

const lookMs = 1_000;

/** Sees whether the loops that take jobs can take them: a worker that cannot looks well in everything else. */
export class JobLoopWatch {
  private sentence: string | null = null;
  private timer: NodeJS.Timeout | undefined;
  private begun = 0;
  private workers: readonly PromptWorker[] = [];

  constructor(private readonly log: Logger) {}

  watch(...workers: PromptWorker[]): void {
    this.workers = workers;
    for (const worker of workers) {
      worker.waitUntilReady().then(
        () => (this.begun += 1),
        () => undefined,
      );
      worker.on('error', (error) => {
        worker.failed(error);
      });
    }
    this.timer = setInterval(() => {
      this.look();
    }, lookMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** False as long as Redis has not let each of them begin: such a worker cannot end in order either. */
  get hasBegun(): boolean {
    return this.begun === this.workers.length;
  }

  /** Why jobs cannot be taken, for a person; null: they can. */
  get fault(): string | null {
    return this.sentence;
  }

  private look(): void {
    // One that is paused leaves the jobs to another worker on purpose.
    const asking = this.workers.filter((worker) => !worker.isPaused());
    const faults = asking.map(({ fetchFault }) => fetchFault).filter((fault) => fault !== null);
    const [first] = faults;
    const sentence = first === undefined ? null : `No jobs can be taken. ${whyStoreFails(first)}`;
    if (sentence === this.sentence) return;
    this.sentence = sentence;
    if (sentence === null) this.log.info('jobs are taken again');
    else this.log.error({ alarm: true }, sentence);
  }
}
