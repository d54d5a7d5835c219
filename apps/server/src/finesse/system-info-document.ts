import { type CtiProduct } from './user-order';
import { timeOf } from './user-document';
import { type XmlFields } from './xml';

export const systemInfoUri = '/finesse/api/SystemInfo';

export interface SystemInfo {
  readonly service: FinesseServiceState;
  /** Whether the side's CTI link is in service; the server may be out of service for another reason. */
  readonly linkInService: boolean;
  readonly product: CtiProduct;
  readonly peripheralId: number;
  /** Addresses of both sides as desktops reach them; undefined where none were configured. */
  readonly nodes: Readonly<Record<'primary' | 'secondary', string>> | undefined;
  readonly authMode: 'SSO' | 'NON_SSO' | 'HYBRID';
  readonly xmppDomain: string;
  /** '' where no notifications are sent. */
  readonly xmppPubsub: string;
  /** Epoch ms. */
  readonly now: number;
}

export type FinesseServiceState =
  { readonly status: 'IN_SERVICE' } | { readonly status: 'OUT_OF_SERVICE'; readonly why: string };

/** What `<SystemInfo>` holds, in the order of Finesse's own documents. */
export function systemInfoFields(info: SystemInfo): XmlFields {
  const { service, nodes } = info;
  return {
    currentTimestamp: timeOf(info.now),
    deploymentType: info.product.toUpperCase(),
    lastCTIHeartbeatStatus: info.linkInService ? 'success' : 'failure',
    peripheralId: String(info.peripheralId),
    ...(nodes === undefined
      ? {}
      : { primaryNode: nodeFields(nodes.primary), secondaryNode: nodeFields(nodes.secondary) }),
    status: service.status,
    statusReason: service.status === 'IN_SERVICE' ? '' : service.why,
    systemAuthMode: info.authMode,
    timezoneOffset: '0',
    uri: systemInfoUri,
    xmppDomain: info.xmppDomain,
    xmppPubSubDomain: info.xmppPubsub,
  };
}

const portOfScheme: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** Clients read the host, and the port where they do not have it in their own configuration. */
function nodeFields(address: string): XmlFields {
  const { hostname, port, protocol } = new URL(address);
  return { host: hostname, httpsPort: port === '' ? (portOfScheme[protocol] ?? '') : port };
}
