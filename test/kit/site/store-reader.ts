import { parseRedisUrl } from '#config/redis-url';
import { connect, type ConnectionRole, type RedisConnection } from '#store/connection';
import { Journal } from '#store/journal';
import { type RedisAccess } from '#store/redis-access';
import { RedisStore } from '#store/redis-store';
import { noOutage } from '../no-op-ports';

/** How a test itself looks into the Redis of a site: never through a proxy. */
export interface ReaderOptions {
  readonly url: string;
  readonly access?: RedisAccess | undefined;
  readonly peripheralId: number;
  readonly leaseMs: number;
}

export const journalLinesMax = 1_000_000;

/** A connection of the test's own; the test disconnects it. */
export function openConnection(role: ConnectionRole, { url, access, peripheralId }: ReaderOptions): RedisConnection {
  const parsed = parseRedisUrl(url);
  if (parsed.kind !== 'address') throw new Error(parsed.sentence);
  const options = { name: 'test', outage: noOutage, role, peripheralId };
  return connect(parsed.address, access === undefined ? options : { ...options, access });
}

export class StoreReader {
  readonly connection: RedisConnection;
  readonly store: RedisStore;
  readonly journal: Journal;

  constructor(readonly options: ReaderOptions) {
    const { peripheralId, leaseMs } = options;
    const limits = { replicas: 0, issuingPerSecondMax: 1_000, journalEntriesMax: journalLinesMax };
    this.connection = openConnection('store', options);
    this.store = new RedisStore(this.connection, { peripheralId, leaseMs, ...limits });
    this.journal = new Journal(this.connection, { peripheralId });
  }

  async close(): Promise<void> {
    await this.journal.close();
    await this.store.close();
    this.connection.disconnect();
  }
}
