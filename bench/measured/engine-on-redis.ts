import { type AgentKey } from '#domain/agent';
import { defaultPolicy, type Policy } from '#domain/policy';
import { Engine } from '#engine/engine';
import { NoDesk, NoWitnesses } from '#engine/no-desk';
import { BullWakeUps } from '#queue/bull-wake-ups';
import { createLogoutQueue, type LogoutQueue } from '#queue/logout-queue';
import { connect, type RedisConnection } from '#store/connection';
import { Keys } from '#store/keys';
import { RedisStore } from '#store/redis-store';
import { noOutage } from '../../test/kit/no-op-ports';
import { type OwnRedis, Silent } from '../kit';

export const peripheralId = 5000;
export const keys = new Keys(peripheralId);

/** Agents as the simulator numbers them. */
export function agentKey(place: number): AgentKey {
  return { peripheralId, agentId: String(1_001 + place) };
}

/** The engine as a server has it: the real store and the real queue, without a CTI link. */
export interface EngineOnRedis {
  readonly engine: Engine;
  readonly queue: LogoutQueue;
  readonly storeConnection: RedisConnection;
  /** One more connection; closed with the others. */
  open(role: 'store' | 'queue' | 'subscriber'): RedisConnection;
  close(): Promise<void>;
}

export function openEngine(redis: OwnRedis, leaseMs: number, policy: Policy = defaultPolicy): EngineOnRedis {
  const connections: RedisConnection[] = [];
  const open = (role: 'store' | 'queue' | 'subscriber'): RedisConnection => {
    const connection = openConnection(redis, role);
    connections.push(connection);
    return connection;
  };
  const storeConnection = open('store');
  const queue = createLogoutQueue(open('queue'), peripheralId);
  // A server issues nothing; what a worker may issue is for its own store to limit.
  const store = new RedisStore(storeConnection, {
    ...{ peripheralId, replicas: 0, issuingPerSecondMax: 1, leaseMs, journalEntriesMax: 1_000_000 },
  });
  const engine = new Engine({
    store,
    wakeUps: new BullWakeUps(queue),
    witnesses: new NoWitnesses(),
    desk: new NoDesk(),
    observer: new Silent(),
    policyOf: () => policy,
    monotonicMs: () => performance.now(),
  });
  return {
    engine,
    queue,
    storeConnection,
    open,
    close: async () => {
      await queue.close();
      await store.close();
      for (const connection of connections) connection.disconnect();
    },
  };
}

export function openConnection(redis: OwnRedis, role: 'store' | 'queue' | 'subscriber'): RedisConnection {
  const address = { kind: 'single', endpoint: redis, db: 0, tls: false, user: undefined, password: undefined } as const;
  return connect(address, { name: `bench-${role}`, role, peripheralId, outage: noOutage });
}

/** Processor time of Redis' main thread since its start, in microseconds, and commands, those in scripts included. */
export async function redisEffort(redis: RedisConnection): Promise<{ us: number; commands: number }> {
  const info = await redis.info('everything');
  const value = (name: string): number => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1]);
  const seconds = value('used_cpu_user_main_thread') + value('used_cpu_sys_main_thread');
  return { us: seconds * 1e6, commands: value('total_commands_processed') };
}
