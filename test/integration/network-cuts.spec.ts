import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { type Cut, NetworkNamespace } from '../kit/network/network-namespace';
import { cableOf, dropPackets } from '../kit/network/packet-drop';
import { describeAsRoot } from '../kit/privileges';
import { TestProcess } from '../kit/process';
import { pause, waitFor } from '../kit/wait';

/** The cuts that rows of the fault table are made with: packets are lost, and no connection is closed. */

/** Much longer than a packet takes here. */
const silenceMs = 300;

/** Sends back what it gets. */
async function echoServer(host: string): Promise<{ server: Server; port: number; received: () => string }> {
  let received = '';
  const server = createServer((socket) => {
    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString();
      socket.write(bytes);
    });
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it listens on no port');
  return { server, port: address.port, received: () => received };
}

const untilIs = (seen: () => string, wanted: string, what: string): Promise<true> =>
  waitFor(`${what} to be ${JSON.stringify(wanted)}`, () => seen() === wanted, { seen });

describeAsRoot('network namespaces', 'a network of its own', () => {
  const client = `
    const socket = require('node:net').connect(Number(process.argv[1]), process.argv[2]);
    process.stdin.pipe(socket).pipe(process.stdout);
  `;

  it.each([
    // What the server has got then: the client sends an a before the cut and a b during it.
    ['both ways', 'a'],
    ['nothing leaves it', 'a'],
    ['nothing reaches it', 'ab'],
  ] as const satisfies readonly (readonly [Cut, string])[])(
    'loses packets when it is cut off (%s), and nothing of a connection when it is whole again',
    async (cut, arrived) => {
      const network = NetworkNamespace.create();
      const { server, port, received } = await echoServer(network.outerAddress);
      const args = ['-e', client, String(port), network.outerAddress];
      const child = new TestProcess({ name: 'the client', program: process.execPath, args, network });
      try {
        child.stdin.write('a');
        await untilIs(() => child.stdout, 'a', 'what came back');
        network.cut(cut);
        child.stdin.write('b');
        await untilIs(received, arrived, 'what the server has got');
        await pause(silenceMs);
        expect([received(), child.stdout]).toEqual([arrived, 'a']);
        network.heal();
        await untilIs(() => child.stdout, 'ab', 'what came back');
      } finally {
        await child.kill9();
        server.close();
        network.remove();
      }
    },
  );
});

describeAsRoot('packet filter', 'packets of one connection', () => {
  it('are lost while they are dropped, and those of another connection are not', async () => {
    const { server, port } = await echoServer('127.0.0.1');
    const open = async (): Promise<{ socket: Socket; echoed: () => string }> => {
      let echoed = '';
      const socket = connect(port, '127.0.0.1');
      socket.on('data', (bytes: Buffer) => (echoed += bytes.toString()));
      await once(socket, 'connect');
      return { socket, echoed: () => echoed };
    };
    const [cutOff, other] = [await open(), await open()];
    try {
      const cable = cableOf(cutOff.socket);
      if (cable === undefined) throw new Error('the socket has no ports');
      const lift = dropPackets([cable]);
      try {
        cutOff.socket.write('a');
        other.socket.write('b');
        await untilIs(other.echoed, 'b', 'what came back over the other connection');
        await pause(silenceMs);
        expect(cutOff.echoed()).toBe('');
      } finally {
        lift();
      }
      await untilIs(cutOff.echoed, 'a', 'what came back');
    } finally {
      cutOff.socket.destroy();
      other.socket.destroy();
      server.close();
    }
  });
});
