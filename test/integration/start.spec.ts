import { type Client, client, xml } from '@xmpp/client';
import { Redis } from 'ioredis';
import { statSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../kit/ports';
import { type Environment } from '../kit/app';
import { waitFor } from '../kit/wait';
import { Launcher } from './launcher.spec-support';

/** `npm start` with the real apps: dist must be built, as npm test does. */

const names = ['redis', 'simulator', 'primary', 'secondary', 'console', 'worker-primary', 'worker-secondary'];

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // ESRCH: gone.
    return false;
  }
}

/** Sends presence when it is online; resolves when an event holds the text. */
function heardBy(agent: Client): (text: string) => Promise<void> {
  let all = '';
  agent.on('error', () => undefined);
  agent.on('online', () => {
    agent.send(xml('presence')).catch(() => undefined);
  });
  agent.on('stanza', (stanza) => {
    all += stanza.getChild('event')?.getChild('items')?.getChild('item')?.getChildText('notification') ?? '';
  });
  return async (text) => {
    await waitFor(`an event with ${text}`, () => all.includes(text), { seen: () => all });
  };
}

describe('npm start', () => {
  let dataDir: string;
  let portBase: string;
  const launchers: Launcher[] = [];

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'lastcall-start-'));
    portBase = String(Math.min(await freePort(), 65_000));
  });
  afterEach(async () => {
    for (const one of launchers.splice(0)) {
      await one.process.stop();
    }
    await rm(dataDir, { recursive: true });
  });

  function start(env: Environment = {}, ...further: string[]): Launcher {
    const one = new Launcher(dataDir, ['--port-base', portBase, '--grace', '2s', ...further], env);
    launchers.push(one);
    return one;
  }

  it('starts both sides and all that belongs to them, tells where, and leaves nothing behind', async () => {
    const one = start();
    await one.says('Ctrl-C stops everything.');
    const { processes, console: address } = await one.running();
    expect(processes.map(({ name }) => name)).toEqual(names);
    expect(one.output).toContain(`${address}/queues`);
    expect((await fetch(`${address}/health/ready`)).status).toBe(200);
    expect((await fetch(address, { redirect: 'manual' })).status).not.toBe(200);

    one.process.signal('SIGINT');
    expect(await one.exitCode()).toBe(0);
    expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
  });

  it('prints a sign-in that the console takes', async () => {
    const one = start();
    await one.says('Ctrl-C stops everything.');
    const [, user = '', password = ''] = /user (\S+), password (\S+)/.exec(one.output) ?? [];
    const { console: address } = await one.running();
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    expect((await fetch(`${address}/queues`, { headers: { authorization } })).status).toBe(200);
  });

  it('offers a Prosody, where a client hears of what it does by REST; both with the password that it prints', async () => {
    const one = start({}, '--xmpp', '--agents', '2');
    await one.says('Ctrl-C stops everything.');
    const { processes } = await one.running();
    expect(processes.map(({ name }) => name).sort()).toEqual([...names, 'prosody'].sort());
    const password = /each with the password (\S+) for both/.exec(one.output)?.[1] ?? '';
    const [, webSocket = ''] = /WebSocket +(ws:\S+)/.exec(one.output) ?? [];
    const [, user = ''] = /(http:\S+\/finesse\/api\/User\/1001)/.exec(one.output) ?? [];

    const agent = client({ service: webSocket, domain: 'localhost', username: '1001', password });
    const heard = heardBy(agent);
    await agent.start();
    const answer = await fetch(user, {
      method: 'PUT',
      headers: {
        authorization: `Basic ${Buffer.from(`1001:${password}`).toString('base64')}`,
        'content-type': 'application/xml',
      },
      body: '<User><state>LOGIN</state><extension>3001</extension></User>',
    });
    expect(answer.status).toBe(202);
    await heard('<state>NOT_READY</state>');
    await agent.stop();
  });

  it('keeps what is in its folder, and its Redis, from other users of the machine, with and without a Prosody', async () => {
    for (const further of [[], ['--xmpp', '--agents', '2']]) {
      // As a folder is that was made by hand, and what an earlier start left in it.
      await chmod(dataDir, 0o755);
      for (const folder of ['logs', 'redis']) await mkdir(join(dataDir, folder), { recursive: true, mode: 0o755 });
      const one = start({}, ...further);
      await one.says('Ctrl-C stops everything.');
      const open = (await readdir(dataDir)).filter((name) => (statSync(join(dataDir, name)).mode & 0o077) !== 0);
      expect(open).toEqual([]);
      const port = /redis:\/\/\S*127\.0\.0\.1:(\d+)/.exec(one.output)?.[1] ?? '';
      const stranger = new Redis(`redis://127.0.0.1:${port}`, { maxRetriesPerRequest: 0 });
      stranger.on('error', () => undefined);
      await expect(stranger.get('x')).rejects.toThrow('NOAUTH');
      stranger.disconnect();
      const { REDIS_URL: url } = JSON.parse(await readFile(join(dataDir, 'secrets.json'), 'utf8')) as {
        REDIS_URL: string;
      };
      const owner = new Redis(url);
      expect(await owner.ping()).toBe('PONG');
      owner.disconnect();
      await one.process.stop();
    }
  });

  it('says how to get a Prosody where there is none, and starts nothing', async () => {
    const one = start({ PATH: '/nowhere' }, '--xmpp');
    expect(await one.exitCode()).toBe(1);
    expect(one.output).toContain('apt-get install prosody prosody-modules');
    expect(one.output).not.toContain('Starting with data');
  });

  it('says which process died, stops the others and fails', async () => {
    const one = start();
    await one.says('Ctrl-C stops everything.');
    const { processes } = await one.running();
    process.kill(processes.find(({ name }) => name === 'worker-secondary')?.pid ?? 0, 'SIGKILL');
    expect(await one.exitCode()).toBe(1);
    expect(one.output).toContain('worker-secondary ended by itself (signal SIGKILL).');
    expect(processes.filter(({ pid }) => isAlive(pid))).toEqual([]);
  });

  it('refuses a second start on the same data, and makes good what a killed one left', async () => {
    const one = start();
    await one.says('Ctrl-C stops everything.');
    const { processes } = await one.running();

    const second = start();
    expect(await second.exitCode()).toBe(1);
    expect(second.output).toContain(`process ${String(one.process.pid)}`);
    expect(second.output).toContain('npm start -- --data <folder>');

    await one.process.kill9();
    const third = start();
    await third.says('Ctrl-C stops everything.');
    for (const { name, pid } of processes) {
      expect(third.output).toContain(`Stopping ${name} (process ${String(pid)}), which a killed start left behind.`);
      expect(isAlive(pid)).toBe(false);
    }
  });

  it('starts nothing with a mistyped key, and names it', async () => {
    const one = start({ GRACE_MSS: '5s' });
    expect(await one.exitCode()).toBe(2);
    expect(one.output).toContain('GRACE_MSS is not a known key; did you mean GRACE_MS?');
  });

  it("names the app whose configuration cannot be used, with the app's own words", async () => {
    const one = start({ CTI_VERSION: '99' });
    expect(await one.exitCode()).toBe(1);
    expect(one.output).toMatch(/(simulator|worker-\w+) ended by itself \(exit code \d\)\./);
    expect(one.output).toContain('CTI_VERSION is out of range; expected a whole number from 13 to 25');
  });
});
