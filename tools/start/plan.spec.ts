import { readConfig } from '#config/read-config';
import { table } from '#config/table';
import { type Host } from '#config/key';
import { originsOf, planApps, portNames, type Ports } from './plan';
import { type ProsodyPlan } from './prosody';
import { makeSecrets } from './secrets';
import { type StartOptions } from './options';

const host: Host = { hostName: 'h', uniqueSuffix: 'x', readText: () => '' };
const options: StartOptions = {
  grace: '5s',
  detection: undefined,
  agents: '40',
  load: '0',
  portBase: 8080,
  dataDir: 'd',
  xmpp: false,
};
const ports = Object.fromEntries(portNames.map((name, index) => [name, 8080 + index])) as Ports;

const prosody: ProsodyPlan = {
  program: '/usr/bin/prosody',
  ports: { xmppClient: 8089, xmppHttp: 8090, xmppComponent: 8091, xmppClientTls: 8092, xmppHttps: 8093 },
  dir: '/d/prosody',
  certificateDir: '/d/certificate',
  origins: 'http://127.0.0.1:8080',
  agentsFile: '/d/agents.json',
  agents: 40,
  secrets: { AGENT_PASSWORD: 'p'.repeat(9), XMPP_PASSWORD: 'x'.repeat(20), XMPP_PUBSUB_PASSWORD: 'y'.repeat(20) },
};

function plan(env: Record<string, string> = {}, withXmpp = false): ReturnType<typeof planApps> {
  return planApps({
    options,
    ports,
    secrets: makeSecrets(env),
    redisUrl: 'redis://127.0.0.1:8088',
    prosody: withXmpp ? prosody : undefined,
    env,
  });
}

describe('planApps', () => {
  it('starts both sides, their workers, the console and the simulator, each on a port of its own', () => {
    expect(plan().map(({ name, port }) => [name, port])).toEqual([
      ['simulator', 8085],
      ['primary', 8081],
      ['secondary', 8082],
      ['worker-primary', 8083],
      ['worker-secondary', 8084],
      ['console', 8080],
    ]);
  });

  it.each(plan().map((app) => [app.name, app] as const))(
    'gives %s a configuration that it accepts',
    (_, { app, env, port }) => {
      expect(readConfig(app, env, host)).toMatchObject({ httpPort: port, httpHost: '127.0.0.1' });
    },
  );

  it('hands its options on, and a lost server waits twice as long', () => {
    expect(plan()[1]?.env).toMatchObject({
      GRACE_MS: '5s',
      GRACE_SERVER_LOST_MS: '10s',
      SIM_AGENTS: '40',
      SIM_LOAD: '0',
    });
  });

  it("lets the environment's own keys through, except those that it must set itself", () => {
    const [, primary] = plan({ LOG_LEVEL: 'debug', HTTP_PORT: '1', REDIS_URL: 'redis://other' });
    expect(primary?.env).toMatchObject({
      LOG_LEVEL: 'debug',
      HTTP_PORT: '8081',
      REDIS_URL: 'redis://127.0.0.1:8088',
    });
  });

  it('gives both servers one XMPP server, each with a name of its own, and nobody else', () => {
    const apps = plan({ XMPP_MODE: 'watcher', XMPP_PASSWORD_FILE: '/f' }, true);
    const servers = apps.filter(({ app }) => app === 'server').map(({ app, env }) => readConfig(app, env, host));
    expect(
      servers.map((config) => ('xmppUser' in config ? [config.xmppUser, config.xmppUrl, config.xmppPubsub] : [])),
    ).toEqual(
      ['primary', 'secondary'].map((side) => [
        `presence-${side}.localhost`,
        'xmpp://127.0.0.1:8091',
        'pubsub.localhost',
      ]),
    );
    expect(apps.filter(({ env }) => 'XMPP_PASSWORD' in env).map(({ name }) => name)).toEqual(['primary', 'secondary']);
  });

  it('lets pages of the origins that the environment names open desktops, with and without XMPP', () => {
    for (const withXmpp of [false, true]) {
      const [, primary] = plan({ ORIGINS: 'http://page:1' }, withXmpp);
      expect(primary?.env['ORIGINS']).toMatch(/^http:.*,http:\/\/page:1$/);
    }
    expect(plan({ ORIGINS: '' })[1]?.env['ORIGINS']).not.toMatch(/,$/);
    expect(plan({ ORIGINS: 'http://page:1' })[1]?.env['ORIGINS']).toBe(originsOf(ports, { ORIGINS: 'http://page:1' }));
  });

  it('makes no secret that the environment gives', () => {
    const apps = plan({ API_TOKEN: 'given', CONSOLE_PASSWORD_FILE: '/f' });
    expect(apps.find(({ name }) => name === 'primary')?.env).toMatchObject({ API_TOKEN: 'given' });
    const console = apps.find(({ name }) => name === 'console');
    expect(console?.env).toMatchObject({ CONSOLE_PASSWORD_FILE: '/f' });
    expect(console?.env).not.toHaveProperty('CONSOLE_PASSWORD');
  });

  it('hands each process the secrets that it reads, and no others, whoever gave them', () => {
    const given = { API_TOKEN_FILE: '/a', OIDC_ISSUER: 'https://op.example', REDIS_SENTINEL_PASSWORD: 's' };
    for (const { app, env } of plan(given, true)) {
      const strange = Object.values(table).filter(
        ({ secret, apps }) => secret && !(apps as readonly string[]).includes(app),
      );
      const names = strange.flatMap(({ env: name }) => [name, `${name}_FILE`]);
      expect([app, names.filter((name) => name in env)]).toEqual([app, []]);
    }
  });

  it('gives the processes of one side and the pages the same secret for tokens', () => {
    const apps = plan().filter(({ env }) => 'DESKTOP_TOKEN_SECRET' in env);
    expect(apps.map(({ name }) => name)).toEqual(['simulator', 'primary', 'secondary']);
    const secrets = apps.map(({ env }) => env['DESKTOP_TOKEN_SECRET']);
    expect(new Set(secrets).size).toBe(1);
    expect(secrets[0]).toHaveLength(43);
  });
});
