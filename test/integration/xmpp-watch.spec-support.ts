import { connect, createServer, type Server, type Socket } from 'node:net';
import { type Agent } from '#domain/agent';
import { DeskStage } from '#presence/presence-desk.spec-support';
import { openStream, type StreamSettings } from '#presence/xmpp/stream';
import { type Look, XmppWatch } from '#presence/xmpp/xmpp-watch';
import { pino } from 'pino';
import { NoOpXmppTally } from '../kit/no-op-ports';
import { freePort } from '../kit/ports';

import { type XmppServer } from '../kit/xmpp/xmpp-server';
import { waitFor } from '../kit/wait';

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
      tally: new NoOpXmppTally(),
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

/** A way to a server that can be cut and mended; what goes through it is not looked at. */
export class Cuttable {
  private readonly sockets = new Set<Socket>();
  private cut = false;

  private constructor(
    readonly port: number,
    private readonly server: Server,
  ) {}

  static async to(target: number): Promise<Cuttable> {
    const port = await freePort();
    const server = createServer((near) => {
      if (cuttable.cut) {
        near.destroy();
        return;
      }
      const far = connect(target, '127.0.0.1');
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        cuttable.sockets.add(one);
        one.on('error', () => undefined);
        one.once('close', () => {
          cuttable.sockets.delete(one);
          other.destroy();
        });
      }
      near.pipe(far).pipe(near);
    });
    const cuttable = new Cuttable(port, server);
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return cuttable;
  }

  sever(): void {
    this.cut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.cut = false;
  }

  async close(): Promise<void> {
    this.sever();
    await new Promise((resolve) => this.server.close(resolve));
  }
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

export function watchPort(server: XmppServer): number {
  return server.name === 'Prosody' ? server.componentPort : server.c2sPort;
}
