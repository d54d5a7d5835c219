import { pino } from 'pino';
import { type Agent } from '#domain/agent';
import { AgentRate } from '#presence/agent-rate';
import { type Look } from '#presence/desktop-table';
import { openingRate } from '#presence/gateway';
import { DeskStage } from '#presence/presence-desk.spec-support';
import { openStream, type StreamSettings } from '#presence/xmpp/stream';
import { XmppWatch } from '#presence/xmpp/xmpp-watch';
import { type FaultProxy } from '../kit/network/fault-proxy';
import { idsAsTheyCome, NoOpXmppTally } from '../kit/no-op-ports';
import { waitFor } from '../kit/wait';
import { type XmppServer } from '../kit/xmpp/xmpp-server';

/** A watch in this process, over the real engine and a store in memory, of whatever XMPP server there is. */
export class WatchStage extends DeskStage {
  readonly lines: { msg: string; why?: string; kind?: string }[] = [];
  readonly watch: XmppWatch;

  constructor(settings: StreamSettings) {
    super();
    const { lines } = this;
    this.watch = new XmppWatch({
      settings,
      openStream,
      desk: this.desk,
      table: this.table,
      ids: idsAsTheyCome,
      tally: new NoOpXmppTally(),
      openings: new AgentRate(openingRate, () => performance.now()),
      side: 'primary',
      serverId: 'primary-1',
      log: pino({ level: 'debug' }, { write: (line: string) => lines.push(JSON.parse(line) as never) }),
    });
    this.watch.start();
  }

  async untilSees(): Promise<void> {
    await waitFor('presence to be seen', () => this.watch.blindness === null);
  }

  async untilBlind(): Promise<void> {
    await waitFor('presence to be out of sight', () => this.watch.blindness !== null);
  }

  /** Waits until exactly so many desktops are held, and the store has heard of all that was told. */
  async untilHolds(count: number): Promise<void> {
    await waitFor(`${String(count)} desktops to be held`, () => this.table.size === count && this.lanes.pending === 0, {
      seen: () => `${String(this.table.size)} are held, ${String(this.lanes.pending)} wait`,
    });
  }

  async phaseOf(agentId: string): Promise<Agent['phase']['name']> {
    return (await this.record(agentId)).phase.name;
  }

  /** How many agents are in each phase. */
  async phases(agentIds: readonly string[]): Promise<Partial<Record<Agent['phase']['name'], number>>> {
    const counts: Partial<Record<Agent['phase']['name'], number>> = {};
    for (const agentId of agentIds) {
      const name = await this.phaseOf(agentId);
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  count(event: (typeof this.events)[number]): number {
    return this.events.filter((one) => one === event).length;
  }

  async lookFor(agentId: string): Promise<'holds' | 'none' | 'unknown'> {
    const [look] = await this.watch.look([agentId]);
    return wordOf(look);
  }
}

export function wordOf(look: Look): 'holds' | 'none' | 'unknown' {
  if (look === undefined) return 'none';
  return 'unknown' in look ? 'unknown' : 'holds';
}

export const password = 'a-password-of-the-tests';
export const componentName = 'presence-1.localhost';
export const watcherName = 'lastcall-watcher';

/** Agents of the test, from 1001 on. */
export function agents(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(1001 + index));
}

export function accounts(agentIds: readonly string[]): Record<string, string> {
  return Object.fromEntries([...agentIds, watcherName].map((name) => [name, password]));
}

/** How that server is watched: Prosody as a component, ejabberd by an account. */
export function settingsFor(server: XmppServer, port?: number): StreamSettings {
  const isComponent = server.name === 'Prosody';
  return {
    mode: isComponent ? 'component' : 'watcher',
    url: `xmpp://127.0.0.1:${String(port ?? watchPort(server))}`,
    domain: 'localhost',
    user: isComponent ? componentName : watcherName,
    password,
    tls: 'off',
    ca: undefined,
    resource: 'primary-1',
  };
}

/** Every connection is reset, and new ones are refused, until `turn('pass')`. */
export function sever(way: FaultProxy): void {
  way.turn('refuse');
  way.reset();
}

export function watchPort(server: XmppServer): number {
  return server.name === 'Prosody' ? server.componentPort : server.c2sPort;
}
