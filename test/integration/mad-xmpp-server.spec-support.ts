import { createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../kit/ports';

/** A server that takes any component, and says this after its handshake. */
export class MadServer {
  readonly sockets: Socket[] = [];
  private readonly server: Server;

  constructor(words: string) {
    const header =
      "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='1'>";
    this.server = createServer((socket) => {
      this.sockets.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (data) => {
        const text = data.toString();
        if (text.includes('<stream:stream')) socket.write(header);
        if (text.includes('<handshake')) socket.write(`<handshake/>${words}`);
      });
    });
  }

  async listen(): Promise<number> {
    const port = await freePort();
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
