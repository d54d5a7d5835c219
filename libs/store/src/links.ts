import { type Side } from '#domain/agent';
import { type StoreClock } from './clock/store-clock';
import { type RedisConnection } from './connection';
import { Keys } from './keys';
import { acquireLinkLua } from './lua/acquire-link.lua';
import { linksLua } from './lua/links.lua';
import { reportLinkLua } from './lua/report-link.lua';
import { Script } from './script';

export interface LinkGrant {
  readonly held: boolean;
  /** Rises with every change of holder, for ever: whoever carries a lower one is late. */
  readonly token: number;
  /** The worker that holds it now: the caller, or somebody else. */
  readonly holder: string;
}

export interface LinkHolder {
  readonly side: Side;
  readonly workerId: string;
  readonly inService: boolean;
  readonly token: number;
}

export interface LinkLeaseOptions {
  readonly peripheralId: number;
  readonly leaseMs: number;
  /** Asked before the lease is taken: a step of the clock ends no lease. Left out where nobody takes one. */
  readonly clock?: Pick<StoreClock, 'look'>;
}

const acquireScript = new Script('acquire-link', acquireLinkLua);
const reportScript = new Script('report-link', reportLinkLua);
const linksScript = new Script('links', linksLua);

const sides = ['primary', 'secondary'] as const satisfies readonly Side[];

/** One active CTI link per side and peripheral; the other workers stand by and ask again. */
export class LinkLease {
  private readonly keys: Keys;

  constructor(
    private readonly redis: RedisConnection,
    private readonly options: LinkLeaseOptions,
  ) {
    this.keys = new Keys(options.peripheralId);
  }

  /**
   * Takes the lease when it is free or ended, renews it when it is the caller's. A holder that renews too late gets a
   * new token, since somebody else may have held it meanwhile.
   */
  async acquire(side: Side, workerId: string): Promise<LinkGrant> {
    await this.options.clock?.look();
    const answer = await acquireScript.run(
      this.redis,
      [this.keys.link(side), this.keys.clock],
      [workerId, this.options.leaseMs],
    );
    const [held, token, holder] = answer as [0 | 1, number, string];
    return { held: held === 1, token, holder };
  }

  /** Gives it up; nothing happens when somebody else holds it. */
  async release(side: Side, workerId: string): Promise<void> {
    await reportScript.run(this.redis, [this.keys.link(side), this.keys.clock], [workerId, 'until', 0]);
  }

  /** Says whether the link is in service; only the holder's word counts, and only for as long as its lease. */
  async report(side: Side, workerId: string, inService: boolean): Promise<void> {
    await reportScript.run(
      this.redis,
      [this.keys.link(side), this.keys.clock],
      [workerId, 'inService', inService ? 1 : 0],
    );
  }

  /** Those whose lease has not ended. */
  async holders(): Promise<LinkHolder[]> {
    const keys = sides.map((side) => this.keys.link(side));
    const answer = (await linksScript.run(this.redis, [...keys, this.keys.clock], [])) as string[][];
    return sides.flatMap((side, index) => {
      const [workerId, token, inService] = answer[index] ?? [];
      return workerId === undefined ? [] : [{ side, workerId, inService: inService === '1', token: Number(token) }];
    });
  }
}
