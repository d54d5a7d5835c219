import { type Outcome } from '#domain/agent';
import { type Entry } from '#domain/command';
import { agentsToldMax, type LeftOut, linesLeftOutOf } from './agent-lines';
import { z } from 'zod';
import { duplicateForBlocking, type RedisConnection } from './connection';
import { type JournalLine, type LossSummary, type UnreadableEntry } from './journal-line';
import { type RawLine } from './journal-chain';
import { Keys } from './keys';
import { LossSummaries } from './loss-summaries';
import { noteLua } from './lua/note.lua';
import { takeLeftOutLua } from './lua/take-left-out.lua';
import { Script } from './script';
import { asStoreError } from './store-error';

export interface LossQuery {
  readonly agent?: string;
  readonly outcome?: Outcome;
  /** Epoch ms: only losses that began at or after it. */
  readonly since?: number;
  readonly limit: number;
  /** Cursor: only losses that began before the one whose summary has this `id`. */
  readonly before?: string;
}

const takeLeftOutScript = new Script('take-left-out', takeLeftOutLua);

/** Lines per reply: one reply keeps Redis from others for about a millisecond. */
const chunkLines = 500;

/** For a writer that was told no limit: whoever commits trims the stream. */
const noLimit = Number.MAX_SAFE_INTEGER;

const noteScript = new Script('note', noteLua);

type StreamLine = [id: string, fields: string[]];

/** Reads the journal. What happens to an agent is written only inside the commit of its record. */
export class Journal {
  private readonly keys: Keys;
  /** A read that waits blocks its connection. */
  private waiting: RedisConnection | undefined;

  constructor(
    private readonly redis: RedisConnection,
    private readonly options: { readonly peripheralId: number; readonly entriesMax?: number },
  ) {
    this.keys = new Keys(options.peripheralId);
  }

  /**
   * Losses, the latest first. Reads back from the end of the journal until `limit` losses have been found or it is
   * exhausted, so that a loss's outcome is never missed.
   */
  async read({ agent, outcome, since, limit, before }: LossQuery): Promise<LossSummary[]> {
    const summaries = new LossSummaries();
    const found: LossSummary[] = [];
    for await (const line of this.backwards(since)) {
      if (found.length >= limit) break;
      if (agent !== undefined && line.agentId !== agent) continue;
      const summary = summaries.add(line);
      if (summary === undefined) continue;
      if (outcome !== undefined && summary.outcome !== outcome) continue;
      if (before !== undefined && !isEarlier(summary.id, before)) continue;
      found.push(summary);
    }
    return found;
  }

  /** Every line of one loss in the order of time; empty when it is unknown or trimmed away. */
  async story(agentId: string, lossEpoch: number): Promise<JournalLine[]> {
    const lines: JournalLine[] = [];
    for await (const line of this.backwards()) {
      if (line.agentId !== agentId || line.entry.loss !== lossEpoch) continue;
      lines.push(line);
      if (line.entry.what === 'lossBegan') break;
    }
    return lines.reverse();
  }

  /** What the CTI server said when it last rejected a sign-out of each of these agents, from `since` (epoch ms) on. */
  async latestRejections(agentIds: ReadonlySet<string>, since: number): Promise<ReadonlyMap<string, string>> {
    const sentences = new Map<string, string>();
    for await (const { agentId, entry } of this.backwards(since)) {
      if (entry.what !== 'held' || !entry.reasons.includes('rejected') || sentences.has(agentId)) continue;
      if (agentIds.has(agentId)) sentences.set(agentId, entry.sentence);
      if (sentences.size === agentIds.size) break;
    }
    return sentences;
  }

  /** Writes down what happened to a side or a queue: it belongs to no agent (agent id ''). */
  async note(entry: Extract<Entry, { what: 'operatorActed' | 'sideProtected' }>): Promise<void> {
    const limit = this.options.entriesMax ?? noLimit;
    await noteScript.run(this.redis, [this.keys.journal], [limit, JSON.stringify(entry)]);
  }

  /** Every line as it stands in the stream, from a stream id or epoch ms on, the oldest first; for checking and export. */
  async *raw(from = '-'): AsyncGenerator<RawLine> {
    let start = from;
    for (;;) {
      const chunk = await this.ask(this.redis.xrange(this.keys.journal, start, '+', 'COUNT', chunkLines));
      for (const line of chunk) yield rawOf(line);
      const last = chunk.at(-1);
      if (last === undefined || chunk.length < chunkLines) return;
      start = `(${last[0]}`;
    }
  }

  /** Every agent of whom a line tells. Reads the whole journal. */
  async agentIds(): Promise<ReadonlySet<string>> {
    const agentIds = new Set<string>();
    for await (const { agentId } of this.raw()) if (agentId !== '') agentIds.add(agentId);
    return agentIds;
  }

  /** The hash of the last line that was written; null for an empty journal. */
  head(): Promise<string | null> {
    return this.ask(this.redis.get(this.keys.journalHead));
  }

