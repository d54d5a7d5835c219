import { type Side } from '#domain/agent';
import { type SideSign } from '#store/side-signs';
import { type FinesseServiceState } from './system-info-document';

/** A server that is not heard for so long, three signs of life, is gone. */
export const silentMsMax = 3_000;

interface Heard {
  readonly sign: SideSign;
  readonly atMs: number;
}

/** Which servers of which side serve, and which of them sends the notifications, by their signs of life. */
export class SideBoard {
  private readonly servers = new Map<string, Heard>();

  /**
   * @param component as in this server's own signs: only servers with the same one compete with it for the name
   * @param sinceMs when the listening began; times are of one monotonic clock
   */
  constructor(
    private readonly ownId: string,
    private readonly component: string,
    private readonly sinceMs: number,
  ) {}

  heard(sign: SideSign, nowMs: number): void {
    this.servers.set(sign.serverId, { sign, atMs: nowMs });
  }

  /** In service while any server of that side is; undefined while that cannot be known yet. */
  statusOf(side: Side, nowMs: number): FinesseServiceState | undefined {
    const live = this.live(nowMs).filter((sign) => sign.side === side);
    if (live.some(({ inService }) => inService)) return { status: 'IN_SERVICE' };
    const [out] = live;
    if (out !== undefined) return { status: 'OUT_OF_SERVICE', why: out.why };
    const silent = `No server of the ${side} side is heard.`;
    return nowMs - this.sinceMs < silentMsMax ? undefined : { status: 'OUT_OF_SERVICE', why: silent };
  }

  /** Another server has the name by which agents are notified. */
  otherNotifies(nowMs: number): boolean {
    return this.rivals(nowMs).some(({ notifies }) => notifies);
  }

  /** Another one has it as well, which some XMPP servers allow, and comes before this one. */
  elderNotifies(nowMs: number): boolean {
    return this.rivals(nowMs).some(({ notifies, serverId }) => notifies && serverId < this.ownId);
  }

  /** Another server could take it, and has said so since then. */
  otherServesSince(sinceMs: number): boolean {
    return [...this.servers.values()].some(({ sign, atMs }) => this.isRival(sign) && sign.inService && atMs >= sinceMs);
  }

  private rivals(nowMs: number): SideSign[] {
    return this.live(nowMs).filter((sign) => this.isRival(sign));
  }

  private isRival({ serverId, component }: SideSign): boolean {
    return serverId !== this.ownId && component === this.component;
  }

  private live(nowMs: number): SideSign[] {
    for (const [serverId, { atMs }] of this.servers) {
      if (nowMs - atMs >= silentMsMax) this.servers.delete(serverId);
    }
    return [...this.servers.values()].map(({ sign }) => sign);
  }
}
