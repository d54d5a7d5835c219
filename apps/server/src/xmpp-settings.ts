import { ConfigError, type ConfigProblem } from '#config/config-error';
import { readCa } from '#config/read-ca';
import { type Config } from '#config/table';
import { type StreamSettings } from '#presence/xmpp/stream';

export type XmppConfig = Pick<
  Config<'server'>,
  'xmppMode' | 'xmppUrl' | 'xmppDomain' | 'xmppUser' | 'xmppPassword' | 'xmppTls' | 'xmppTlsCa'
>;

/** What a component may connect to without another word: it has no TLS. */
export const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * How presence is watched at an XMPP server; undefined without XMPP_MODE.
 * `processId` becomes the resource of an account: two servers may use one account, and a stream that comes back takes the
 * place of its own dead one.
 * @throws ConfigError for a set that is half given, a way that is not as safe as XMPP_TLS demands, or a CA that cannot be used.
 */
export function watchSettings(config: XmppConfig, processId: string): StreamSettings | undefined {
  const { xmppMode: mode, xmppUrl: url, xmppDomain: domain, xmppUser: user, xmppPassword: password } = config;
  if (mode === undefined) return undefined;
  if (url === undefined || user === undefined || password === undefined) {
    const given = { XMPP_URL: url, XMPP_USER: user, XMPP_PASSWORD: password };
    const missing = Object.entries(given).flatMap(([key, value]) => (value === undefined ? [key] : []));
    throw refusal(missing.map((key) => ({ key, sentence: 'is missing, and XMPP_MODE needs it' })));
  }
  const problem = unsafe(mode, url, config.xmppTls) ?? unfit(mode, url);
  if (problem !== null) throw refusal([problem]);
  const ca = config.xmppTlsCa === undefined ? undefined : readCa('server', 'XMPP_TLS_CA', config.xmppTlsCa);
  return { mode, url, domain, user, password, tls: config.xmppTls, ca, resource: processId };
}

function unsafe(mode: StreamSettings['mode'], url: string, tls: StreamSettings['tls']): ConfigProblem | null {
  const { protocol, hostname } = new URL(url);
  if (tls === 'off' || protocol === 'xmpps:' || protocol === 'wss:') return null;
  if (mode === 'watcher' && protocol === 'xmpp:') return null;
  if (mode === 'component' && loopback.test(hostname)) return null;
  const sentence =
    mode === 'component'
      ? 'is not on loopback, and a component has no TLS: a tunnel, or a network of its own with XMPP_TLS=off'
      : 'is a WebSocket without TLS: wss://, or XMPP_TLS=off on loopback or in a tunnel';
  return { key: 'XMPP_URL', sentence };
}

function unfit(mode: StreamSettings['mode'], url: string): ConfigProblem | null {
  if (mode === 'watcher' || !/^wss?:/.test(url)) return null;
  return { key: 'XMPP_URL', sentence: 'is a WebSocket, and a component speaks TCP: xmpp://host:port' };
}

function refusal(problems: readonly ConfigProblem[]): ConfigError {
  return new ConfigError('server', problems);
}
