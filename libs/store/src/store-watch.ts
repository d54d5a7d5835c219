import { ReplyError } from 'ioredis';
import { type Logger } from 'pino';
import { type RedisConnection } from './connection';
import { readRefusal } from './redis-refusal';
import { type SentinelsSeen } from './sentinel-checks';
import { type Finding, type FindingCode, findingCodes, judgeStore, readInfo, type StoreAnswers } from './store-checks';

/** Settings change seldom, and INFO costs Redis little. */
const settingsLookMs = 60_000;
const refusalLookMs = 2_000;

/** A Sentinel that was replaced is known to the others within seconds. */
const sentinelsLookMs = 5_000;

export interface StoreWatchParts {
  readonly redis: Pick<RedisConnection, 'info' | 'on'>;
  /** How many replicas take what is written now, and how many must; left out where nobody needs any. */
  readonly replicas?: { readonly required: number; readonly inStep: () => Promise<number>; readonly everyMs: number };
  /** What all Sentinels of REDIS_URL answer; left out where there are none. */
  readonly sentinels?: { look(): Promise<SentinelsSeen> } | undefined;
  readonly log: Logger;
}

/**
 * Looks at the settings and the replicas of Redis as long as the process lives. Each finding is said once when it begins and
 * once when it ends; `findings` is what holds now. While Redis does not answer, what was seen last holds.
 */
export class StoreWatch {
  private answers: StoreAnswers = { infoRefusal: null, info: null, replicas: null, sentinels: null };
  private present: readonly Finding[] = [];
  private lookedAtMs = Number.NEGATIVE_INFINITY;
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(private readonly parts: StoreWatchParts) {}

  start(): void {
    const { redis, replicas, sentinels } = this.parts;
    this.repeat(refusalLookMs, () => this.lookAtSettingsWhenDue());
    redis.on('ready', () => void this.lookAtSettings().catch(() => undefined));
    if (replicas !== undefined && replicas.required > 0) this.repeat(replicas.everyMs, () => this.lookAtReplicas());
    if (sentinels !== undefined) this.repeat(sentinelsLookMs, () => this.lookAtSentinels(sentinels));
  }

  stop(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  get findings(): readonly Finding[] {
    return this.present;
  }

  /** For a gauge: 1 while it holds. */
  holds(code: FindingCode): 0 | 1 {
    return this.present.some((finding) => finding.code === code) ? 1 : 0;
  }

  /** What was seen at the last look; null before the first one. */
  get replicasInStep(): number | null {
    return this.answers.replicas?.inStep ?? null;
  }

  private repeat(everyMs: number, look: () => Promise<void>): void {
    // What cannot be asked is said by whoever needs Redis.
    const quietly = (): void => void look().catch(() => undefined);
    this.timers.push(setInterval(quietly, everyMs));
    quietly();
  }

  /** What was refused is asked for again soon. */
  private lookAtSettingsWhenDue(): Promise<void> {
    const isDue = this.answers.infoRefusal !== null || performance.now() - this.lookedAtMs >= settingsLookMs;
    return isDue ? this.lookAtSettings() : Promise.resolve();
  }

  private async lookAtSettings(): Promise<void> {
    this.lookedAtMs = performance.now();
    try {
      this.judge({ ...this.answers, info: readInfo(await this.parts.redis.info()), infoRefusal: null });
    } catch (error) {
      if (error instanceof ReplyError)
        this.judge({ ...this.answers, infoRefusal: readRefusal((error as Error).message) });
    }
  }

  private async lookAtReplicas(): Promise<void> {
    const { replicas } = this.parts;
    if (replicas === undefined) return;
    const { required } = replicas;
    const inStep = await replicas.inStep();
    this.judge({ ...this.answers, replicas: { inStep, required } });
  }

  private async lookAtSentinels(asked: NonNullable<StoreWatchParts['sentinels']>): Promise<void> {
    const sentinels = await asked.look();
    this.judge({ ...this.answers, sentinels });
  }

  private judge(answers: StoreAnswers): void {
    const before = this.present;
    this.answers = answers;
    this.present = judgeStore(answers);
    for (const finding of this.present) if (!before.some(({ code }) => code === finding.code)) this.say(finding);
    for (const { code } of before) {
      if (this.present.every((finding) => finding.code !== code))
        this.parts.log.info({ finding: code }, 'this is in order again');
    }
  }

  private say({ code, level, sentence, remedy }: Finding): void {
    const { log } = this.parts;
    if (level === 'warning') log.warn({ finding: code }, `${sentence} ${remedy}`);
    else log.error({ finding: code, alarm: true }, `${sentence} ${remedy}`);
  }
}

/** Labels of the gauge of findings. */
export const findingLabels: readonly FindingCode[] = findingCodes;
