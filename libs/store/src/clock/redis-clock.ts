import { type Entry } from '#domain/command';
import { type RedisConnection } from '../connection';
import { Keys } from '../keys';
import { correctClockLua } from '../lua/correct-clock.lua';
import { allOf } from '../pipeline';
import { Script } from '../script';
import { ClockSource } from './store-clock';
import { askTime, type ClockCorrection, type ClockSample, sampleOf } from './store-time';

const correctScript = new Script('correct-clock', correctClockLua);

export interface RedisClockOptions {
  readonly peripheralId: number;
  /** The journal is trimmed to about this many lines. */
  readonly journalEntriesMax: number;
}

/** The time in Redis. */
export class RedisClock extends ClockSource {
  private readonly keys: Keys;

  constructor(
    private readonly redis: RedisConnection,
    private readonly options: RedisClockOptions,
  ) {
    super();
    this.keys = new Keys(options.peripheralId);
  }

  override async sample(): Promise<ClockSample> {
    const [time, text] = await allOf('time', askTime(this.redis.pipeline(), this.keys));
    return sampleOf(time, text);
  }

  override async correct({ expected, shiftMs, spanMs }: ClockCorrection, sentence: string): Promise<boolean> {
    const { journal, clock } = this.keys;
    const entry: Entry = { what: 'clockCorrected', loss: null, shiftMs, sentence };
    const args = [expected, shiftMs, spanMs, this.options.journalEntriesMax, JSON.stringify(entry)];
    return (await correctScript.run(this.redis, [journal, clock], args)) === 1;
  }
}
