import { Redis } from 'ioredis';
import { type RedisProcess, startRedis } from '../kit/redis/redis-server';

describe('redis-server of a test', () => {
  let server: RedisProcess | undefined;

  afterEach(async () => {
    await server?.stop();
    server = undefined;
  });

  it('keeps what was synced when it is killed and started again', async () => {
    server = await startRedis();
    const client = new Redis(server.url, { retryStrategy: () => 20 });
    await client.set('key', 'value');
    await client.config('SET', 'appendfsync', 'always');
    await client.set('last', '1');
    const firstPid = server.pid;
    await server.kill9();
    await server.restart();
    expect(server.pid).not.toBe(firstPid);
    expect(await client.mget('key', 'last')).toEqual(['value', '1']);
    client.disconnect();
  });

  it('leaves nothing running after stop', async () => {
    server = await startRedis({ aof: false });
    const { pid } = server;
    await server.stop();
    expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
  });
});
