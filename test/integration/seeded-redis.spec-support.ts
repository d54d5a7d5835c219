import { ReplyError } from 'ioredis';
import { type StoreClock } from '#store/contract/under-test.spec-support';
import { type RedisConnection } from '#store/connection';

/**
 * A real Redis by whose scripts a clock that the test sets goes, so that minutes pass at once and two runs are the same.
 *
 * Redis' own clock cannot be set. But only scripts ask for it: before each one stands `preludeLua`, which answers TIME by the
 * test's clock, keeps the times at which keys end by it, and gives the lines of the journal their ids by it. What a script
 * does beside that is real.
 */

const clockKey = '{5000}:seeded:now';
const endsKey = '{5000}:seeded:ends';

/** Where scripts do not say that a key is to end, they may not meet one that ends by the real clock. */
const preludeLua = `
local redis = (function(real)
  local call = real.call
  local now = tonumber(call('GET', '${clockKey}'))
  -- A key has ended when its time is past, not when it has come.
  for _, key in ipairs(call('ZRANGEBYSCORE', '${endsKey}', '-inf', '(' .. string.format('%d', now))) do
    call('DEL', key)
    call('ZREM', '${endsKey}', key)
  end
  local function endsAfter(key, ms) return call('ZADD', '${endsKey}', now + ms, key) end
  local seeded = {}
  function seeded.call(name, ...)
    local args = { ... }
    if name == 'TIME' then
      return { string.format('%d', math.floor(now / 1000)), string.format('%d', now % 1000 * 1000) }
    end
    if name == 'PEXPIRE' then return endsAfter(args[1], args[2]) end
    if name == 'SET' and args[3] == 'PX' then
      endsAfter(args[1], args[4])
      return call('SET', args[1], args[2])
    end
    if name == 'SET' then call('ZREM', '${endsKey}', args[1]) end
    if name == 'XADD' then
      for i, arg in ipairs(args) do
        if arg == '*' then args[i] = string.format('%d-*', now) end
      end
    end
    return call(name, unpack(args))
  end
  return setmetatable(seeded, { __index = real })
end)(redis)
`;

/** What makes a caller send the text of its script, before which something can be put. */
const unknownScript = new (ReplyError as new (message: string) => Error)('NOSCRIPT');

const timeLua = `${preludeLua} return redis.call('TIME')`;

export class SeededRedis implements StoreClock {
  /** For every part of the store that takes a connection for its commands. */
  readonly connection: RedisConnection;

  constructor(
    private readonly real: RedisConnection,
    private current: number,
  ) {
    const instead: Record<string, unknown> = {
      flushall: async () => {
        await real.flushall();
        await this.setNow(this.current);
      },
      evalsha: () => Promise.reject(unknownScript),
      eval: (lua: string, ...rest: [number, ...string[]]) => real.eval(preludeLua + lua, ...rest),
      pipeline: () => seededPipeline(real.pipeline()),
      time: () => Promise.reject(new Error('Redis was asked for its own time')),
    };
    this.connection = new Proxy(real, {
      get: (target, name) => instead[String(name)] ?? bound(target, name),
    });
  }

  get nowMs(): number {
    return this.current;
  }

  now(): Promise<number> {
    return Promise.resolve(this.current);
  }

  async advance(ms: number): Promise<void> {
    await this.setNow(this.current + ms);
  }

  private async setNow(ms: number): Promise<void> {
    this.current = ms;
    await this.real.set(clockKey, ms);
  }
}

/** BullMQ defines its scripts on the connection that it is given: from now on each goes by the clock. */
export function seedCommands(connection: RedisConnection): void {
  const define = connection.defineCommand.bind(connection);
  connection.defineCommand = (name, { lua, ...rest }) => {
    define(name, { ...rest, lua: preludeLua + lua });
  };
}

type Pipeline = ReturnType<RedisConnection['pipeline']>;

function seededPipeline(real: Pipeline): Pipeline {
  const seeded: Pipeline = new Proxy(real, {
    get: (target, name) => {
      if (name === 'time')
        return () => {
          target.eval(timeLua, 0);
          return seeded;
        };
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        const answer: unknown = Reflect.apply(member, target, args);
        return answer === target ? seeded : answer;
      };
    },
  });
  return seeded;
}

function bound(target: RedisConnection, name: string | symbol): unknown {
  const member: unknown = Reflect.get(target, name);
  return typeof member === 'function' ? (member.bind(target) as unknown) : member;
}
