import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type App, type AppName } from '../kit/app';
import { CliProcess } from '../kit/cli';
import {
  documentedPassword,
  documentedSettings,
  testUser,
  urlAs,
  urlOfApp,
  writeDocumentedUsers,
} from '../kit/redis/documented-redis';
import { type RedisProcess, startRedis } from '../kit/redis/redis-server';
import { type RedisTls, writeTls } from '../kit/redis/redis-tls';
import { type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';

/** The users that docs/redis.md prints, and one of the test's own that may look at everything. */

const password = 'a-password-of-the-tests';
let folder: string;
let tls: RedisTls;
let redis: RedisProcess;
let site: Site;
let console_: App;
let tester: Redis;

const envOf = (app: AppName | 'journal') =>
  ({ REDIS_URL: urlOfApp(redis.url, app), REDIS_TLS_CA: tls.caFile }) satisfies Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'users-'));
  tls = await writeTls(folder);
  const aclfile = await writeDocumentedUsers(folder);
  redis = await startRedis({ tls, settings: { ...documentedSettings('redis.conf of a single node'), aclfile } });
  const access = { ca: tls.ca, sentinelUser: undefined, sentinelPassword: undefined };
  const stop = (): Promise<void> => redis.stop();
  site = await startSite({ redis: { url: urlAs(redis.url, testUser.user, testUser.password), access, envOf, stop } });
  tester = new Redis({ port: redis.port, username: testUser.user, password: testUser.password, tls: { ca: tls.ca } });
  console_ = await site.prepare('console', { ...envOf('console'), CONSOLE_PASSWORD: password });
  await console_.start();
});
afterAll(async () => {
  (tester as Redis | undefined)?.disconnect();
  await (site as Site | undefined)?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function call(path: string, method = 'GET'): Promise<number> {
  const answer = await fetch(`${console_.url}${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`,
      ...(method === 'GET' ? {} : { 'content-type': 'application/json', origin: console_.url }),
    },
    ...(method === 'GET' ? {} : { body: '{}' }),
  });
  await answer.text();
  return answer.status;
}

/** What Redis refused to whom; nothing else tells that a right is missing where the caller tries again. */
async function refusals(): Promise<string[]> {
  const log = (await tester.call('ACL', 'LOG', 100)) as unknown[][];
  return log.map((fields) => {
    const of = (name: string): string => String(fields[fields.indexOf(name) + 1]);
    return `${of('username')}: ${of('reason')} ${of('object')} (${of('context')})`;
  });
}

describe('the users of docs/redis.md, over TLS', () => {
  it('have the rights that their apps need', async () => {
    try {
      await useEveryRight();
    } finally {
      expect(await refusals()).toEqual([]);
    }
  });

  async function useEveryRight(): Promise<void> {
    await site.signIn('1001', 'READY');
    await site.signIn('1002', 'READY');
    await site.signIn('1003', 'READY');
    const { callId } = await site.post('/calls', { agentId: '1001' });
    const stays = await site.open('1003', 'primary');
    (await site.open('1001', 'primary')).crash();
    (await site.open('1002', 'secondary')).crash();
    expect(await call('/api/sides/primary/hold', 'POST')).toBe(200);
    await site.untilOutcome('1002', 'loggedOut');
    await site.untilPhase('1001', 'held');
    for (const page of ['/api/agents?phase=held', '/api/losses?limit=10', '/queues/api/queues?status=delayed&page=1']) {
      expect(await call(page)).toBe(200);
    }
    expect(await call('/api/sides/primary/release', 'POST')).toBe(200);
    await site.post(`/calls/${String(callId)}`, {}, 'DELETE');
    await site.untilOutcome('1001', 'loggedOut');
    await site.servers.primary.kill9();
    await site.untilPhase('1003', 'grace');
    expect(await call('/api/agents/1003/cancel', 'POST')).toBe(200);
    await site.servers.primary.start();
    await site.open('1003', 'primary');
    expect(await call('/api/agents/1003')).toBe(200);
    stays.socket.terminate();
    const journal = await new CliProcess(['journal', 'verify'], envOf('journal')).end();
    expect(journal).toMatchObject({ exitCode: 0 });
  }

  const forbidden: [string, string[]][] = [
    ['server', ['FLUSHALL']],
    ['server', ['CONFIG', 'GET', '*']],
    ['server', ['KEYS', '*']],
    ['server', ['SAVE']],
    ['server', ['GET', '{5001}:agent:1001']],
    ['server', ['HSET', '{5000}:link:primary', 'holder', 'me']],
    ['server', ['HDEL', '{5000}:holds', 'primary']],
    ['server', ['HSET', '{5000}:drains', 'primary', 'x']],
    ['server', ['HDEL', '{5000}:protections', 'primary']],
    ['server', ['PUBLISH', '{5001}:last-look', 'x']],
    ['server', ['CLIENT', 'KILL', 'TYPE', 'normal']],
    ['worker', ['FLUSHDB']],
    ['worker', ['CONFIG', 'SET', 'appendonly', 'no']],
    ['worker', ['REPLICAOF', 'NO', 'ONE']],
    ['worker', ['GET', '{5001}:agent:1001']],
    ['console', ['SHUTDOWN']],
    ['console', ['ACL', 'LIST']],
    ['journal', ['DEL', '{5000}:journal']],
    ['journal', ['GET', '{5000}:agent:1001']],
    ['journal', ['CLIENT', 'KILL', 'TYPE', 'normal']],
  ];

  it.each(forbidden)('the user of %s may not %j', async (app, [command = '', ...words]) => {
    const username = `lastcall-${app}`;
    const client = new Redis({
      port: redis.port,
      username,
      password: documentedPassword(username),
      tls: { ca: tls.ca },
    });
    try {
      await expect(client.call(command, ...words)).rejects.toThrow('NOPERM');
    } finally {
      client.disconnect();
    }
  });

  it('are of no use without the CA that signed the certificate', async () => {
    const client = new Redis({
      port: redis.port,
      username: testUser.user,
      password: testUser.password,
      tls: {},
      retryStrategy: () => null,
    });
    const fault = new Promise<Error>((resolve) => client.once('error', resolve));
    expect((await fault).message).toMatch(/certificate/);
    client.disconnect();
  });
});
