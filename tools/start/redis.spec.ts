import { planRedis, type RedisSurroundings } from './redis';

const around: RedisSurroundings = {
  url: undefined,
  path: '/usr/bin:/opt/redis/bin',
  port: 8088,
  password: 'secret',
  dataDir: '/data',
  packageRoot: '/package',
  isExecutable: (path) => path === '/opt/redis/bin/redis-server',
};

describe('planRedis', () => {
  it('uses REDIS_URL before anything else', () => {
    expect(planRedis({ ...around, url: 'redis+cluster://h1,h2:7001' })).toEqual({
      kind: 'given',
      url: 'redis+cluster://h1,h2:7001',
      endpoints: [
        { host: 'h1', port: 6379 },
        { host: 'h2', port: 7001 },
      ],
    });
  });

  it('names what is wrong with REDIS_URL', () => {
    expect(() => planRedis({ ...around, url: 'http://h' })).toThrow(/^REDIS_URL has an unknown scheme/);
  });

  it('uses a redis-server on the PATH, with data of its own', () => {
    expect(planRedis({ ...around, url: '' })).toEqual({
      kind: 'own',
      url: 'redis://:secret@127.0.0.1:8088',
      password: 'secret',
      file: '/opt/redis/bin/redis-server',
      args: ['/data/redis/redis.conf'],
      mark: '127.0.0.1:8088',
      dataDir: '/data/redis',
    });
  });

  it('falls back to the one in JavaScript', () => {
    expect(planRedis({ ...around, isExecutable: () => false })).toMatchObject({
      kind: 'embedded',
      url: 'redis://127.0.0.1:8088',
      args: ['/package/node_modules/js-redis-server/dist/cli.js', '--single', '--port', '8088'],
    });
  });
});
