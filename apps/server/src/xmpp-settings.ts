import { ConfigError, type ConfigProblem } from '#config/config-error';
import { readCa } from '#config/read-ca';
import { type Config } from '#config/table';
import { whyUnfit, whyUnsafe } from '#presence/xmpp/address-rule';
import { type StreamSettings } from '#presence/xmpp/stream';

export type XmppConfig = Pick<
  Config<'server'>,
  'xmppMode' | 'xmppUrl' | 'xmppDomain' | 'xmppUser' | 'xmppPassword' | 'xmppTls' | 'xmppTlsCa'
>;

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
  const address = { mode, url, tls: config.xmppTls };
  const sentence = whyUnsafe(address) ?? whyUnfit(address);
  if (sentence !== null) throw refusal([{ key: 'XMPP_URL', sentence }]);
  const ca = config.xmppTlsCa === undefined ? undefined : readCa('server', 'XMPP_TLS_CA', config.xmppTlsCa);
  // A component's name is a domain, and is compared like one.
  return {
    mode,
    url,
    domain,
    user: mode === 'component' ? user.toLowerCase() : user,
    password,
    tls: config.xmppTls,
    ca,
    resource: processId,
  };
}

function refusal(problems: readonly ConfigProblem[]): ConfigError {
  return new ConfigError('server', problems);
}
