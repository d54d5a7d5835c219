import { type PolicySummary } from '#config/policy-summary';
import { z } from 'zod';
import { askTime, sampleOf, storeTimeOf } from './clock/store-time';
import { type RedisConnection } from './connection';
import { Keys } from './keys';
import { allOf } from './pipeline';
import { ProcessBoard } from './process-board';

/** Beyond it only the digest is told; some 400 teams. */
const valuesBytesMax = 400_000;

const shape = z.object({
  at: z.number(),
  digest: z.string(),
  values: z.record(z.string(), z.string()).nullable(),
});

/** What another process acts by; `values` is null where they are too many. */
export interface PostedPolicy {
  readonly processId: string;
  readonly digest: string;
  readonly values: Readonly<Record<string, string>> | null;
}

/** Where the processes of a peripheral say what they act by: a hash by process, store time. */
export class PolicyBoard {
  private readonly board: ProcessBoard<Omit<PostedPolicy, 'processId'>>;

  constructor(redis: RedisConnection, options: { readonly peripheralId: number }) {
    const keys = new Keys(options.peripheralId);
    const now = async (): Promise<number> => {
      const [time, offset] = await allOf('policies', askTime(redis.pipeline(), keys));
      return storeTimeOf(sampleOf(time, offset));
    };
    this.board = new ProcessBoard(redis, { key: keys.policies, shape, now });
  }

  /** Says what this process acts by, and answers what the others said within a minute. Rejects with a StoreError. */
  async post(processId: string, { digest, values }: PolicySummary): Promise<PostedPolicy[]> {
    const isShort = JSON.stringify(values).length <= valuesBytesMax;
    const others = await this.board.post(processId, { digest, values: isShort ? values : null });
    return others.map(({ processId: id, said }) => ({ processId: id, digest: said.digest, values: said.values }));
  }

  /** This process is being stopped. */
  withdraw(processId: string): Promise<void> {
    return this.board.withdraw(processId);
  }
}
