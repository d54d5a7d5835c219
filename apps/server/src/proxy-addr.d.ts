/** As far as it is used here: the package brings no types. */
declare module 'proxy-addr' {
  import { type IncomingMessage } from 'node:http';

  type Trust = (address: string, hop: number) => boolean;
  interface ProxyAddress {
    /** The address of the nearest peer that is not trusted, as those that are name it in X-Forwarded-For. */
    (request: IncomingMessage, trust: Trust): string;
    compile(networks: readonly string[]): Trust;
  }
  const proxyAddress: ProxyAddress;
  export = proxyAddress;
}
