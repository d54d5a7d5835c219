import { type Agent, type PhaseName, phaseNames } from '#domain/agent';
import { askTime, sampleOf, storeTimeOf } from './clock/store-time';
import { type RedisConnection } from './connection';
import { scoreOf, timelessPhases } from './index-moves';
import { Keys } from './keys';
import { allOf } from './pipeline';
import { decodeRecord } from './record';
import { StoreError } from './store-error';

export interface RollPage {
  readonly limit: number;
  /** How many to leave out; 0 by default. */
  readonly offset?: number;
}

export interface RollOptions {
  readonly peripheralId: number;
  /** Told of every record that cannot be read; it is left out of the answer, and nothing is done about its agent. */
  readonly onUnreadable: (error: StoreError) => void;
}

/** Phases that wait for something, the most pressing first. */
export interface OverduePage extends RollPage {
  readonly phases: readonly ('issuing' | 'grace' | 'held')[];
}

/** Reads many records: for the console, and for the sweep. */
export class Roll {
  private readonly keys: Keys;

  constructor(
    private readonly redis: RedisConnection,
    private readonly options: RollOptions,
  ) {
    this.keys = new Keys(options.peripheralId);
  }

  async phaseCounts(): Promise<Record<PhaseName, number>> {
    const pipeline = this.redis.pipeline();
    for (const name of phaseNames) {
      if (timelessPhases.includes(name)) pipeline.scard(this.keys.phase(name));
      else pipeline.zcard(this.keys.phase(name));
    }
    const counts = await allOf('phase counts', pipeline);
    const entries = phaseNames.map((name, index) => [name, Number(counts[index])] as const);
    return Object.fromEntries(entries) as Record<PhaseName, number>;
  }

  /**
   * Grace and held by due time, issuing by deadline, settled the latest first; present and unseen by agent id, which
   * reads the whole set.
   */
  async byPhase(phase: PhaseName, { limit, offset = 0 }: RollPage): Promise<Agent[]> {
    const found = await this.agents(await this.agentIds(phase, limit, offset));
    return found.filter((agent) => agent.phase.name === phase);
  }

  /** In the order asked for; agents without a record are left out. */
  async agents(agentIds: readonly string[]): Promise<Agent[]> {
    if (agentIds.length === 0) return [];
    const redisKeys = agentIds.map((agentId) => this.keys.agent(agentId));
    const [texts] = await allOf('agents', this.redis.pipeline().mget(...redisKeys));
    return (texts as (string | null)[]).flatMap((text, index) => {
      const agentId = agentIds[index] ?? '';
      return text === null ? [] : this.readable(agentId, redisKeys[index] ?? '', text);
    });
  }

  /**
   * Agents in these phases whose deadline or due time is before `before` (epoch ms, Redis time), phase by phase. Held
   * ones are always overdue, so they are read in pages: `offset` counts within each phase.
   */
  async overdue(before: number, { phases, limit, offset = 0 }: OverduePage): Promise<Agent[]> {
    const pipeline = this.redis.pipeline();
    for (const name of phases) {
      pipeline.zrangebyscore(this.keys.phase(name), '-inf', `(${String(before)}`, 'LIMIT', offset, limit);
    }
    const ids = (await allOf('overdue', pipeline)).flatMap((answer) => answer as string[]);
    const found = await this.agents(ids.slice(0, limit));
    return found.filter(({ phase }) => {
      const score = scoreOf(phase);
      return phases.some((name) => name === phase.name) && score !== null && score < before;
    });
  }

  /** Agents to whom Ready is still to be given back. */
  async restoring(limit: number): Promise<Agent[]> {
    const [ids] = await allOf('restoring', this.redis.pipeline().zrange(this.keys.restores, '0', String(limit - 1)));
    const found = await this.agents(ids as string[]);
    return found.filter(({ phase }) => phase.name === 'present' && phase.restore !== null);
  }

  /** Store time, epoch ms. */
  async now(): Promise<number> {
    const [time, offset] = await allOf('now', askTime(this.redis.pipeline(), this.keys));
    return storeTimeOf(sampleOf(time, offset));
  }

  private async agentIds(phase: PhaseName, limit: number, offset: number): Promise<string[]> {
    const key = this.keys.phase(phase);
    const last = offset + limit - 1;
    if (timelessPhases.includes(phase)) {
      const [all] = await allOf('phase', this.redis.pipeline().smembers(key));
      return (all as string[]).sort().slice(offset, last + 1);
    }
    const pipeline = this.redis.pipeline();
    const [ids] = await allOf(
      'phase',
      phase === 'settled' ? pipeline.zrevrange(key, offset, last) : pipeline.zrange(key, offset, String(last)),
    );
    return ids as string[];
  }

  private readable(agentId: string, redisKey: string, text: string): Agent[] {
    try {
      return [decodeRecord({ peripheralId: this.options.peripheralId, agentId }, redisKey, text).agent];
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.options.onUnreadable(error);
      return [];
    }
  }
}
