import { type App } from '../kit/app';
import { startRedis } from '../kit/redis/redis-server';
import { pause, waitFor } from '../kit/wait';
import { ServerStage } from './server-stage.spec-support';

/** Of servers whose lease has to end. */
const shortLease = { leaseMs: 2_000 };

interface SystemInfo {
  readonly status: string;
  readonly why: string;
  readonly process: string;
}

async function systemInfo(server: App): Promise<SystemInfo> {
  return (await (await fetch(`${server.url}/api/system-info`)).json()) as SystemInfo;
}

async function readiness(server: App): Promise<{ status: number; missing: string[] }> {
  const answer = await fetch(`${server.url}/health/ready`);
  const { missing } = (await answer.json()) as { missing: { part: string }[] };
  return { status: answer.status, missing: missing.map(({ part }) => part) };
}

describe('a server under faults', () => {
  let stage: ServerStage;

  afterEach(async () => {
    await stage.end();
  });

  describe('without Redis at its start', () => {
    it('lives, says what is missing, refuses desktops with the reason, and comes up by itself', async () => {
      stage = await ServerStage.withoutRedis();
      const server = await stage.server({}, 'live');
      await pause(1_500);
      expect(await readiness(server)).toEqual({ status: 503, missing: ['store', 'lease', 'assertion'] });
      expect(await systemInfo(server)).toMatchObject({ status: 'OUT_OF_SERVICE' });
      const refused = await stage.connect(server, '1001');
      expect(await refused.whenClosed()).toEqual({ code: 1013, reason: 'out of service: store and lease missing' });
      const answer = await fetch(`${server.url}/desktop/bye`, { method: 'POST', body: '{"token":"x"}' });
      expect(answer.status).toBe(204);

      const complaints = server.lines.filter((line) => line.includes(`127.0.0.1:${String(stage.redisPort)}`));
      expect(complaints.length).toBeGreaterThan(0);
      expect(server.lines.filter((line) => line.includes('Redis cannot be reached'))).toHaveLength(1);

      const redis = await startRedis({ port: stage.redisPort });
      try {
        await server.until('ready');
        expect((await stage.open(server, '1001')).opened).toMatchObject({ mustSignIn: false });
      } finally {
        await redis.stop();
      }
    });
  });

  describe('when Redis dies', () => {
    let server: App;

    beforeEach(async () => {
      stage = await ServerStage.begin();
      server = await stage.server();
    });

    it('keeps its desktops, and tells the new store of all of them, even of those that it had lost', async () => {
      const here = await stage.open(server, '1001');
      await stage.redis.kill9();
      await pause(300);
      expect(here.closed).toBeUndefined();
      await stage.redis.restart();
      await server.until('ready');
      expect((await stage.record('1001')).phase.name).toBe('present');
      expect(await stage.journal('1001')).toEqual([]);
      // A machine that stands still for longer than the lease lets it lapse; then it is asserted again.
      const leases = stage.leases();
      await waitFor('the lease to be asserted', async () =>
        (await leases.live()).some(({ asserted }) => asserted !== ''),
      );
      expect(here.closed).toBeUndefined();
    });

    it('with all its data, is told of every desktop again', async () => {
      const here = await stage.open(server, '1001');
      await stage.redis.stop();
      const empty = await startRedis({ port: stage.redisPort });
      try {
        await server.until('ready');
        await stage.phase('1001', 'present');
        expect(here.closed).toBeUndefined();
      } finally {
        await empty.stop();
      }
    });

    it('loses none of the losses of that time: they are handed in when it is back, in order', async () => {
      const lost = await stage.open(server, '1001');
      const bye = await stage.open(server, '1002');
      const back = await stage.open(server, '1003');
      await stage.redis.kill9();
      lost.crash();
      bye.send({ type: 'bye' });
      await bye.whenClosed();
      const again = await stage.connect(server, '1003', { desktopId: 'again' });
      back.crash();
      await pause(300);
      await stage.redis.restart();
      await server.until('ready');
      expect((await stage.phase('1001', 'grace')).phase).toMatchObject({ loss: { cause: 'lost' } });
      expect((await stage.phase('1002', 'grace')).phase).toMatchObject({ loss: { cause: 'bye' } });
      expect(await again.whenOpened()).toMatchObject({ mustSignIn: false });
      expect(Object.values((await stage.record('1003')).desktops)).toMatchObject([{ desktopId: 'again' }]);
    });

    it('tells a desktop to sign in again when its agent was signed out meanwhile', async () => {
      const desktop = await stage.open(server, '1001');
      await stage.happens('1001', { type: 'signedOut', evidence: 'by hand' });
      const before = desktop.log.length;
      await stage.redis.restart();
      expect(await desktop.whenTold('opened', before)).toMatchObject({ mustSignIn: true });
    });
  });

  describe('when Redis dies', () => {
    let server: App;

    beforeEach(async () => {
      stage = await ServerStage.begin(shortLease);
      server = await stage.server();
    });

    it('for longer than the lease, goes out of service, tells the desktops, and takes them back later', async () => {
      const desktop = await stage.open(server, '1001');
      const before = desktop.log.length;
      await stage.redis.kill9();
      await desktop.whenTold('outOfService', before);
      expect(await systemInfo(server)).toMatchObject({ status: 'OUT_OF_SERVICE' });
      const refused = await stage.connect(server, '1002');
      expect(await refused.whenClosed()).toMatchObject({ code: 1013 });
      expect(desktop.closed).toBeUndefined();
      const outAt = desktop.log.length;
      await stage.redis.restart();
      expect(await desktop.whenTold('opened', outAt)).toMatchObject({ mustSignIn: false });
      expect(await systemInfo(server)).toMatchObject({ status: 'IN_SERVICE' });
    });

    it('or only stands still, keeps what happened meanwhile for when it moves again', async () => {
      const lost = await stage.open(server, '1001');
      const here = await stage.open(server, '1002');
      stage.redis.freeze();
      lost.crash();
      await here.whenTold('outOfService');
      expect(await readiness(server)).toMatchObject({ status: 503 });
      const outAt = here.log.length;
      stage.redis.thaw();
      await here.whenTold('opened', outAt);
      expect((await stage.phase('1001', 'grace')).phase).toMatchObject({ loss: { cause: 'lost' } });
      expect((await stage.record('1002')).phase.name).toBe('present');
    });
  });

  describe('and its records', () => {
    let server: App;

    beforeEach(async () => {
      stage = await ServerStage.begin();
      server = await stage.server();
    });

    it('opens again a desktop that a late sweep has closed', async () => {
      await stage.open(server, '1001');
      const { process } = await systemInfo(server);
      await stage.happens('1001', { type: 'serverLost', serverId: process });
      await stage.phase('1001', 'present');
    });

    it('closes a desktop that only the record knows', async () => {
      const { process: serverId } = await systemInfo(server);
      const desktop = { connection: `${serverId}:gone`, desktopId: 'gone', side: 'primary', serverId } as const;
      await stage.happens('1001', { type: 'desktopOpened', desktop });
      await stage.phase('1001', 'grace');
    });
  });

  describe('that is killed', () => {
    it('leaves its desktops in their records, under a lease that ends; its successor does not pass for it', async () => {
      stage = await ServerStage.begin(shortLease);
      const server = await stage.server();
      await stage.open(server, '1001');
      const dead = await systemInfo(server);
      await server.kill9();
      const successor = await stage.server();
      expect((await systemInfo(successor)).process).not.toBe(dead.process);
      expect((await stage.record('1001')).phase.name).toBe('present');
      const leases = stage.leases();
      await waitFor('the end of the lease of the dead server', async () =>
        (await leases.lapsed()).some(({ serverId }) => serverId === dead.process),
      );
    });
  });

  describe('that stood still', () => {
    it('holds no silence against desktops that were there all the time, and asserts them again', async () => {
      stage = await ServerStage.begin(shortLease);
      const server = await stage.server();
      const desktop = await stage.open(server, '1001');
      server.freeze();
      await pause(2 * shortLease.leaseMs);
      const process = Object.values((await stage.record('1001')).desktops)[0]!.serverId;
      expect(await stage.leases().lapsed()).toMatchObject([{ serverId: process }]);
      await stage.happens('1001', { type: 'serverLost', serverId: process });
      server.thaw();
      await server.until('ready');
      await stage.phase('1001', 'present');
      await pause(1.5 * stage.site.times.detectionMs);
      expect(desktop.closed).toBeUndefined();
      expect((await stage.record('1001')).phase.name).toBe('present');
      const figures = await (await fetch(`${server.url}/metrics`)).text();
      expect(Number(/^lastcall_stall_seconds_total (\S+)/m.exec(figures)?.[1])).toBeGreaterThan(1);
    });
  });

  describe('that is stopped', () => {
    it('sends its desktops to the other side, records no loss, and ends with 0', async () => {
      stage = await ServerStage.begin();
      const server = await stage.server();
      const other = await stage.server({ SIDE: 'secondary', SERVER_ID: 'secondary-1' });
      const desktops = await Promise.all(['1001', '1002', '1003'].map((agentId) => stage.open(server, agentId)));
      const { process } = await systemInfo(server);
      const stopped = server.stop();
      for (const desktop of desktops) {
        await desktop.whenTold('outOfService');
        expect(await desktop.whenClosed()).toMatchObject({ code: 1012 });
        expect(desktop.messages().filter(({ type }) => type === 'outOfService')).toHaveLength(1);
      }
      expect(await stopped).toBe(0);
      await stage.open(other, '1001');
      await stage.happens('1001', { type: 'serverLost', serverId: process });
      const record = await stage.record('1001');
      expect(record.phase.name).toBe('present');
      expect(Object.values(record.desktops)).toMatchObject([{ side: 'secondary' }]);
      expect(await stage.journal('1001')).toEqual(['suppressed']);
      // Nobody came back for 1002: it stays in its record until the lease ends and the sweep finds it.
      expect((await stage.record('1002')).phase.name).toBe('present');
      expect(await stage.journal('1002')).toEqual([]);
    });

    it('takes a bye of that moment for a bye', async () => {
      stage = await ServerStage.begin();
      const server = await stage.server();
      const desktop = await stage.open(server, '1001');
      desktop.send({ type: 'bye' });
      expect(await server.stop()).toBe(0);
      expect((await stage.phase('1001', 'grace')).phase).toMatchObject({ loss: { cause: 'bye' } });
    });

    it('ends at a stop with Redis away too', async () => {
      stage = await ServerStage.begin();
      const server = await stage.server();
      const desktop = await stage.open(server, '1001');
      await stage.redis.kill9();
      const stopped = server.stop();
      expect(await desktop.whenClosed()).toMatchObject({ code: 1012 });
      expect(await stopped).toBe(0);
    });
  });
});
