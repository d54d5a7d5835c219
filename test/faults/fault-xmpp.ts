import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { type Side } from '#domain/agent';
import { FaultProxy } from '../kit/network/fault-proxy';
import { PlainWatchedXmpp, watchAccounts, watchComponents } from '../kit/site/watched-xmpp';
import { startEjabberd } from '../kit/xmpp/ejabberd';
import { startProsody } from '../kit/xmpp/prosody';
import { type XmppServer } from '../kit/xmpp/xmpp-server';
import { type FaultTimes } from './fault-times';

/** Which XMPP server a site has. */
export interface XmppNeeds {
  readonly server: XmppServer['name'];
  /** Prosody with our module, which tells at once of sessions that wait to be resumed, and with its own ten minutes for them. */
  readonly tellsHibernation: boolean;
}

export const agentPassword = 'password-of-the-agents';
const moduleName = 'mod_lastcall_hibernation.lua';

/**
 * A silent client with a session is asked after a quarter of the time of detection, given up after a half, and its session
 * kept for two fifths: 22.5 s of 25, and as scaled down 2.25 s of 2.5.
 */
function silenceMsOf({ detectionMs }: FaultTimes): number {
  return detectionMs / 4;
}

/** ejabberd asks no sooner, and waits no shorter: two seconds for a silent client, and a third for one with a session. */
const pingMsMin = 1_000;

/** Prosody's watchdog looks a second after the time it was set to. */
const watchdogMs = 1_000;
const hibernationMsMin = 100;

/** Whole seconds, as ejabberd wants it. */
function keptMsOf({ detectionMs }: FaultTimes): number {
  return Math.floor((detectionMs * 2) / 5 / 1_000) * 1_000;
}

/** An XMPP server, and a fault proxy between each of Lastcall's servers and it. Desktops go to it directly. */
export class FaultXmpp extends PlainWatchedXmpp {
  /** @param keptMs how long a session may be resumed, and is available to everybody meanwhile */
  constructor(
    readonly needs: XmppNeeds,
    server: XmppServer,
    override readonly proxies: Readonly<Record<Side, FaultProxy>>,
    readonly keptMs: number,
    private readonly folder: string,
  ) {
    super(server, proxies);
  }

  /** The process that runs now, by a name that no other ever had. */
  get serverId(): string {
    return `${this.server.name}-${String(this.server.pid)}`;
  }

  /** An account that every desktop of this agent uses. */
  async addAgent(agentId: string): Promise<void> {
    await this.server.addUser(agentId, agentPassword);
  }

  heal(): void {
    for (const proxy of Object.values(this.proxies)) {
      proxy.slow(0);
      proxy.turn('pass');
    }
  }

  override async stop(): Promise<void> {
    await super.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export async function startFaultXmpp(needs: XmppNeeds, times: FaultTimes): Promise<FaultXmpp> {
  const folder = await mkdtemp(join(tmpdir(), 'faults-xmpp-'));
  const server = needs.server === 'Prosody' ? await prosody(needs, times, folder) : await ejabberd(times);
  const port = PlainWatchedXmpp.portOf(server);
  const proxies = { primary: await FaultProxy.start(port), secondary: await FaultProxy.start(port) };
  return new FaultXmpp(needs, server, proxies, keptMsOf(times), folder);
}

async function prosody({ tellsHibernation }: XmppNeeds, times: FaultTimes, folder: string): Promise<XmppServer> {
  await chmod(folder, 0o755);
  await copyFile(join(packageRoot(), 'deploy', 'prosody', moduleName), join(folder, moduleName));
  const names = Object.keys(watchComponents);
  const telling = [
    `plugin_paths = { ${JSON.stringify(folder)} }`,
    'VirtualHost "localhost"',
    'modules_enabled = { "lastcall_hibernation" }',
    `lastcall_components = { ${names.map((name) => JSON.stringify(name)).join('; ')} }`,
  ];
  return startProsody({
    components: watchComponents,
    readTimeoutMs: silenceMsOf(times),
    ...(tellsHibernation ? {} : { hibernationMs: Math.max(hibernationMsMin, keptMsOf(times) - watchdogMs) }),
    lines: ['allow_unencrypted_plain_auth = true', ...(tellsHibernation ? telling : [])],
  });
}

function ejabberd(times: FaultTimes): Promise<XmppServer> {
  const intervalMs = Math.max(pingMsMin, silenceMsOf(times));
  return startEjabberd({
    ...watchAccounts,
    resumeMs: keptMsOf(times),
    ping: { intervalMs, ackMs: intervalMs },
  });
}
