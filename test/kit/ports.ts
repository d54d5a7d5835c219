import { createServer } from 'node:net';

/** Below the ports that the system gives to outgoing connections: none of those can take ours before it is used. */
const ports = { first: 20_000, count: 12_000 };
/** Test files run side by side in processes that jest counts from 1: each has a share of its own, or two are given one port. */
const shares = 4;
const share = { size: ports.count / shares, number: Number(process.env['JEST_WORKER_ID'] ?? 1) % shares };
const attemptsMax = 100;
const given = new Set<number>();

/** A TCP port on loopback that nobody listens on now, and that this process was not given before. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const port = ports.first + share.size * share.number + Math.floor(Math.random() * share.size);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no free port was found in ${String(attemptsMax)} attempts`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listens = await new Promise<boolean>((resolve) => {
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      resolve(true);
    });
  });
  if (listens) await new Promise((resolve) => server.close(resolve));
  return listens;
}