  /** Removes lines older than `beforeMs` (epoch ms, Redis time). Answers how many went. */
  trim(beforeMs: number): Promise<number> {
    return this.ask(this.redis.xtrim(this.keys.journal, 'MINID', '~', String(beforeMs)));
  }

  /**
   * Writes the lines that say what was left out about agents (agent-lines.ts), where that is due; of so many agents at a
   * time, those first about whom lines have been left out longest. Of several callers one writes it, and is answered it.
   */
  async tellLeftOut(): Promise<LeftOut[]> {
    const { journal, linesLeftOut } = this.keys;
    const agentIds = await this.ask(this.redis.zrange(linesLeftOut, '0', String(agentsToldMax - 1)));
    if (agentIds.length === 0) return [];
    const keys = [journal, linesLeftOut, ...agentIds.map((agentId) => this.keys.agentLines(agentId))];
    const limit = this.options.entriesMax ?? noLimit;
    const counts = (await takeLeftOutScript.run(this.redis, keys, [limit, ...agentIds])) as number[];
    return agentIds
      .map((agentId, n) => {
        const [losses = 0, suppressed = 0, signIns = 0] = counts.slice(3 * n);
        return { agentId, losses, suppressed, signIns };
      })
      .filter((leftOut) => linesLeftOutOf(leftOut) > 0);
  }

  /** Lines after `afterId` (`$` = from now on); waits up to `blockMs` (0 = not at all) for the first one. */
  async tail(afterId: string, blockMs: number, limit: number): Promise<JournalLine[]> {
    try {
      const { journal } = this.keys;
      if (blockMs === 0) {
        const reply = await this.redis.xread('COUNT', limit, 'STREAMS', journal, afterId);
        return linesOf(reply);
      }
      const waiting = (this.waiting ??= duplicateForBlocking(this.redis));
      return linesOf(await waiting.xread('COUNT', limit, 'BLOCK', blockMs, 'STREAMS', journal, afterId));
    } catch (error) {
      throw asStoreError('journal', error);
    }
  }

  /** Closes the connection that `tail` waits on, which ends its wait; the one it was given stays open. */
  close(): Promise<void> {
    this.waiting?.disconnect();
    this.waiting = undefined;
    return Promise.resolve();
  }

  private async *backwards(since?: number): AsyncGenerator<JournalLine> {
    let end = '+';
    for (;;) {
      const chunk = await this.chunk(end, since === undefined ? '-' : String(since));
      for (const line of chunk) yield lineOf(line);
      const last = chunk.at(-1);
      if (last === undefined || chunk.length < chunkLines) return;
      end = `(${last[0]}`;
    }
  }

  private chunk(end: string, start: string): Promise<StreamLine[]> {
    return this.ask(this.redis.xrevrange(this.keys.journal, end, start, 'COUNT', chunkLines));
  }

  private async ask<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw asStoreError('journal', error);
    }
  }
}

function linesOf(reply: [key: string, lines: StreamLine[]][] | null): JournalLine[] {
  return (reply?.[0]?.[1] ?? []).map(lineOf);
}

/** Fields are written by journal-chain.lua.ts: a agent, e epoch, j entry as JSON, p hash of the line before. */
function rawOf([id, fields]: StreamLine): RawLine {
  const named = new Map<string, string>();
  for (let at = 0; at + 1 < fields.length; at += 2) named.set(fields[at] ?? '', fields[at + 1] ?? '');
  const [agentId = '', epoch = '', json = 'null'] = ['a', 'e', 'j'].map((name) => named.get(name));
  return { id, agentId, epoch, json, previous: named.get('p') ?? null };
}

function lineOf(line: StreamLine): JournalLine {
  const { id, agentId, epoch, json } = rawOf(line);
  return {
    id,
    at: Number(id.slice(0, id.indexOf('-'))),
    agentId,
    epoch: Number(epoch),
    entry: entryOf(json) ?? unreadable,
  };
}

/** What every entry has, and what readers of one kind look into; the rest was checked when it was written. */
const shape = z
  .looseObject({
    what: z.string(),
    loss: z.number().nullable(),
    sentence: z.string(),
    reasons: z.array(z.string()).optional(),
  })
  .refine(({ what, reasons }) => what !== 'held' || reasons !== undefined);

const unreadable: UnreadableEntry = {
  what: 'unreadable',
  loss: null,
  sentence: 'This line of the journal cannot be read; lastcall journal export shows what stands there.',
};

/** Undefined for a text that is no entry: one such line must not keep the others from being read. */
export function entryOf(json: string): Entry | undefined {
  try {
    return shape.safeParse(JSON.parse(json)).data as Entry | undefined;
  } catch {
    return undefined;
  }
}

/** Stream ids are `<ms>-<sequence>`, compared as two numbers. */
function isEarlier(id: string, than: string): boolean {
  const [ms = 0, sequence = 0] = id.split('-').map(Number);
  const [thanMs = 0, thanSequence = 0] = than.split('-').map(Number);
  return ms < thanMs || (ms === thanMs && sequence < thanSequence);
}
