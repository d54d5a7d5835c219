import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashPassword } from '#config/password-hash';
import { startProsody } from '../xmpp/prosody';
import { type Side, type Site, startSite } from './site';
import { type XmppServer } from '../xmpp/xmpp-server';
import { waitFor } from '../wait';

/** A whole site with a real Prosody that both servers watch, for clients that know nothing of Lastcall. */
export interface XmppSite {
  readonly site: Site;
  readonly prosody: XmppServer;
  /** Of every agent, by REST and by XMPP. */
  readonly password: string;
  /** Base address of the REST surface of that side. */
  rest(side: Side): string;
  stop(): Promise<void>;
}

export const password = 'password-of-the-agents';
const watchSecret = 'secret-of-the-watch';
const pubsubSecret = 'secret-of-the-notifications';
export const pubsubService = 'pubsub.localhost';
const domain = 'localhost';

/** Prosody asks a silent client so soon, and its session ends as soon as its connection. */
const prosodyTimes = { readTimeoutMs: 1_000, hibernationMs: 500 };

const componentOf = (side: Side): string => `presence-${side}.${domain}`;

/** Both sides serve, and one server has the name: what happens before that is told anew, without requests' ids. */
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

export async function startXmppSite(
  agentIds: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<XmppSite> {
  const folder = await mkdtemp(join(tmpdir(), 'xmpp-site-'));
  const agentsFile = join(folder, 'agents.json');
  // The lowest cost that a file may have: a test is no place to slow guesses down.
  const hash = await hashPassword(password, 12);
  await writeFile(agentsFile, JSON.stringify({ agents: agentIds.map((id) => ({ id, password: hash })) }));
  const prosody = await startProsody({
    users: Object.fromEntries(agentIds.map((id) => [id, password])),
    components: { [componentOf('primary')]: watchSecret, [componentOf('secondary')]: watchSecret },
    pubsub: { name: pubsubService, secret: pubsubSecret },
    ...prosodyTimes,
  });
  const dispose = async (): Promise<void> => {
    await prosody.dispose();
    await rm(folder, { recursive: true, force: true });
  };
  const serverEnv = (side: Side): Record<string, string> => ({
    AGENTS_FILE: agentsFile,
    XMPP_MODE: 'component',
    XMPP_URL: `xmpp://127.0.0.1:${String(prosody.componentPort)}`,
    XMPP_DOMAIN: domain,
    XMPP_USER: componentOf(side),
    XMPP_PASSWORD: watchSecret,
    XMPP_PUBSUB: pubsubService,
    XMPP_PUBSUB_PASSWORD: pubsubSecret,
  });
  let started: Site | undefined;
  try {
    const site = (started = await startSite(env, undefined, serverEnv));
    await untilServed(site);
    return {
      site,
      prosody,
      password,
      rest: (side) => `${site.servers[side].url}/finesse/api`,
      stop: async () => {
        await Promise.allSettled([site.stop(), dispose()]).then((ends) => {
          const failed = ends.find((end) => end.status === 'rejected');
          if (failed !== undefined) throw failed.reason;
        });
      },
    };
  } catch (error) {
    await started?.stop().catch(() => undefined);
    await dispose();
    throw error;
  }
}
