import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, type Environment, type Run, runApp } from '../kit/app';
import { freePort } from '../kit/ports';
import { secret } from '../kit/site/site';
import { apiToken, ServerStage } from './server-stage.spec-support';

const run = (env: Environment, ...args: string[]): Promise<Run> => runApp('server', env, ...args);

describe('the HTTP interface of a server', () => {
  let stage: ServerStage;
  let server: App;
  let agent = 2000;
  let agentId: string;

  beforeAll(async () => {
    stage = await ServerStage.begin();
    server = await stage.server();
  });
  afterAll(async () => {
    await stage.end();
  });
  beforeEach(() => {
    agentId = String(++agent);
  });

  function feed(
    body: unknown,
    headers: Record<string, string> = { authorization: `Bearer ${apiToken}` },
  ): Promise<Response> {
    return fetch(`${server.url}/api/presence`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  describe('a feed of presence', () => {
    it('opens and closes a desktop that a last look finds meanwhile', async () => {
      const answer = await feed({ agentId, desktopId: 'jid/res', presence: 'available' });
      expect(answer.status).toBe(202);
      expect((await stage.record(agentId)).phase.name).toBe('present');
      expect(await stage.lastLook(agentId)).toMatchObject({
        answer: 'holds',
        desktop: { connection: 'feed:default:jid/res' },
      });
      expect((await feed({ agentId, desktopId: 'jid/res', presence: 'unavailable', cause: 'bye' })).status).toBe(202);
      expect((await stage.phase(agentId, 'grace')).phase).toMatchObject({ loss: { cause: 'bye' } });
      expect(await stage.lastLook(agentId)).toMatchObject({ answer: 'none' });
    });

    it('may say everything twice', async () => {
      for (const presence of ['available', 'available', 'unavailable', 'unavailable', 'available']) {
        expect((await feed({ agentId, desktopId: 'd', presence })).status).toBe(202);
      }
      await stage.phase(agentId, 'present');
    });

    it('is believed about a desktop of which this server never heard: the store decides', async () => {
      expect((await feed({ agentId, desktopId: 'unknown', presence: 'unavailable' })).status).toBe(202);
      expect((await stage.record(agentId)).phase.name).toBe('unseen');
      expect(await stage.journal(agentId)).toEqual(['suppressed']);
    });

    it.each([
      ['without a token', {}],
      ['with a wrong token', { authorization: 'Bearer wrong' }],
      ['with another scheme', { authorization: `Basic ${apiToken}` }],
    ])('is refused with 401 %s, and changes nothing', async (_what, headers) => {
      const answer = await feed({ agentId, desktopId: 'd', presence: 'available' }, headers);
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({ error: { code: 'UNAUTHORIZED' } });
      expect((await stage.record(agentId)).phase.name).toBe('unseen');
    });

    it.each([
      ['agentId', { agentId: 'far too long an id', desktopId: 'd', presence: 'available' }],
      ['desktopId', { agentId: '1', desktopId: '', presence: 'available' }],
      ['presence', { agentId: '1', desktopId: 'd', presence: 'gone' }],
      ['cause', { agentId: '1', desktopId: 'd', presence: 'unavailable', cause: 'lunch' }],
    ])('is refused with 400 that names %s', async (field, body) => {
      const answer = await feed(body);
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ error: { code: 'FIELD_INVALID', field } });
    });

    it('is refused when its body is no JSON, or too large', async () => {
      const broken = await feed('{');
      expect([broken.status, await broken.json()]).toMatchObject([400, { error: { code: 'BODY_UNREADABLE' } }]);
      const large = await feed({ agentId, desktopId: 'd', presence: 'available', x: 'x'.repeat(5_000) });
      expect([large.status, await large.json()]).toMatchObject([413, { error: { code: 'BODY_TOO_LARGE' } }]);
    });

    it('is off, and says why, on a server without API_TOKEN', async () => {
      const without = await stage.server({ API_TOKEN: '', SERVER_ID: 'primary-2' });
      const answer = await fetch(`${without.url}/api/presence`, { method: 'POST' });
      expect(answer.status).toBe(404);
      expect(await answer.json()).toMatchObject({
        error: { code: 'FEED_OFF', sentence: expect.stringMatching(/API_TOKEN/) as string },
      });
      expect(await without.stop()).toBe(0);
    });

    it('may say two hundred things at once: what is right is not counted as a guess while it is under way', async () => {
      const agents = Array.from({ length: 200 }, (_, number) => String(40_000 + number));
      const said = agents.map((each) => feed({ agentId: each, desktopId: 'd', presence: 'available' }));
      const statuses = (await Promise.all(said)).map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set([202]));
    });

    it('is answered with 429 after sixty wrong tokens in a minute, and the right one is taken all the same', async () => {
      const guessed = await stage.server({ SERVER_ID: 'primary-3' });
      const guess = (token: string): Promise<Response> =>
        fetch(`${guessed.url}/api/presence`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
      const statuses: number[] = [];
      for (let attempt = 0; attempt < 61; attempt += 1) statuses.push((await guess('wrong')).status);
      expect(statuses.slice(0, 60)).toEqual(Array(60).fill(401));
      expect(statuses.at(60)).toBe(429);
      expect((await guess(apiToken)).status).toBe(400);
      expect((await guess('wrong')).status).toBe(429);
      await guessed.kill9();
    });
  });

  it('says which side is in service, who it is and who else is there', async () => {
    const other = await stage.server({ SIDE: 'secondary', SERVER_ID: 'secondary-1' });
    const info = (await (await fetch(`${other.url}/api/system-info`)).json()) as Record<string, unknown>;
    expect(info).toMatchObject({ status: 'IN_SERVICE', why: '', side: 'secondary', serverId: 'secondary-1' });
    expect(info['process']).toMatch(/^secondary-1\.[0-9a-f]{6}$/);
    expect(info['version']).toMatch(/^\d+\.\d+\.\d+$/);
    expect(JSON.stringify(info['otherServers'])).toContain('primary-1.');
    expect(await other.stop()).toBe(0);
  });

  it('is alive and ready, with figures, and with the headers of a careful server', async () => {
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    const ready = await fetch(`${server.url}/health/ready`);
    // No worker runs here, and a server is ready without one: what needs the CTI link says so itself.
    const link = { inService: false, why: 'No worker of this side has been heard so far.' };
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready', missing: [], why: '', link }]);
    expect(ready.headers.get('x-content-type-options')).toBe('nosniff');
    expect(ready.headers.get('x-powered-by')).toBeNull();
    await stage.open(server, agentId);
    const figures = await (await fetch(`${server.url}/metrics`)).text();
    for (const name of [
      'lastcall_desktops',
      'lastcall_lease_age_seconds',
      'lastcall_in_service 1',
      'lastcall_open_seconds_count',
      'lastcall_events_total{event="desktopOpened"}',
      'lastcall_nodejs_eventloop_lag_p99_seconds',
    ]) {
      expect(figures).toContain(name);
    }
  });

  it('answers an unknown address with 404 and a code', async () => {
    const answer = await fetch(`${server.url}/nothing`);
    expect([answer.status, await answer.json()]).toMatchObject([404, { error: { code: 'NOT_FOUND' } }]);
  });

  describe('a server that cannot start', () => {
    const env = { PATH: process.env['PATH'] ?? '', SIDE: 'primary', DESKTOP_TOKEN_SECRET: secret };

    it('names every wrong key, prints no stack and no value, and ends with 2', async () => {
      const { code, stdout, stderr } = await run({
        ...env,
        DETECTION_MS: 'soon',
        LEASE_MSS: '3000',
        DESKTOP_TOKEN_SECRET: 'tooshort',
      });
      expect(code).toBe(2);
      expect(stdout).toBe('');
      for (const key of ['DETECTION_MS', 'LEASE_MSS', 'DESKTOP_TOKEN_SECRET']) expect(stderr).toContain(key);
      expect(stderr).not.toMatch(/soon|tooshort|^\s+at /m);
    });

    it('says that its port is taken, and ends with 2', async () => {
      const port = await freePort();
      const squatter = createServer().listen(port, '127.0.0.1');
      const { code, stderr } = await run({ ...env, HTTP_PORT: String(port), LOG_LEVEL: 'silent' });
      squatter.close();
      expect(code).toBe(2);
      expect(stderr).toContain(`127.0.0.1:${String(port)} gives EADDRINUSE`);
      expect(stderr).not.toMatch(/^\s+at /m);
    });

    it('says what is wrong in its policy file, and ends with 2', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'policy-'));
      const file = join(folder, 'policy.yaml');
      await writeFile(file, 'default:\n  heldMs: 5s\n');
      const { code, stderr } = await run({ ...env, POLICY_FILE: file, LOG_LEVEL: 'silent' });
      await rm(folder, { recursive: true });
      expect(code).toBe(2);
      expect(stderr).toContain('heldMs');
    });
  });

  it('prints its configuration with --help', async () => {
    const { code, stdout } = await run({ PATH: process.env['PATH'] ?? '' }, '--help');
    expect(code).toBe(0);
    expect(stdout).toContain('DESKTOP_TOKEN_SECRET');
  });
});
