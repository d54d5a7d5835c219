import { type ConnectOptions, type Desktop, type DesktopEvents, type Limits } from './connect';
import { TabId } from './desktop-id';
import { backOffMs, usualLimits } from './limits';
import { type Acknowledgement, brokenCode, Link } from './link';
import { Listeners } from './listeners';
import { askTicket, isInService, type Side, sidesOf, socketAddress } from './side';
import { type Surroundings } from './surroundings';
import { unjudgedCode, verdictOf } from './verdict';

/**
 * The life of a desktop.
 *
 * It is always in one of these: on a *journey* to a server (find one that is in service, fetch a token, take a ticket, open
 * a link, wait for the acknowledgement), *waiting* for the next journey, *open*, put aside with its page, or closed for good.
 * A link that is open and told that its server is out of service stays while a journey to the other side is made, and is
 * left only when the other side has acknowledged: between the two the agent is never without a desktop.
 *
 * A journey waits at many points, and anything can happen meanwhile. Each has a number; one that is not the newest does
 * nothing any more.
 */
export class DesktopLife implements Desktop {
  readonly desktopId: string;
  state: Desktop['state'] = 'connecting';
  private readonly sides: readonly Side[];
  private readonly limits: Limits;
  private readonly tabId: TabId | undefined;
  private readonly listeners = new Listeners();
  private readonly unfollow: () => void;
  /** The link that was acknowledged last, while it stands. */
  private current: Link | undefined;
  /** The link that waits for its acknowledgement. */
  private next: Link | undefined;
  private lastSide: Side | undefined;
  /** Where the next journey begins to look. */
  private startAt = 0;
  private journeys = 0;
  private failures = 0;
  private cancelWait: (() => void) | undefined;

  /** @throws TypeError when an address is none. */
  constructor(
    private readonly options: ConnectOptions,
    private readonly surroundings: Surroundings,
  ) {
    this.sides = sidesOf(options.servers);
    this.limits = { ...usualLimits, ...options.limits };
    this.tabId = options.desktopId === undefined ? new TabId(surroundings) : undefined;
    this.desktopId = options.desktopId ?? this.tabId?.id ?? '';
    this.unfollow = surroundings.follow({
      left: () => {
        this.leavePage();
      },
      cameBack: () => {
        this.tabId?.take();
        this.setOut();
      },
      woke: () => {
        this.wake();
      },
    });
    queueMicrotask(() => {
      if (this.state !== 'closed') this.setOut();
    });
  }

  get server(): string | undefined {
    return this.current?.side.server;
  }

  on<Name extends keyof DesktopEvents>(name: Name, listener: (event: DesktopEvents[Name]) => void): () => void {
    return this.listeners.add(name, listener);
  }

  bye(): void {
    this.current?.bye();
    this.finish('bye', 1000, 'bye');
  }

  close(): void {
    this.finish('closed', 1000, 'closed by the page');
  }

  private setOut(): void {
    this.stopWaiting();
    const journey = ++this.journeys;
    this.travel(() => journey !== this.journeys).catch((error: unknown) => {
      // Only a browser that does not let us open a socket at all gets here: a wrong address, or mixed content.
      this.finish('fault', brokenCode, String(error));
    });
  }

  private async travel(isOvertaken: () => boolean): Promise<void> {
    const { surroundings, limits } = this;
    const side = await this.findSide();
    if (isOvertaken()) return;
    const token = side === undefined ? undefined : await this.fetchToken();
    if (isOvertaken()) return;
    if (side === undefined || token === undefined) {
      this.tryLater();
      return;
    }
    const answer = await askTicket(side, token, surroundings, limits.requestMsMax);
    if (isOvertaken()) return;
    if (answer.kind === 'refused') this.tokenRefused(side, answer.sentence);
    else if (answer.kind === 'none') this.failedAt(side);
    else if (answer.kind === 'unjudged') this.failedAt(side, unjudgedCode);
    else this.open(side, answer.ticket);
  }

  /** The first side in service, beginning with the one to start at; while a link stands, only others will do. */
  private async findSide(): Promise<Side | undefined> {
    const { sides, startAt, current } = this;
    const inOrder = [...sides.slice(startAt), ...sides.slice(0, startAt)].filter((side) => side !== current?.side);
    for (const side of inOrder) {
      if (await isInService(side, this.surroundings, this.limits.requestMsMax)) return side;
    }
    return undefined;
  }

  /** Undefined when the page cannot say: it is asked again later. */
  private async fetchToken(): Promise<string | undefined> {
    const { token } = this.options;
    if (typeof token === 'string') return token;
    let cancel = (): void => undefined;
    const late = new Promise<undefined>((resolve) => {
      cancel = this.surroundings.after(this.limits.tokenMsMax, () => {
        resolve(undefined);
      });
    });
    try {
      return await Promise.race([token(), late]);
    } catch {
      return undefined;
    } finally {
      cancel();
    }
  }

