import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { freePort } from '../kit/ports';
import { type AppName, type Environment, runApp } from '../kit/app';

/** What each app says on its command line when it cannot start: the key or the word at fault, and no stack. */

const secret = 'a-secret-of-at-least-32-characters';

async function run(
  app: AppName,
  env: Environment,
  ...words: string[]
): Promise<{ code: number | null; output: string }> {
  const { code, stdout, stderr } = await runApp(app, env, ...words);
  return { code, output: stdout + stderr };
}

describe('an app whose address is taken', () => {
  let squatter: Server;
  let taken: string;
  let base: Record<string, string>;

  beforeAll(async () => {
    taken = String(await freePort());
    squatter = createServer().listen(Number(taken), '127.0.0.1');
    await once(squatter, 'listening');
    const [ctiA, ctiB, redis] = [await freePort(), await freePort(), await freePort()];
    base = {
      LOG_LEVEL: 'silent',
      REDIS_URL: `redis://127.0.0.1:${String(redis)}`,
      CTI_A: `127.0.0.1:${String(ctiA)}`,
      CTI_B: `127.0.0.1:${String(ctiB)}`,
      DESKTOP_TOKEN_SECRET: secret,
      SIDE: 'primary',
    };
  });
  afterAll(() => squatter.close());

  it.each<[AppName, string, Environment]>([
    ['server', 'HTTP_PORT', {}],
    ['worker', 'HTTP_PORT', {}],
    ['console', 'HTTP_PORT', { CONSOLE_PASSWORD: 'password-of-the-console' }],
    ['console', 'HTTP_PORT', {}],
    ['simulator', 'HTTP_PORT', {}],
    ['simulator', 'CTI_A', {}],
    ['simulator', 'CTI_B', {}],
  ])('names its key and ends with 2: %s, %s', async (app, key, more) => {
    const at = key === 'HTTP_PORT' ? { HTTP_PORT: taken } : { HTTP_PORT: '0', [key]: `127.0.0.1:${taken}` };
    const { code, output } = await run(app, { ...base, ...more, ...at });
    expect(output).toContain(`The configuration of ${app} cannot be used (1 problem):\n  ${key} `);
    expect(output).toContain(`cannot be listened on: 127.0.0.1:${taken} gives EADDRINUSE\n`);
    expect(output).not.toMatch(/^\s+at |Nest\]/m);
    expect(code).toBe(2);
  });
});

describe('an app that is given a word it does not know', () => {
  it.each(['server', 'worker', 'console', 'simulator'] as const)('refuses it and ends with 2: %s', async (app) => {
    const { code, output } = await run(app, {}, '--grace=5s');
    expect(output).toMatch(new RegExp(`^${app} knows no argument --grace; it knows --help.*\\n$`));
    expect(code).toBe(2);
  });
});
