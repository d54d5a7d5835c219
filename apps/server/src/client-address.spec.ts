import { type IncomingMessage } from 'node:http';
import { clientReader } from './client-address';

function requestFrom(remoteAddress: string | undefined, forwardedFor?: string): IncomingMessage {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
  return { headers, socket: { remoteAddress } } as unknown as IncomingMessage;
}

describe('the address of a client', () => {
  it('is that of its connection, whatever it writes into the header, where no proxy is trusted', () => {
    const read = clientReader([]);
    expect(read(requestFrom('192.0.2.7', '198.51.100.1'))).toEqual({ address: '192.0.2.7', network: '192.0.2.7' });
  });

  it('is what a trusted proxy says, and not what the client told the proxy', () => {
    const read = clientReader(['10.0.0.0/8']);
    expect(read(requestFrom('10.0.0.1', '1.1.1.1, 198.51.100.1')).address).toBe('198.51.100.1');
    expect(read(requestFrom('10.0.0.1', '1.1.1.1, 198.51.100.1, 10.2.3.4')).address).toBe('198.51.100.1');
    expect(read(requestFrom('192.0.2.7', '198.51.100.1')).address).toBe('192.0.2.7');
  });

  it('counts as its network in IPv6, and as itself in IPv4 however it is written', () => {
    const read = clientReader([]);
    const one = read(requestFrom('2001:db8:1:2::1'));
    expect(one.address).toBe('2001:db8:1:2::1');
    expect(read(requestFrom('2001:db8:1:2:ffff::9')).network).toBe(one.network);
    expect(read(requestFrom('2001:db8:9::1')).network).not.toBe(one.network);
    expect(read(requestFrom('::ffff:192.0.2.7')).network).toBe('192.0.2.7');
  });

  it('is nothing of a connection that has ended', () => {
    expect(clientReader([])(requestFrom(undefined))).toEqual({ address: '', network: '' });
  });
});
