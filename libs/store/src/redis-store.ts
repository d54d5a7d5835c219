import { type Agent, type AgentKey, type Side, unseenAgent } from '#domain/agent';
import { type Pace } from '#domain/mass-loss';
import { AgentStore, type CommitAnswer, type CommitRequest, type IssuingGuard, type Loaded } from '#engine/ports';
import { Batch } from './batch';
import { type StoreClock } from './clock/store-clock';
import { askTime, type ClockSample, sampleOf, storeTimeOf } from './clock/store-time';
import { asText, scriptInput, type TextCommit } from './commit-batch';
import { duplicateForWaiting, type RedisConnection } from './connection';
import { generationAgeMs } from './generation-age';
import {
  generationTooYoung,
  limitReached,
  lineFull,
  masterReplaced,
  replicasLost,
  replicasShort,
  serverUnasserted,
} from './issuing-refusals';
import { Keys } from './keys';
import { commitLua } from './lua/commit.lua';
import { giveBackLua } from './lua/give-back.lua';
import { issueLua } from './lua/issue.lua';
import { isMasterStill, type Mastership } from './mastership';
import { allOf } from './pipeline';
import { versionOf } from './record';
import { RecordMemo } from './record-memo';
import { ReplicaCheck, replicasWaitMs } from './replica-check';
import { Script } from './script';
import { limitedSideOf } from './side-of-loss';

export interface RedisStoreOptions {
  readonly peripheralId: number;
  /** Replicas that must hold the commit of an issuing record before its request goes out; 0 = do not ask. */
  readonly replicas: number;
  /** For so long a look at the replicas is believed. Default: replica-check.ts. */
  readonly replicaLookMs?: number;
  /** Asked after a commit of issuing; left out where a connection cannot reach a master that has been replaced. */
  readonly mastership?: Mastership | undefined;
  /** Requests per second over all workers of the peripheral. */
  readonly issuingPerSecondMax: number;
  /** Limits of the requests about one side's losses (rule M4). Default: none. */
  readonly paceOf?: (side: Side) => Promise<Pace>;
  /** Lease of a server; a generation of the store must be somewhat older before anything is issued (generation-age.ts). */
  readonly leaseMs: number;
  /** The journal is trimmed to about this many lines. */
  readonly journalEntriesMax: number;
  /** Sees steps of the store's time with every load; left out where nothing is decided by it. */
  readonly clock?: Pick<StoreClock, 'steadily'>;
  /** Default Math.random. */
  readonly random?: () => number;
}

/** Records per script call: bounds how long one call keeps Redis from others (64 commits take well below 1 ms). */
const batchSizeMax = 64;

const commitScript = new Script('commit', commitLua);
const issueScript = new Script('issue', issueLua);
const giveBackScript = new Script('give-back', giveBackLua);

/** One unreadable record must not fail the others of its batch. */
type LoadOutcome =
  { readonly kind: 'read'; readonly loaded: Loaded } | { readonly kind: 'unreadable'; readonly fault: unknown };

/**
 * Records in Redis. A commit compares the version and writes record, indexes and journal in one script.
 *
 * A version is a random number, not a count, and no two commits ever have the same one. So a store that lost its last
 * writes cannot reach a version again with another content; and a commit that was carried out but whose answer was
 * lost is recognized when the client sends it again. Commits and loads of the same turn travel together (batch.ts).
 */
export class RedisStore extends AgentStore {
  private readonly keys: Keys;
  private readonly random: () => number;
  private readonly replicaCheck: ReplicaCheck;
  private readonly memo = new RecordMemo();
  private readonly loads = new Batch<AgentKey, LoadOutcome>(batchSizeMax, (keys) => this.loadAll(keys));
  private readonly commits = new Batch<TextCommit, CommitAnswer>(batchSizeMax, (commits) => this.commitAll(commits));
  /** WAIT answers for the writes of its own connection and blocks it, so issuing has one of its own. */
  private issuingConnection: RedisConnection | undefined;

  constructor(
    private readonly redis: RedisConnection,
    private readonly options: RedisStoreOptions,
  ) {
    super();
    this.keys = new Keys(options.peripheralId);
    this.random = options.random ?? Math.random;
    const { peripheralId, replicas, replicaLookMs: lookMs } = options;
    const checked = { peripheralId, replicas, ...(lookMs === undefined ? {} : { lookMs }) };
    this.replicaCheck = new ReplicaCheck(() => this.connectionForIssuing(), checked);
  }

  /** Rejects with RECORD_UNREADABLE for a record that cannot be read: its agent is held until a person has looked. */
  override async load(key: AgentKey): Promise<Loaded> {
    const loaded = await this.loads.ask(key);
    if (loaded.kind === 'unreadable') throw loaded.fault;
    return loaded.loaded;
  }

  override async commit(request: CommitRequest): Promise<CommitAnswer> {
    const commit = asText(request, this.random);
    return request.issuing === null ? this.commits.ask(commit) : this.issue(commit, request.issuing);
  }

  /** Closes the connection it opened for issuing; the one it was given stays open. */
  close(): Promise<void> {
    this.issuingConnection?.disconnect();
    this.issuingConnection = undefined;
    return Promise.resolve();
  }

  private async loadAll(keys: AgentKey[]): Promise<LoadOutcome[]> {
    const redisKeys = keys.map(({ agentId }) => this.keys.agent(agentId));
    const { texts, now } = await this.read(redisKeys);
    return texts.map((text, index) => this.outcomeOf(keys[index], redisKeys[index], text, now));
  }

