/** What a component may connect to without another word: it has no TLS. */
const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** How an address is to be used. */
export interface XmppAddress {
  /** `component`: XEP-0114; `watcher`: a client of an account. */
  readonly mode: 'component' | 'watcher';
  readonly url: string;
  readonly tls: 'required' | 'off';
}

/** Why this address is not as safe as XMPP_TLS demands, to be said after its key; null when it is. */
export function whyUnsafe({ mode, url, tls }: XmppAddress): string | null {
  const { protocol, hostname } = new URL(url);
  if (tls === 'off' || protocol === 'xmpps:' || protocol === 'wss:') return null;
  if (mode === 'watcher' && protocol === 'xmpp:') return null;
  if (mode === 'component' && loopback.test(hostname)) return null;
  return mode === 'component'
    ? 'is not on loopback, and a component has no TLS: a tunnel, or a network of its own with XMPP_TLS=off'
    : 'is a WebSocket without TLS: wss://, or XMPP_TLS=off on loopback or in a tunnel';
}

/** Why nothing can be reached there in this way; null when it can. */
export function whyUnfit({ mode, url }: XmppAddress): string | null {
  if (mode === 'watcher' || !/^wss?:/.test(url)) return null;
  return 'is a WebSocket, and a component speaks TCP: xmpp://host:port';
}
