import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Side } from '#domain/agent';
import { startEjabberd } from '../kit/xmpp/ejabberd';
import { FaultProxy } from '../kit/network/fault-proxy';
import { startProsody } from '../kit/xmpp/prosody';
import { type XmppServer } from '../kit/xmpp/xmpp-server';
import { type FaultTimes } from './fault-times';
import { type Environment, sides } from './product';

/** Which XMPP server a site has. */
export interface XmppNeeds {
  readonly server: XmppServer['name'];
  /** Prosody with our module, which tells at once of sessions that wait to be resumed, and with its own ten minutes for them. */
  readonly tellsHibernation: boolean;
}

export const agentPassword = 'password-of-the-agents';
const watchPassword = 'password-of-the-watch';
const watcher = 'lastcall';
/** An account that sees nobody is refused, and agents come later; no agent has so long a name. */
const someone = 'someone-to-see';
const moduleName = 'mod_lastcall_hibernation.lua';
/** Repository root: this file lies in test/faults, and bundled in dist/faults. */
const root = join(__dirname, '..', '..');

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
export class XmppPart {
  /** @param keptMs how long a session may be resumed, and is available to everybody meanwhile */
  constructor(
    readonly needs: XmppNeeds,
    readonly server: XmppServer,
    readonly proxies: Readonly<Record<Side, FaultProxy>>,
    readonly keptMs: number,
    private readonly folder: string,
  ) {}

  /** The process that runs now, by a name that no other ever had. */
  get serverId(): string {
    return `${this.server.name}-${String(this.server.pid)}`;
  }

  /** An account that every seat of this agent uses. */
  async addAgent(agentId: string): Promise<void> {
    await this.server.addUser(agentId, agentPassword);
  }

  environmentOf(side: Side): Environment {
    const isComponent = this.server.name === 'Prosody';
    return {
      XMPP_MODE: isComponent ? 'component' : 'watcher',
      XMPP_URL: `xmpp://127.0.0.1:${String(this.proxies[side].port)}`,
      XMPP_USER: isComponent ? componentOf(side) : watcher,
      XMPP_PASSWORD: watchPassword,
      XMPP_TLS: 'off',
    };
  }

  async stop(): Promise<void> {
    for (const proxy of Object.values(this.proxies)) await proxy.close();
    await this.server.dispose();
    await rm(this.folder, { recursive: true, force: true });
  }
}

const componentOf = (side: Side): string => `presence-${side}.localhost`;

export async function startXmppPart(needs: XmppNeeds, times: FaultTimes): Promise<XmppPart> {
  const folder = await mkdtemp(join(tmpdir(), 'faults-xmpp-'));
  const server = needs.server === 'Prosody' ? await prosody(needs, times, folder) : await ejabberd(times);
  const port = needs.server === 'Prosody' ? server.componentPort : server.c2sPort;
  const proxies = { primary: await FaultProxy.start(port), secondary: await FaultProxy.start(port) };
  return new XmppPart(needs, server, proxies, keptMsOf(times), folder);
}

async function prosody({ tellsHibernation }: XmppNeeds, times: FaultTimes, folder: string): Promise<XmppServer> {
  await chmod(folder, 0o755);
  await copyFile(join(root, 'deploy', 'prosody', moduleName), join(folder, moduleName));
  const components = sides.map(componentOf);
  const telling = [
    `plugin_paths = { ${JSON.stringify(folder)} }`,
    'VirtualHost "localhost"',
    'modules_enabled = { "lastcall_hibernation" }',
    `lastcall_components = { ${components.map((name) => JSON.stringify(name)).join('; ')} }`,
  ];
  return startProsody({
    components: Object.fromEntries(components.map((name) => [name, watchPassword])),
    readTimeoutMs: silenceMsOf(times),
    ...(tellsHibernation ? {} : { hibernationMs: Math.max(hibernationMsMin, keptMsOf(times) - watchdogMs) }),
    lines: ['allow_unencrypted_plain_auth = true', ...(tellsHibernation ? telling : [])],
  });
}

function ejabberd(times: FaultTimes): Promise<XmppServer> {
  const intervalMs = Math.max(pingMsMin, silenceMsOf(times));
  return startEjabberd({
    users: { [watcher]: watchPassword, [someone]: watchPassword },
    watchers: [watcher],
    resumeMs: keptMsOf(times),
    ping: { intervalMs, ackMs: intervalMs },
  });
}
