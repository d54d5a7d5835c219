import { type ConnectionRole, type RedisConnection } from '#store/connection';
import { RedisLinkBus } from '#store/link-bus';
import { type LinkService, type LookResult, type Standing } from '#store/link-call';
import { LinkCaller } from '#store/link-caller';
import { peripheralId, type Site } from '../kit/site/site';
import { type Side } from '../kit/site/site-options';
import { openConnection } from '../kit/site/store-reader';
import { waitFor } from '../kit/wait';

/** What a server of one side has of the CTI link, on connections of its own. */
export class SideLink {
  readonly changes: { before: Standing | undefined; after: Standing }[] = [];
  readonly services: LinkService[] = [];

  private constructor(
    readonly caller: LinkCaller,
    private readonly bus: RedisLinkBus,
    readonly connections: readonly RedisConnection[],
  ) {
    caller.follow({
      changed: (before, after) => this.changes.push({ before, after }),
      service: (now) => this.services.push(now),
    });
  }

  /** Resolves when the link of that side is in service. */
  static async open(site: Site, side: Side): Promise<SideLink> {
    const [store, subscriber] = (['store', 'subscriber'] as const).map((role: ConnectionRole) =>
      openConnection(role, site.parts.reader.options),
    ) as [RedisConnection, RedisConnection];
    const bus = new RedisLinkBus(store, subscriber, { peripheralId });
    const caller = new LinkCaller(bus, { peripheralId, side });
    const link = new SideLink(caller, bus, [store, subscriber]);
    await caller.start();
    await link.untilService(true);
    return link;
  }

  untilService(inService: boolean): Promise<LinkService> {
    const look = (): LinkService | undefined => {
      const service = this.caller.service();
      return service.inService === inService ? service : undefined;
    };
    return waitFor(`the link to be ${inService ? 'in' : 'out of'} service`, look, {
      seen: () => this.caller.service(),
    });
  }

  /** Looks until the standing is as wanted. */
  untilStanding(agentId: string, fits: (standing: Standing) => boolean): Promise<Standing> {
    let last: LookResult | undefined;
    const look = async (): Promise<Standing | undefined> => {
      last = await this.caller.look(agentId);
      return last.kind === 'known' && fits(last.standing) ? last.standing : undefined;
    };
    return waitFor(`a standing of ${agentId} that fits`, look, { seen: () => last });
  }

  /** What followers were told of an agent since the beginning. */
  told(agentId: string): Standing[] {
    return this.changes.filter(({ after }) => after.agentId === agentId).map(({ after }) => after);
  }

  async close(): Promise<void> {
    this.caller.close();
    await this.bus.close().catch(() => undefined);
    for (const connection of this.connections) connection.disconnect();
  }
}