  private open(side: Side, ticket: string): void {
    const { desktopId, surroundings, limits } = this;
    this.next = new Link(side, socketAddress(side, ticket), {
      desktopId,
      surroundings,
      limits,
      listener: {
        opened: (link, acknowledgement) => {
          this.opened(link, acknowledgement);
        },
        outOfService: (link) => {
          if (link === this.current) this.outOfService(link);
        },
        ended: (link, code, reason) => {
          this.ended(link, code, reason);
        },
      },
    });
  }

  private opened(link: Link, { epoch, mustSignIn, signOut }: Acknowledgement): void {
    const { side } = link;
    const cameFrom = this.lastSide;
    // The server that was given up is well again: a journey away from it has no aim any more.
    if (link === this.current) this.stopJourney();
    else this.current?.bye();
    this.next = undefined;
    this.current = link;
    this.lastSide = side;
    this.startAt = this.sides.indexOf(side);
    this.failures = 0;
    this.state = 'open';
    if (cameFrom !== undefined && cameFrom !== side) {
      this.tell('failover', { from: cameFrom.server, to: side.server });
    }
    const { server } = side;
    this.tell('opened', { server, epoch, mustSignIn });
    if (mustSignIn) this.tell('mustSignIn', { server, epoch, signOut });
  }

  private outOfService({ side }: Link): void {
    this.state = 'outOfService';
    this.startAt = this.after(side, 1);
    this.stopJourney();
    this.waitFor(this.spreadMs());
    this.tell('outOfService', { server: side.server });
  }

  private ended(link: Link, code: number, reason: string): void {
    const wasOpen = link === this.current;
    if (wasOpen) this.current = undefined;
    else this.next = undefined;
    if (verdictOf(code) === 'never') {
      this.finish('fault', code, reason);
      return;
    }
    const { side } = link;
    if (!wasOpen) {
      this.failedAt(side, code);
      return;
    }
    this.state = 'connecting';
    // A journey away from the link that ended now goes on: it is where this one would go.
    if (this.next === undefined && this.cancelWait === undefined) {
      this.startAt = this.after(side, verdictOf(code) === 'otherSide' ? 1 : 0);
      this.stopJourney();
      this.waitFor(verdictOf(code) === 'slowly' ? this.limits.slowMsMin : this.spreadMs());
    }
    this.tell('interrupted', { server: side.server, code, reason });
  }

  /** An attempt there came to nothing: the next one begins with the side after it, unless this one is only slow. */
  private failedAt(side: Side, code = brokenCode): void {
    const isSlow = verdictOf(code) === 'slowly';
    this.startAt = this.after(side, isSlow ? 0 : 1);
    this.tryLater(isSlow ? this.limits.slowMsMin : 0);
  }

  private tokenRefused({ server }: Side, sentence: string): void {
    this.tell('tokenRefused', { server, sentence });
    if (this.state === 'closed') return;
    if (typeof this.options.token === 'string') this.finish('fault', 4401, sentence);
    else this.tryLater();
  }

  private tryLater(msMin = 0): void {
    this.waitFor(Math.max(msMin, backOffMs(this.failures, this.limits, this.surroundings.random())));
    this.failures += 1;
  }

  private waitFor(ms: number): void {
    this.stopWaiting();
    this.cancelWait = this.surroundings.after(ms, () => {
      this.setOut();
    });
  }

  private spreadMs(): number {
    return this.surroundings.random() * this.limits.spreadMsMax;
  }

  private after(side: Side, steps: number): number {
    return (this.sides.indexOf(side) + steps) % this.sides.length;
  }

  /** Sleep is over or the network is back: a link may have died, and a wait may have become needless. */
  private wake(): void {
    this.current?.look();
    if (this.cancelWait !== undefined) this.waitFor(this.surroundings.random() * this.limits.backOffMsMin);
  }

  /**
   * The page may be closed, refreshed, or put aside for the back button; nobody can tell which. So bye is said in any case,
   * twice, because either may be lost: by the socket and by a beacon, which outlives the page. A page that comes back
   * opens again well within the grace, which is the same for a bye.
   */
  private leavePage(): void {
    if (this.state === 'closed') return;
    const { current } = this;
    if (current?.acknowledgement !== undefined) {
      const { byeToken } = current.acknowledgement;
      current.bye();
      this.surroundings.beacon(`${current.side.base}/desktop/bye`, JSON.stringify({ token: byeToken }));
    }
    this.current = undefined;
    this.state = 'connecting';
    this.stopJourney();
    this.tabId?.putBack();
  }

  private finish(cause: DesktopEvents['closed']['cause'], code: number, sentence: string): void {
    if (this.state === 'closed') return;
    this.stopJourney();
    this.current?.drop();
    this.current = undefined;
    this.state = 'closed';
    this.unfollow();
    this.tell('closed', { cause, code, sentence });
  }

  /** After the end there is no news but the end. */
  private tell<Name extends keyof DesktopEvents>(name: Name, event: DesktopEvents[Name]): void {
    if (this.state !== 'closed' || name === 'closed') this.listeners.tell(name, event);
  }

  private stopJourney(): void {
    this.journeys += 1;
    this.stopWaiting();
    this.next?.drop();
    this.next = undefined;
  }

  private stopWaiting(): void {
    this.cancelWait?.();
    this.cancelWait = undefined;
  }
}
