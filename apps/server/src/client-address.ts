import { type IncomingMessage } from 'node:http';
import { networkOf } from '#config/minute-counts';
import { type Client } from '#presence/gateway';
import proxyAddress from 'proxy-addr';

/**
 * Reads who sent a request: the peer of its connection, or, where that is a trusted proxy, whom the proxy names in
 * X-Forwarded-For. What anybody else writes there is not looked at.
 * @param trustedProxies addresses and ranges (TRUSTED_PROXIES)
 */
export function clientReader(trustedProxies: readonly string[]): (request: IncomingMessage) => Client {
  const trust = proxyAddress.compile(trustedProxies);
  return (request) => {
    // A connection that ended meanwhile has no address any more.
    const isEnded = request.socket.remoteAddress === undefined;
    const address = isEnded ? '' : proxyAddress(request, trust);
    return { address, network: networkOf(address) };
  };
}
