import { type Logger } from 'pino';
import { type RedisConnection } from './connection';
import { type DataLossOptions, dataLossSentence, noteDataLoss } from './data-loss';

/** Says what this process has noticed: an alarm in the log, a figure, and one line in the journal. */
export class DataLossReport {
  /** Times that this process noticed it. */
  count = 0;

  constructor(
    private readonly redis: RedisConnection,
    private readonly options: DataLossOptions,
    private readonly log: Logger,
  ) {}

  report(evidence: string): void {
    this.count += 1;
    const sentence = dataLossSentence(evidence);
    this.log.error({ alarm: true, code: 'STORE_DATA_LOST' }, sentence);
    noteDataLoss(this.redis, this.options, sentence).catch((error: unknown) => {
      this.log.warn({ err: error }, 'the loss of data could not be written into the journal');
    });
  }
}
