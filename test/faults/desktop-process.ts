import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { desktopToken } from '../kit/desktop';
import { TestProcess } from '../kit/process';
import { waitFor } from '../kit/wait';
import { type Experiment } from './experiment';
import { agentPassword } from './fault-xmpp';
import { type ReconnectingDesktop } from './reconnecting-desktop';

const program = join(packageRoot(), 'test', 'faults', 'desktops.mjs');

interface Guest {
  readonly agentId: string;
  readonly side: 'primary' | 'secondary';
  readonly serverId: string;
}

/**
 * Desktops of several agents in one process (desktops.mjs), to be stopped with all of them: as a machine that hangs
 * while its network card goes on answering. What they saw is written down here.
 */
export class DesktopProcess {
  private readonly guests = new Map<string, Guest>();
  private process: TestProcess | undefined;

  constructor(private readonly experiment: Experiment) {}

  /** Starts it with those at our gateways (side by side) and those at the XMPP server; resolves when all are acknowledged. */
  async start(webSockets: readonly ReconnectingDesktop[], xmpp: readonly string[]): Promise<void> {
    const { experiment } = this;
    const first = await Promise.all(
      webSockets.map(async ({ agentId }, place) => {
        const side = place % 2 === 0 ? 'primary' : 'secondary';
        this.guests.set(agentId, { agentId, side, serverId: experiment.serverOf(side) });
        const token = await desktopToken({ agentId, secret: experiment.secret });
        const webSocket = `${experiment.urlOf(side).replace(/^http/, 'ws')}/desktop?token=${token}`;
        return { webSocket, agentId, desktopId: `desk-${agentId}` };
      }),
    );
    const part = experiment.xmpp;
    const second = xmpp.map((agentId) => {
      this.guests.set(agentId, { agentId, side: 'primary', serverId: part?.serverId ?? '' });
      const service = `xmpp://127.0.0.1:${String(part?.server.c2sPort ?? 0)}`;
      return { xmpp: service, domain: part?.server.domain, agentId, password: agentPassword };
    });
    await this.run([...first, ...second]);
  }

  /** SIGSTOP; nothing of it comes back. Resolves at once. */
  freeze(): void {
    this.process?.freeze();
    const at = Date.now();
    for (const { agentId } of this.guests.values())
      this.experiment.note({ at, what: 'ended', agentId, desktop: nameOf(agentId), how: 'gone', heardAt: at });
  }

  end(): void {
    this.process?.signal('SIGKILL');
  }

  private async run(desktops: readonly object[]): Promise<void> {
    const missing = new Set(this.guests.keys());
    const acknowledge = (agentId: string): void => {
      const guest = this.guests.get(agentId);
      if (guest === undefined || !missing.delete(agentId)) return;
      const { side, serverId } = guest;
      this.experiment.note({ at: Date.now(), what: 'acknowledged', agentId, desktop: nameOf(agentId), side, serverId });
    };
    this.process = new TestProcess({
      name: 'a process full of desktops',
      program: process.execPath,
      args: [program, JSON.stringify(desktops)],
      onLine: (line, from) => {
        if (from === 'stdout') acknowledge(line);
      },
    });
    await waitFor('the desktops of one process', () => missing.size === 0, { seen: () => [...missing] });
  }
}

const nameOf = (agentId: string): string => `${agentId}/process`;
