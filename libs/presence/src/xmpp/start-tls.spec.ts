import { EventEmitter } from 'node:events';
import { type Socket } from 'node:net';
import { negotiateStartTls } from './start-tls';

const features = (inside: string): string =>
  `<?xml version='1.0'?><stream:stream id='1'><stream:features>${inside}</stream:features>`;
const offer = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>";
const ask = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

class FakeSocket extends EventEmitter {
  readonly written: string[] = [];

  write(text: string): boolean {
    this.written.push(text);
    return true;
  }
}

function negotiation(): { socket: FakeSocket; done: Promise<void> } {
  const socket = new FakeSocket();
  return { socket, done: negotiateStartTls(socket as unknown as Socket, 'localhost') };
}

describe('taking up TLS', () => {
  it('says nothing but the header and the question, and is done when the server agrees', async () => {
    const { socket, done } = negotiation();
    socket.emit('data', Buffer.from(features(offer)));
    socket.emit('data', Buffer.from("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"));
    await done;
    expect(socket.written).toHaveLength(2);
    expect(socket.written[0]).toContain("to='localhost'");
    expect(socket.written[1]).toBe(ask);
    expect(socket.listenerCount('data') + socket.listenerCount('close') + socket.listenerCount('error')).toBe(0);
  });

  it('understands an answer that comes byte by byte', async () => {
    const { socket, done } = negotiation();
    for (const byte of features(offer)) socket.emit('data', Buffer.from(byte));
    for (const byte of '<proceed xmlns="urn:ietf:params:xml:ns:xmpp-tls"/>') socket.emit('data', Buffer.from(byte));
    await done;
    expect(socket.written.filter((text) => text === ask)).toHaveLength(1);
  });

  it('gives up when the offer was taken out of the features, and never says who it is', async () => {
    const { socket, done } = negotiation();
    socket.emit('data', Buffer.from(features('<mechanisms><mechanism>PLAIN</mechanism></mechanisms>')));
    await expect(done).rejects.toMatchObject({ kind: 'insecure' });
    expect(socket.written).toHaveLength(1);
  });

  it('gives up when anything was put in behind the agreement', async () => {
    const { socket, done } = negotiation();
    socket.emit('data', Buffer.from(features(offer)));
    socket.emit(
      'data',
      Buffer.from("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><presence from='1001@localhost/x'/>"),
    );
    await expect(done).rejects.toMatchObject({ kind: 'insecure' });
  });

  it.each([
    ['a failure', "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", 'insecure'],
    ['an unknown host', '<stream:error><host-unknown/></stream:error>', 'refused'],
    ['chatter without end', 'x'.repeat(20_000), 'malformed'],
  ])('gives up at %s', async (_, text, kind) => {
    const { socket, done } = negotiation();
    if (kind === 'insecure') socket.emit('data', Buffer.from(features(offer)));
    socket.emit('data', Buffer.from(text));
    await expect(done).rejects.toMatchObject({ kind });
  });

  it('gives up when the server hangs up', async () => {
    const { socket, done } = negotiation();
    socket.emit('close');
    await expect(done).rejects.toMatchObject({ kind: 'lost' });
  });
});
