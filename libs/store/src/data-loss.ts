import { type Entry } from '#domain/command';
import { askTime, sampleOf, storeTimeOf } from './clock/store-time';
import { type RedisConnection } from './connection';
import { Keys } from './keys';
import { noteDataLossLua } from './lua/note-data-loss.lua';
import { allOf } from './pipeline';
import { Script } from './script';

/** Why an operator must act, whatever was lost. */
const consequence =
  'Losses that were being counted may be unknown to it, and nobody signs those agents out: look at the agents without a desktop, and whether Redis could load its append-only file (docs/redis.md).';

/** The console shows it for so long. */
export const dataLossShownMs = 24 * 60 * 60_000;

const noteScript = new Script('note-data-loss', noteDataLossLua);

export interface DataLossOptions {
  readonly peripheralId: number;
  /** The journal is trimmed to about this many lines. */
  readonly journalEntriesMax: number;
}

/** The whole sentence for log, journal and console. */
export function dataLossSentence(evidence: string): string {
  return `Redis has lost data. ${evidence} ${consequence}`;
}

/** Writes it into the journal, once in each life of the store. */
export async function noteDataLoss(
  redis: RedisConnection,
  { peripheralId, journalEntriesMax }: DataLossOptions,
  sentence: string,
): Promise<void> {
  const keys = new Keys(peripheralId);
  const entry: Entry = { what: 'dataLost', loss: null, sentence };
  await noteScript.run(
    redis,
    [keys.generation, keys.journal, keys.clock],
    [journalEntriesMax, JSON.stringify(entry), sentence],
  );
}

/** What was last noticed in this life of the store; null: nothing, or long ago. */
export async function readDataLoss(redis: RedisConnection, peripheralId: number, now: number): Promise<string | null> {
  const fields = redis.pipeline().hmget(new Keys(peripheralId).generation, 'dataLostAt', 'dataLostSentence');
  const [answer] = await allOf('data loss', fields);
  const [at, sentence] = answer as [string | null, string | null];
  return at === null || sentence === null || Number(at) < now - dataLossShownMs ? null : sentence;
}

type Line = readonly [id: string, fields: unknown];

/**
 * Remembers the last line of the journal and sees whether it is still there: whatever took it away took records of the same
 * time with it. Trimming does not: it takes the oldest lines, and only of a journal that is full or very old.
 */
export class JournalMark {
  private readonly keys: Keys;
  private last: string | null = null;

  constructor(
    private readonly redis: RedisConnection,
    private readonly options: DataLossOptions & { readonly journalKeepMs: number },
  ) {
    this.keys = new Keys(options.peripheralId);
  }

  /** What is gone since the last look, as a sentence; null: nothing. Rejects with a StoreError. */
  async check(): Promise<string | null> {
    const { journal } = this.keys;
    const { last } = this;
    const look = askTime(this.redis.pipeline(), this.keys)
      .xlen(journal)
      .xrevrange(journal, '+', '-', 'COUNT', 1)
      .xrange(journal, last ?? '-', last ?? '-');
    const [time, offset, length, newest, kept] = (await allOf('journal mark', look)) as [
      unknown,
      unknown,
      number,
      Line[],
      Line[],
    ];
    this.last = newest[0]?.[0] ?? null;
    if (last === null || kept.length > 0) return null;
    const at = msOf(last);
    const isTrimmed =
      length >= this.options.journalEntriesMax || at < storeTimeOf(sampleOf(time, offset)) - this.options.journalKeepMs;
    return isTrimmed ? null : sentenceOf(at, this.last);
  }
}

function sentenceOf(at: number, last: string | null): string {
  const ending = last === null ? 'it is empty' : `it ends at ${new Date(msOf(last)).toISOString()}`;
  return `The journal had a line of ${new Date(at).toISOString()}, which is gone; now ${ending}.`;
}

function msOf(id: string): number {
  return Number(id.slice(0, id.indexOf('-')));
}
