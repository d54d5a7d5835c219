import { type AgentProfile } from '#config/agents-file';
import { ConfigError, type ConfigProblem } from '#config/config-error';
import { type Config } from '#config/table';
import { type DesktopTable } from '#presence/desktop-table';
import { whyUnsafe } from '#presence/xmpp/address-rule';
import { PubsubComponent } from '#presence/xmpp/pubsub-component';
import { type RedisConnection } from '#store/connection';
import { type AgentLink } from '#store/link-call';
import { type LinkBus } from '#store/link-bus';
import { SideSigns } from '#store/side-signs';
import { type Logger } from 'pino';
import { type ServerMetrics } from '../server-metrics';
import { type FinesseEvents } from './finesse-events';
import { Notifications } from './notifications';
import { pubsubNodes } from './standing-news';
import { type FinesseServiceState, type SystemInfo } from './system-info-document';
import { type XmppAccounts } from './xmpp-accounts';

export interface NotificationsMaterial {
  readonly config: Config<'server'>;
  readonly log: Logger;
  readonly processId: string;
  readonly bus: LinkBus;
  readonly storeConnection: RedisConnection;
  readonly link: Pick<AgentLink, 'look' | 'follow'>;
  readonly events: Pick<FinesseEvents, 'follow'>;
  readonly table: Pick<DesktopTable, 'agentIds'>;
  readonly accounts: Pick<XmppAccounts, 'canonical' | 'of'>;
  readonly service: () => FinesseServiceState;
  readonly profileOf: (agentId: string) => AgentProfile;
  readonly systemInfo: (service: FinesseServiceState) => SystemInfo;
  readonly metrics: Pick<ServerMetrics, 'gauge'>;
}

/** Undefined without XMPP_PUBSUB. @throws ConfigError that names what else is needed with it. */
export function buildNotifications(material: NotificationsMaterial): Notifications | undefined {
  const { config, log, processId, bus, storeConnection, table, accounts, metrics } = material;
  const address = pubsubAddressOf(config);
  if (address === undefined) return undefined;
  const { side, xmppDomain: domain } = config;
  const component = new PubsubComponent({
    ...address,
    domain,
    nodes: pubsubNodes(accounts),
    log,
    onTellAnew: () => {
      notifications.tellAnew();
    },
    // Nothing to do: from now on nothing is sent, and the name is asked for again.
    onLost: () => undefined,
  });
  const notifications = new Notifications({
    ...material,
    component,
    signs: new SideSigns(bus, storeConnection, { peripheralId: config.ctiPeripheralId }),
    presentAgents: table.agentIds.bind(table),
    domain,
    accountsOf: accounts.of.bind(accounts),
    componentName: `${address.service} at ${address.url}`,
    side,
    serverId: processId,
    monotonicMs: () => performance.now(),
  });
  metrics.gauge('lastcall_notifies', '1 while this server is the one that sends agents their notifications.', () =>
    component.holdsName ? 1 : 0,
  );
  metrics.gauge('lastcall_notifications_sent', 'Notifications sent since the start.', () => component.sent);
  metrics.gauge(
    'lastcall_notifications_waiting',
    'Notifications that the XMPP server has not taken yet.',
    () => component.waiting,
  );
  metrics.gauge(
    'lastcall_notifications_dropped',
    'Notifications dropped since too many waited; everybody was told anew after that.',
    () => component.dropped,
  );
  return notifications;
}

interface PubsubAddress {
  readonly url: string;
  readonly service: string;
  readonly secret: string;
}

type PubsubConfig = Pick<
  Config<'server'>,
  'xmppMode' | 'xmppUrl' | 'xmppTls' | 'xmppPubsub' | 'xmppPubsubUrl' | 'xmppPubsubPassword'
>;

/** Where the component of XMPP_PUBSUB connects to; undefined without it. @throws ConfigError for half of a set. */
export function pubsubAddressOf(config: PubsubConfig): PubsubAddress | undefined {
  const { xmppMode, xmppUrl, xmppPubsub: service, xmppPubsubUrl, xmppPubsubPassword: secret } = config;
  if (service === undefined) {
    const given = { XMPP_PUBSUB_URL: xmppPubsubUrl, XMPP_PUBSUB_PASSWORD: secret };
    const idle = Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [key]));
    if (idle.length === 0) return undefined;
    throw new ConfigError('server', [{ key: 'XMPP_PUBSUB', sentence: `is missing, and ${idle.join(' and ')} given` }]);
  }
  const problems: ConfigProblem[] = [];
  const url = xmppPubsubUrl ?? (xmppMode === 'component' ? xmppUrl : undefined);
  if (url === undefined) {
    const sentence = 'is missing: XMPP_PUBSUB is given, and XMPP_URL is not the port for components';
    problems.push({ key: 'XMPP_PUBSUB_URL', sentence });
  } else if (!url.startsWith('xmpp://')) {
    const key = xmppPubsubUrl === undefined ? 'XMPP_URL' : 'XMPP_PUBSUB_URL';
    problems.push({ key, sentence: 'must be xmpp://host:port: a component has neither TLS nor WebSocket' });
  } else {
    const key = xmppPubsubUrl === undefined ? 'XMPP_URL' : 'XMPP_PUBSUB_URL';
    const sentence = whyUnsafe({ mode: 'component', url, tls: config.xmppTls });
    if (sentence !== null) problems.push({ key, sentence });
  }
  if (secret === undefined) {
    problems.push({ key: 'XMPP_PUBSUB_PASSWORD', sentence: 'is missing, and XMPP_PUBSUB given' });
  }
  if (problems.length > 0 || url === undefined || secret === undefined) throw new ConfigError('server', problems);
  return { url, service, secret };
}
