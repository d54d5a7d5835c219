import { type RedisConnection } from './connection';
import { Keys } from './keys';
import { asStoreError } from './store-error';

/**
 * What opens a desktop once, known to all servers: tickets until they are taken, and tokens that were spent until they
 * would have expired by themselves. Only hashes are kept: whoever reads Redis learns nothing that opens a desktop.
 */
export class OneTimeKeys {
  private readonly keys: Keys;

  constructor(
    private readonly redis: RedisConnection,
    options: { readonly peripheralId: number },
  ) {
    this.keys = new Keys(options.peripheralId);
  }

  /** @throws StoreError when it is not certain that the ticket is kept. */
  async keepTicket(hash: string, agentId: string, forMs: number): Promise<void> {
    await this.ask('keep ticket', this.redis.set(this.keys.ticket(hash), agentId, 'PX', forMs));
  }

  /** The agent of that ticket the first time, null ever after: one command reads and deletes. */
  async takeTicket(hash: string): Promise<string | null> {
    return this.ask('take ticket', this.redis.getdel(this.keys.ticket(hash)));
  }

  /** True the first time, false ever after. */
  async spendToken(hash: string, forMs: number): Promise<boolean> {
    return (await this.ask('spend token', this.redis.set(this.keys.spentToken(hash), '1', 'PX', forMs, 'NX'))) === 'OK';
  }

  async isTokenSpent(hash: string): Promise<boolean> {
    return (await this.ask('spent token', this.redis.exists(this.keys.spentToken(hash)))) === 1;
  }

  private async ask<T>(subject: string, answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw asStoreError(subject, error);
    }
  }
}
