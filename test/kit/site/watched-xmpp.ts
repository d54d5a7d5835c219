import { type Environment } from '../app';
import { type FaultProxy } from '../network/fault-proxy';
import { type XmppServer } from '../xmpp/xmpp-server';
import { type Side, sides, type WatchedXmpp } from './site-options';

const watchPassword = 'password-of-the-watch';
const watcher = 'lastcall';
/** An account that sees nobody is refused, and agents may come later; no agent has so long a name. */
const someone = 'someone-to-see';

const componentOf = (side: Side): string => `presence-${side}.localhost`;

/** What a Prosody must be started with to be watched: each server is a component. */
export const watchComponents: Readonly<Record<string, string>> = Object.fromEntries(
  sides.map((side) => [componentOf(side), watchPassword]),
);

/** What an ejabberd must be started with to be watched: through an account that sees everybody. */
export const watchAccounts = {
  users: { [watcher]: watchPassword, [someone]: watchPassword },
  watchers: [watcher],
};

/** An XMPP server without TLS that the servers of a site watch; it goes with the site. */
export class PlainWatchedXmpp implements WatchedXmpp {
  constructor(
    readonly server: XmppServer,
    /** Between each server of the site and it; desktops go to it directly. */
    readonly proxies?: Readonly<Record<Side, FaultProxy>>,
    private readonly more: Environment = {},
  ) {}

  /** Where servers of a site watch. */
  static portOf(server: XmppServer): number {
    return server.name === 'Prosody' ? server.componentPort : server.c2sPort;
  }

  environmentOf(side: Side): Environment {
    const isComponent = this.server.name === 'Prosody';
    const port = this.proxies?.[side].port ?? PlainWatchedXmpp.portOf(this.server);
    return {
      XMPP_MODE: isComponent ? 'component' : 'watcher',
      XMPP_URL: `xmpp://127.0.0.1:${String(port)}`,
      XMPP_USER: isComponent ? componentOf(side) : watcher,
      XMPP_PASSWORD: watchPassword,
      XMPP_TLS: 'off',
      ...this.more,
    };
  }

  async stop(): Promise<void> {
    for (const proxy of Object.values(this.proxies ?? {})) await proxy.close();
    await this.server.dispose();
  }
}
