import { type Side } from '#domain/agent';
import { type App, prepareApp } from '../kit/app';
import { type NetworkNamespace } from '../kit/network/network-namespace';

/** What the faults are put to: ours, or what plain BullMQ can do. */
export type ProductName = 'lastcall' | 'baseline';

/** The processes of a product. The baseline has one for each side, which is its server and its worker. */
export interface Product {
  readonly name: ProductName;
  readonly servers: Readonly<Record<Side, App>>;
  readonly workers: Readonly<Record<Side, App>>;
}

export type Environment = Readonly<Record<string, string>>;

export const sides = ['primary', 'secondary'] as const;

/** Its processes, not started yet. `envOf` says what is special to one of them; `networkOf` says in which network a side runs. */
export async function prepareProduct(
  name: ProductName,
  common: Environment,
  envOf: (side: Side, part: 'server' | 'worker') => Environment,
  networkOf: (side: Side) => NetworkNamespace | undefined,
): Promise<Product> {
  const perSide = async (prepare: (side: Side) => Promise<App>): Promise<Record<Side, App>> => ({
    primary: await prepare('primary'),
    secondary: await prepare('secondary'),
  });
  if (name === 'baseline') {
    const both = await perSide((side) =>
      prepareApp(
        'baseline',
        { ...common, SIDE: side, ...envOf(side, 'server'), ...envOf(side, 'worker') },
        networkOf(side),
      ),
    );
    return { name, servers: both, workers: both };
  }
  const servers = await perSide((side) =>
    prepareApp('server', { ...common, SIDE: side, SERVER_ID: `${side}-1`, ...envOf(side, 'server') }, networkOf(side)),
  );
  const workers = await perSide((side) =>
    prepareApp(
      'worker',
      { ...common, SIDE: side, WORKER_ID: `worker-${side}-1`, ...envOf(side, 'worker') },
      networkOf(side),
    ),
  );
  return { name, servers, workers };
}

/** Each process once. */
export function processesOf({ servers, workers }: Product): App[] {
  return [...new Set([...Object.values(servers), ...Object.values(workers)])];
}
