import { type RedisConnection } from '#store/connection';
import { peripheralId } from '#store/contract/agents.spec-support';
import { Journal } from '#store/journal';
import { startRedis } from '../kit/redis/redis-server';
import { StoreBench } from './store.spec-support';

const bench = StoreBench.forTests();

/** A connection that carries out every script twice, and answers what the second time said. */
function sendingTwice(connection: RedisConnection): RedisConnection {
  const scripts = ['evalsha', 'eval'];
  return new Proxy(connection, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      const call = (...args: unknown[]): unknown => Reflect.apply(member, target, args);
      if (!scripts.includes(String(name))) return call;
      return async (...args: unknown[]): Promise<unknown> => {
        await call(...args);
        return call(...args);
      };
    },
  });
}

describe('a commit in Redis', () => {
  it('is recognized when the client sends it again because the answer was lost', async () => {
    const twice = sendingTwice(bench().redis);
    bench().store = bench().storeOn(twice);
    expect(await bench().openDesktop('1001')).toBe('committed');
    expect(await bench().loseDesktop('1001')).toBe('committed');
    expect(await new Journal(bench().redis, { peripheralId }).tail('0', 0, 10)).toHaveLength(1);
    const [agent] = await bench().roll.agents(['1001']);
    expect(agent?.phase.name).toBe('grace');
  });

  it('goes on after the scripts were forgotten', async () => {
    await bench().openDesktop('1001');
    await bench().redis.script('FLUSH');
    expect(await bench().loseDesktop('1001')).toBe('committed');
  });

  it('rejects as unreachable while Redis is away, and works again after it', async () => {
    const own = await startRedis();
    try {
      bench().store = bench().storeOn(bench().open('store', own.port));
      await bench().openDesktop('1001');
      await own.kill9();
      await expect(bench().openDesktop('1001')).rejects.toMatchObject({ code: 'STORE_UNREACHABLE', retriable: true });
      await own.restart();
      expect((await bench().store.load({ peripheralId, agentId: '1001' })).agent.phase.name).toBe('present');
    } finally {
      await own.stop();
    }
  });

  it('says what Redis refused', async () => {
    await bench().redis.config('SET', 'maxmemory', '1');
    try {
      await expect(bench().openDesktop('1001')).rejects.toMatchObject({ code: 'STORE_REFUSED' });
    } finally {
      await bench().redis.config('SET', 'maxmemory', '0');
    }
    expect(await bench().openDesktop('1001')).toBe('committed');
  });

  it('trims the journal', async () => {
    bench().store = bench().storeOn(bench().redis, { journalEntriesMax: 100 });
    await bench().openDesktop('1001');
    for (let n = 0; n < 10; n++) {
      await Promise.all(Array.from({ length: 60 }, () => bench().loseDesktop('1002')));
    }
    expect(await bench().redis.xlen('{5000}:journal')).toBeLessThan(300);
  });
});

describe('a record that cannot be read', () => {
  it.each(['', 'abc', '12345678|{}', '12345678|{"e":1}', '12345678|{"e":1,"present":0,"unseen":0}', '{"e":1}'])(
    'is named in the error, and the others are served: %p',
    async (text) => {
      await bench().openDesktop('1001');
      await bench().redis.set('{5000}:agent:1002', text);
      await bench().redis.sadd('{5000}:phase:present', '1002');
      const [good, bad] = await Promise.allSettled([
        bench().store.load({ peripheralId, agentId: '1001' }),
        bench().store.load({ peripheralId, agentId: '1002' }),
      ]);
      expect(good.status).toBe('fulfilled');
      expect(bad).toMatchObject({ reason: { code: 'RECORD_UNREADABLE', subject: '{5000}:agent:1002' } });
      expect((await bench().roll.byPhase('present', { limit: 10 })).map(({ key }) => key.agentId)).toEqual(['1001']);
      expect(bench().unreadable.map(({ subject }) => subject)).toEqual(['{5000}:agent:1002']);
    },
  );

  it('can be deleted: the next desktop begins a new one', async () => {
    await bench().redis.set('{5000}:agent:1002', 'rubbish');
    await bench().redis.del('{5000}:agent:1002');
    expect(await bench().openDesktop('1002')).toBe('committed');
  });
});
