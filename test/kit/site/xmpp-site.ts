import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashPassword } from '#config/password-hash';
import { accountNamed } from '#presence/xmpp/desktop-jid';
import { waitFor } from '../wait';
import { startEjabberd } from '../xmpp/ejabberd';
import { startProsody } from '../xmpp/prosody';
import { type XmppServer } from '../xmpp/xmpp-server';
import { type Site } from './site';
import { type Side, type SiteOptions } from './site-options';
import { startSite } from './start-site';
import { PlainWatchedXmpp, watchAccounts, watchComponents } from './watched-xmpp';

/** A whole site with a real XMPP server that both servers watch, for clients that know nothing of Lastcall. */
export interface XmppSite {
  readonly site: Site;
  readonly xmppServer: XmppServer;
  /** Of every agent, by REST and by XMPP. */
  readonly password: string;
  /** Base address of the REST surface of that side. */
  rest(side: Side): string;
  stop(): Promise<void>;
}

export const password = 'password-of-the-agents';
const pubsubSecret = 'secret-of-the-notifications';
export const pubsubService = 'pubsub.localhost';

/** Prosody asks a silent client so soon, and its session ends as soon as its connection. */
const prosodyTimes = { readTimeoutMs: 1_000, hibernationMs: 500 };

/** Both sides serve, and one server has the name: what happens before that is told once more later, without requests' ids. */
async function untilServed(site: Site): Promise<void> {
  const urls = Object.values(site.servers).map(({ url }) => url);
  const ask = (path: string): Promise<string[]> =>
    Promise.all(urls.map(async (url) => (await fetch(`${url}${path}`)).text()));
  await waitFor('both sides to serve', async () => {
    const infos = await ask('/finesse/api/SystemInfo');
    return infos.every((info) => info.includes('<status>IN_SERVICE</status>'));
  });
  await waitFor('a server that notifies', async () => {
    const figures = await ask('/metrics');
    return figures.some((text) => /^lastcall_notifies 1$/m.test(text));
  });
}

export interface XmppSiteOptions extends SiteOptions {
  /** Default: Prosody. */
  readonly server?: XmppServer['name'];
  /** XMPP_DOMAIN. Default: as the XMPP server spells it. */
  readonly domain?: string;
  /** By id, of agents whose account at the XMPP server is that of the login name. */
  readonly loginNames?: Readonly<Record<string, string>>;
}

/** Accounts are spelled as XMPP servers keep them: in lower case. */
function startXmppServer(name: XmppServer['name'], names: readonly string[]): Promise<XmppServer> {
  const users = Object.fromEntries(names.map((one) => [accountNamed(one), password]));
  const pubsub = { name: pubsubService, secret: pubsubSecret };
  if (name === 'Prosody') return startProsody({ users, components: watchComponents, pubsub, ...prosodyTimes });
  return startEjabberd({ ...watchAccounts, users: { ...users, ...watchAccounts.users }, pubsub });
}

export async function startXmppSite(
  agentIds: readonly string[],
  { server = 'Prosody', domain, loginNames = {}, ...options }: XmppSiteOptions = {},
): Promise<XmppSite> {
  const folder = await mkdtemp(join(tmpdir(), 'xmpp-site-'));
  const agentsFile = join(folder, 'agents.json');
  // The lowest cost that a file may have: a test is no place to slow guesses down.
  const hash = await hashPassword(password, 12);
  const agents = agentIds.map((id) => ({ id, loginName: loginNames[id], password: hash }));
  await writeFile(agentsFile, JSON.stringify({ agents }));
  const accounts = agentIds.map((id) => loginNames[id] ?? id);
  const xmppServer = await startXmppServer(server, accounts);
  const xmpp = new PlainWatchedXmpp(xmppServer, undefined, {
    AGENTS_FILE: agentsFile,
    XMPP_DOMAIN: domain ?? xmppServer.domain,
    XMPP_PUBSUB: pubsubService,
    XMPP_PUBSUB_URL: `xmpp://127.0.0.1:${String(xmppServer.componentPort)}`,
    XMPP_PUBSUB_PASSWORD: pubsubSecret,
  });
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  let started: Site | undefined;
  try {
    const site = (started = await startSite({ ...options, xmpp }));
    await untilServed(site);
    return {
      site,
      xmppServer,
      password,
      rest: (side) => `${site.servers[side].url}/finesse/api`,
      stop: () => site.stop().finally(dispose),
    };
  } catch (error) {
    await (started?.stop() ?? xmpp.stop()).catch(() => undefined);
    await dispose();
    throw error;
  }
}
