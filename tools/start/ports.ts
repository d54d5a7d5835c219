import { createServer } from 'node:net';
import { isRefusedByBrowsers } from '#config/browser-ports';
import { StartFailure } from './start-failure';

/** How far above the wished port a free one is looked for. */
const triesMax = 200;

export type IsFree = (port: number) => Promise<boolean>;

/**
 * One port for each name, rising from `base`. Ports that something else uses are skipped, and those that browsers refuse.
 * @throws StartFailure when there are too many taken ones in a row.
 */
export async function choosePorts<const N extends string>(
  names: readonly N[],
  base: number,
  isFree: IsFree,
): Promise<Record<N, number>> {
  const chosen: [N, number][] = [];
  let candidate = base;
  for (const name of names) {
    candidate = await nextFree(candidate, isFree);
    chosen.push([name, candidate]);
    candidate += 1;
  }
  // One entry was made for each name above.
  return Object.fromEntries(chosen) as Record<N, number>;
}

async function nextFree(from: number, isFree: IsFree): Promise<number> {
  for (let port = from; port < Math.min(from + triesMax, 65_536); port += 1) {
    if (!isRefusedByBrowsers(port) && (await isFree(port))) return port;
  }
  throw new StartFailure(`No free port from ${String(from)} on; choose another range with --port-base.`);
}

/** Whether a server could listen there on loopback now. */
export function isFreeOnLoopback(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => {
      resolve(false);
    });
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      probe.close(() => {
        resolve(true);
      });
    });
  });
}
