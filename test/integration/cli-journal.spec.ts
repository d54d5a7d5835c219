import { Redis } from 'ioredis';
import { Journal } from '#store/journal';
import { type RedisProcess, startRedis } from '../kit/redis/redis-server';
import { CliProcess } from '../kit/cli';

/** `lastcall journal` as a process, against a real Redis. */
let server: RedisProcess;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis({ aof: false });
  redis = new Redis(server.url);
  const journal = new Journal(redis, { peripheralId: 5000 });
  for (const by of ['mia', 'tom', 'ada']) {
    await journal.note({ what: 'operatorActed', loss: null, by, sentence: `${by} held a side.` });
  }
});

afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

const journal = (...args: string[]) => new CliProcess(['journal', ...args], { REDIS_URL: server.url }).end();

describe('lastcall journal', () => {
  let anchor = '';

  it('verifies an unbroken journal and tells an anchor', async () => {
    const { exitCode, stdout } = await journal('verify');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^3 lines\nunbroken\nanchor for the next time: \d+-\d+=[0-9a-f]{40}\n$/);
    anchor = stdout.split(': ')[1]?.trim() ?? '';
    expect((await journal('verify', '--anchor', anchor)).exitCode).toBe(0);
  });

  it('exports every line with its time, entry and hash', async () => {
    const { exitCode, stdout } = await journal('export');
    expect(exitCode).toBe(0);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toMatchObject([
      { entry: { by: 'mia' }, previous: '' },
      { entry: { by: 'tom' } },
      { entry: { by: 'ada' } },
    ]);
    expect(lines[1]?.['previous']).toBe(lines[0]?.['hash']);
    expect(`${String(lines[2]?.['id'])}=${String(lines[2]?.['hash'])}`).toBe(anchor);
    expect(await journal('export', '--agent', '1001')).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: 'lastcall: The journal has no agent with the id 1001.\n',
    });
  });

  it('says where the chain is broken, with exit code 1', async () => {
    const [, second] = await redis.xrange('{5000}:journal', '-', '+');
    await redis.xdel('{5000}:journal', second?.[0] ?? '');
    const { exitCode, stdout } = await journal('verify');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/BROKEN: between \S+ and \S+ something was changed, removed or put in/);
    const told = JSON.parse((await journal('verify', '--json')).stdout) as unknown;
    expect(told).toMatchObject({ lines: 2, breaks: [{ kind: 'changed' }] });
  });

  it('does not take a journal that is not there for an unbroken one', async () => {
    const env = { REDIS_URL: server.url, CTI_PERIPHERAL_ID: '7' };
    const { exitCode, stdout } = await new CliProcess(['journal', 'verify'], env).end();
    expect(stdout).toBe('0 lines\nthis Redis holds no journal of peripheral 7 (CTI_PERIPHERAL_ID)\n');
    expect(exitCode).toBe(1);
  });

  it('refuses what it cannot read, and says when Redis does not answer', async () => {
    expect(await journal('verify', '--anchor', 'rubbish')).toMatchObject({ exitCode: 2 });
    const away = await new CliProcess(['journal', 'verify'], { REDIS_URL: 'redis://127.0.0.1:1' }).end();
    expect(away).toMatchObject({ exitCode: 1 });
    expect(away.stderr).toContain('Redis at 127.0.0.1:1 (REDIS_URL) cannot be read');
    const wrong = await new CliProcess(['journal', 'verify'], { REDIS_URL: 'http://x' }).end();
    expect(wrong).toMatchObject({ exitCode: 2 });
  });
});
