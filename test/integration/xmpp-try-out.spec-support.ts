import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call } from '../kit/http';
import { freePort } from '../kit/ports';
import { type Side } from '../kit/site/site-options';
import { waitFor } from '../kit/wait';
import { Launcher } from './launcher.spec-support';

/** `npm start -- --xmpp`, with the addresses and the password that it prints. */
export class XmppTryOut {
  private constructor(private readonly launcher: Launcher) {}

  static async start({ agents, origin }: { agents: number; origin: string }): Promise<XmppTryOut> {
    const dataDir = await mkdtemp(join(tmpdir(), 'lastcall-xmpp-'));
    const portBase = String(Math.min(await freePort(), 65_000));
    const given = ['--xmpp', '--agents', String(agents), '--grace', '2s', '--port-base', portBase];
    const tryOut = new XmppTryOut(new Launcher(dataDir, given, { ORIGINS: origin }));
    try {
      await tryOut.launcher.says('Ctrl-C stops everything.');
      return tryOut;
    } catch (error) {
      await tryOut.stop();
      throw error;
    }
  }

  get password(): string {
    return this.printed(/each with the password (\S+) for both/);
  }

  get clientPort(): number {
    return Number(this.printed(/XMPP +127\.0\.0\.1:(\d+)/));
  }

  get clientTlsPort(): number {
    return Number(this.printed(/TLS at once: port (\d+)/));
  }

  get bosh(): string {
    return this.printed(/BOSH +(http:\S+)/);
  }

  get boshOverTls(): string {
    return this.printed(/BOSH .* (https:\S+)/);
  }

  get webSocket(): string {
    return this.printed(/WebSocket +(ws:\S+)/);
  }

  get certificateFile(): string {
    return this.printed(/Certificate +([^\s,]+)/);
  }

  rest(side: Side): string {
    const [, primary = '', port = ''] = /REST +(http:\S+), or port (\d+)/.exec(this.launcher.output) ?? [];
    return side === 'primary' ? primary : primary.replace(/:\d+\//, `:${port}/`);
  }

  /** At the CTI server. */
  async stateOf(agentId: string): Promise<string> {
    const answer = await call(`${this.printed(/Desktops +(http:\S+)/)}/agents/${agentId}`);
    return ((await answer.json()) as { stateName: string }).stateName;
  }

  untilSignedOut(agentId: string): Promise<true> {
    return waitFor(`${agentId} to be signed out`, async () => (await this.stateOf(agentId)) === 'LOGOUT');
  }

  async stop(): Promise<void> {
    await this.launcher.process.stop();
    await rm(this.launcher.dataDir, { recursive: true, force: true });
  }

  private printed(pattern: RegExp): string {
    const [, found] = pattern.exec(this.launcher.output) ?? [];
    if (found === undefined) throw new Error(`nothing like ${String(pattern)} was printed:\n${this.launcher.output}`);
    return found;
  }
}
