import { type Side } from '#domain/agent';
import { type Protection } from '#domain/mass-loss';
import { type RedisConnection } from './connection';
import { Keys } from './keys';
import { absentLua } from './lua/absent.lua';
import { holdSideLua } from './lua/hold-side.lua';
import { protectLua } from './lua/protect.lua';
import { Script } from './script';
import { asStoreError } from './store-error';

export interface SideHold {
  readonly side: Side;
  readonly by: string;
  /** Epoch ms, Redis time. */
  readonly since: number;
}

const holdScript = new Script('hold-side', holdSideLua);
const protectionStates = ['held', 'released', 'slow', 'over'] as const satisfies readonly Protection['state'][];

const protectScript = new Script('protect', protectLua);
const absentScript = new Script('absent', absentLua);

/** What is known of a whole side: whether it is held or protected, how many agents are present, how many were lost. */
export class Sides {
  private readonly keys: Keys;

  constructor(
    private readonly redis: RedisConnection,
    options: { readonly peripheralId: number },
  ) {
    this.keys = new Keys(options.peripheralId);
  }

  /** True when this call began the hold; a side that is held already stays held, since then and by whom it was. */
  async hold(side: Side, by: string): Promise<boolean> {
    return (await holdScript.run(this.redis, [this.keys.holds, this.keys.clock], [side, by])) === 1;
  }

  /** True when there was a hold to end. */
  async release(side: Side): Promise<boolean> {
    return (await this.ask('release side', this.redis.hdel(this.keys.holds, side))) === 1;
  }

  async holds(): Promise<SideHold[]> {
    const fields = await this.ask('holds', this.redis.hgetall(this.keys.holds));
    return Object.entries(fields).flatMap(([side, text]) => {
      if (side !== 'primary' && side !== 'secondary') return [];
      const bar = text.indexOf('|');
      return [{ side, by: text.slice(bar + 1), since: Number(text.slice(0, bar)) }];
    });
  }

  /** Agents with at least one open desktop on that side, each counted once; not those known to be signed out. */
  async presentCount(side: Side): Promise<number> {
    return this.ask('present count', this.redis.scard(this.keys.present(side)));
  }

  /**
   * Agents whose latest loss on that side lies in [fromMs, toMs] (epoch ms) and was neither a bye nor an operator's
   * order. Each agent's latest one is kept for ever: a mass loss lasts for as long as its agents are absent.
   */
  async lossCount(side: Side, fromMs: number, toMs: number): Promise<number> {
    return this.ask('loss count', this.redis.zcount(this.keys.losses(side), fromMs, toMs));
  }

  /** The protection of each side; null where there is none. */
  async protections(): Promise<Record<Side, Protection | null>> {
    const fields = await this.ask('protections', this.redis.hgetall(this.keys.protections));
    return { primary: readProtection(fields['primary']), secondary: readProtection(fields['secondary']) };
  }

  /** Lets go what a mass loss holds, or still slows down. True when there was something to let go. */
  async endProtection(side: Side): Promise<boolean> {
    const known = (await this.protections())[side];
    if (known?.state !== 'held' && known?.state !== 'slow') return false;
    return this.protect(side, known, { ...known, state: 'released' });
  }

  /** Replaces a side's protection; false when it is not `before` any more: then somebody else has judged. */
  async protect(side: Side, before: Protection | null, after: Protection | null): Promise<boolean> {
    const args = [side, protectionText(before), protectionText(after)];
    return (await protectScript.run(this.redis, [this.keys.protections], args)) === 1;
  }

  /** Agents in a loss that began on that side, whatever its cause: signed in still, as far as we know. */
  async absentCount(side: Side): Promise<number> {
    return this.ask('absent count', this.redis.scard(this.keys.absent(side)));
  }

  /** Agents whose latest loss on that side came at or after `fromMs` (epoch ms) and who are still absent. */
  async absentSince(side: Side, fromMs: number): Promise<number> {
    const phases = (['grace', 'held', 'issuing'] as const).map((name) => this.keys.phase(name));
    const keys = [this.keys.losses(side), ...phases];
    return (await absentScript.run(this.redis, keys, [fromMs])) as number;
  }

  /** Agents lost on that side at or after `fromMs` (epoch ms) of whom it turned out that they had signed out. */
  async clearedSince(side: Side, fromMs: number): Promise<number> {
    return this.ask('cleared count', this.redis.zcount(this.keys.cleared(side), fromMs, '+inf'));
  }

  private async ask<T>(operation: string, answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw asStoreError(operation, error);
    }
  }
}

/** `state|since|lost` */
function protectionText(protection: Protection | null): string {
  return protection === null ? '' : [protection.state, protection.since, protection.lost].join('|');
}

/** A text that is none of ours protects nobody; the next judgement replaces it. */
function readProtection(text: string | undefined): Protection | null {
  const [state, since, lost] = (text ?? '').split('|');
  const known = protectionStates.find((each) => each === state);
  return known === undefined ? null : { state: known, since: Number(since), lost: Number(lost) };
}
