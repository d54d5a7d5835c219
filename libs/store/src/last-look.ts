import { type Desktop } from '#domain/agent';
import { type LastLook } from '#domain/event';
import { type RedisConnection } from './connection';
import { type ServerLeases } from './servers';

export interface LastLookAskerOptions {
  readonly peripheralId: number;
  /** How long a server may take to answer. Default 500. */
  readonly timeoutMs?: number;
}

/** Asks all servers with a live lease whether they hold a desktop of an agent. */
export class LastLookAsker {
  constructor(
    private readonly redis: RedisConnection,
    private readonly subscriber: RedisConnection,
    private readonly leases: Pick<ServerLeases, 'live'>,
    private readonly options: LastLookAskerOptions,
  ) {}
  /** One yes is enough; without one, every live server must have said no. */
  ask(agentId: string): Promise<LastLook> {
    return Promise.reject(
      new Error(
        `not written yet ${agentId}${this.redis.status}${this.subscriber.status}${typeof this.leases}${this.options.peripheralId}`,
      ),
    );
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}

export interface LastLookAnswererOptions {
  readonly peripheralId: number;
  readonly serverId: string;
  /** For each agent, in order: a desktop that this server holds of it right now, or undefined. */
  readonly holds: (agentIds: string[]) => Promise<(Desktop | undefined)[]>;
}

/** Answers for one server. */
export class LastLookAnswerer {
  constructor(
    private readonly subscriber: RedisConnection,
    private readonly redis: RedisConnection,
    private readonly options: LastLookAnswererOptions,
  ) {}
  /** Resolves when questions arrive. */
  start(): Promise<void> {
    return Promise.reject(
      new Error(`not written yet ${this.redis.status}${this.subscriber.status}${this.options.serverId}`),
    );
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}
