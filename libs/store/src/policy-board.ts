import { type PolicySummary } from '#config/policy-summary';
import { z } from 'zod';
import { askTime, sampleOf, storeTimeOf } from './clock/store-time';
import { type RedisConnection } from './connection';
import { Keys } from './keys';
import { allOf } from './pipeline';
import { asStoreError } from './store-error';

/** A process that has not said for so long what it acts by is gone. */
export const silentMsMax = 60_000;

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

/** Where the processes of a peripheral say what they act by: a hash by process, Redis time. */
export class PolicyBoard {
  private readonly keys: Keys;
  private readonly key: string;

  constructor(
    private readonly redis: RedisConnection,
    options: { readonly peripheralId: number },
  ) {
    this.keys = new Keys(options.peripheralId);
    this.key = this.keys.policies;
  }

  /** Says what this process acts by, and answers what the others said within a minute. Rejects with a StoreError. */
  async post(processId: string, { digest, values }: PolicySummary): Promise<PostedPolicy[]> {
    try {
      const [time, offset] = await allOf('policies', askTime(this.redis.pipeline(), this.keys));
      const now = storeTimeOf(sampleOf(time, offset));
      const isShort = JSON.stringify(values).length <= valuesBytesMax;
      const own = JSON.stringify({ at: now, digest, values: isShort ? values : null });
      await this.redis.hset(this.key, processId, own);
      const posted = await this.redis.hgetall(this.key);
      const read = Object.entries(posted).map(([id, text]) => ({ processId: id, ...readPost(text) }));
      const gone = read.filter(({ at }) => at === undefined || now - at > silentMsMax).map((one) => one.processId);
      if (gone.length > 0) await this.redis.hdel(this.key, ...gone);
      return read.flatMap(({ processId: id, digest: theirs, values: their }) =>
        id === processId || theirs === undefined || gone.includes(id)
          ? []
          : [{ processId: id, digest: theirs, values: their ?? null }],
      );
    } catch (error) {
      throw asStoreError('policies', error);
    }
  }

  /** This process is being stopped. */
  async withdraw(processId: string): Promise<void> {
    await this.redis.hdel(this.key, processId);
  }
}

/** Anybody with access to Redis can write; what cannot be read counts as gone. */
function readPost(text: string): Partial<z.output<typeof shape>> {
  try {
    return shape.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
}