  /** TIME comes first and in the same pipeline: `now` is never later than what is read, and never before it was asked. */
  private async read(redisKeys: string[]): Promise<{ texts: (string | null)[]; now: number }> {
    const ask = async (): Promise<{ time: ClockSample; texts: (string | null)[] }> => {
      const [time, offset, texts] = await allOf('load', askTime(this.redis.pipeline(), this.keys).mget(redisKeys));
      return { time: sampleOf(time, offset), texts: texts as (string | null)[] };
    };
    const { clock } = this.options;
    if (clock !== undefined) {
      const { answer, now } = await clock.steadily(ask);
      return { texts: answer.texts, now };
    }
    const { time, texts } = await ask();
    return { texts, now: storeTimeOf(time) };
  }

  private outcomeOf(
    key: AgentKey | undefined,
    redisKey: string | undefined,
    text: string | null,
    now: number,
  ): LoadOutcome {
    if (key === undefined || redisKey === undefined) throw new Error('Redis answered more records than were asked.');
    if (text === null) return { kind: 'read', loaded: { agent: unseenAgent(key), version: '', now } };
    try {
      const { agent, version } = this.memo.read(key, redisKey, text);
      return { kind: 'read', loaded: { agent, version, now } };
    } catch (fault) {
      return { kind: 'unreadable', fault };
    }
  }

  private async commitAll(commits: TextCommit[]): Promise<CommitAnswer[]> {
    const { keys, args } = scriptInput(this.keys, commits, this.options.journalEntriesMax);
    const answers = (await commitScript.run(this.redis, keys, args)) as CommitAnswer[];
    for (const [index, { request, record }] of commits.entries()) {
      if (record !== '' && answers[index] === 'committed') this.memo.remember(request.agent, record);
    }
    return answers;
  }

  /** How many replicas take what is written now, of those that are required. Rejects with a StoreError. */
  replicasInStep(): Promise<number> {
    return this.options.replicas === 0 ? Promise.resolve(0) : this.replicaCheck.inStep();
  }

  private async issue(commit: TextCommit, guard: IssuingGuard): Promise<CommitAnswer> {
    const { replicas, mastership } = this.options;
    const inStep = await this.replicasInStep();
    if (inStep < replicas) return replicasShort(inStep, replicas);
    const connection = replicas === 0 ? this.redis : this.connectionForIssuing();
    const answer = await this.issueOn(connection, commit, guard);
    if (typeof answer === 'object' && answer.wrote) await this.giveBack(commit);
    if (answer !== 'committed') return answer;
    // After the commit: as long as most Sentinels name this master, no server has let desktops in at another one.
    if (await isMasterStill(mastership, connection)) return answer;
    await this.giveBack(commit);
    return masterReplaced;
  }

  /** Nothing was sent, so nothing is counted. Where Redis does not take it, the places are free when their time is over. */
  private async giveBack({ request, record }: TextCommit): Promise<void> {
    this.replicaCheck.forget();
    const windows = this.keys.issuedWindows(limitedSideOf(request.agent));
    await giveBackScript.run(this.redis, windows, [versionOf(record)]).catch(() => undefined);
  }

  private connectionForIssuing(): RedisConnection {
    return (this.issuingConnection ??= duplicateForWaiting(this.redis));
  }

  private async issueOn(
    connection: RedisConnection,
    commit: TextCommit,
    { notBefore }: IssuingGuard,
  ): Promise<CommitAnswer> {
    const { journalEntriesMax, leaseMs, issuingPerSecondMax, replicas } = this.options;
    const { servers, generation, issued, clock } = this.keys;
    const input = scriptInput(this.keys, [commit], journalEntriesMax);
    const keys = [servers, generation, issued, ...input.keys, clock];
    const guard = [
      notBefore,
      generationAgeMs(leaseMs),
      issuingPerSecondMax,
      ...(await this.paceArgs(commit.request.agent)),
    ];
    const args = [commit.request.expectedVersion, commit.record, ...guard, ...input.args];
    if (replicas === 0) return readAnswer((await issueScript.run(connection, keys, args)) as string);
    // In one pipeline, so that both reach the same node on the same connection.
    const [committed, waited] = await allOf(
      'issue',
      connection
        .pipeline()
        .eval(issueScript.lua, keys.length, ...keys, ...args)
        .wait(replicas, replicasWaitMs),
    );
    const answer = readAnswer(committed as string);
    return answer === 'committed' && Number(waited) < replicas ? replicasLost(Number(waited), replicas) : answer;
  }

  private async paceArgs(agent: Agent): Promise<(string | number)[]> {
    const side = limitedSideOf(agent);
    const pace = side === null ? undefined : await this.options.paceOf?.(side);
    return pace === undefined ? [side ?? '', '', ''] : [side ?? '', pace.perMinuteMax, pace.perSecondMax ?? ''];
  }
}

/** One of the words, or a word and what belongs to it. */
function readAnswer(text: string): CommitAnswer {
  const [word, detail] = splitOnce(text);
  switch (word) {
    case 'committed':
    case 'conflict':
    case 'early':
      return word;
    case 'rate':
      return limitReached(Number(detail));
    case 'lineFull':
      return lineFull(Number(detail));
    case 'generation':
      return generationTooYoung(Number(detail));
    case 'unasserted':
      return serverUnasserted(detail);
    default:
      throw new Error(`The script issue answered ${word}.`);
  }
}

function splitOnce(text: string): [string, string] {
  const colon = text.indexOf(':');
  return colon === -1 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
}
