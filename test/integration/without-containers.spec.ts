import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { type App as AppName } from '#config/key';
import { packageRoot } from '#config/package-root';
import { readConfig } from '#config/read-config';
import { loopbackCa, loopbackCertificate, loopbackKey } from '../kit/loopback-certificate';
import { Nginx } from '../kit/network/nginx';
import { freePort } from '../kit/ports';
import { type App } from '../kit/app';
import { waitFor } from '../kit/wait';
import { ServerStage } from './server-stage.spec-support';

/** The files that docs/without-containers.md prints: they are read, and its site of nginx runs. */

const document = readFileSync(join(packageRoot(), 'docs', 'without-containers.md'), 'utf8');
const password = 'a-password-of-the-tests';

function blocks(language: string): string[] {
  return [...document.matchAll(new RegExp(`\`\`\`${language}\\n([^\`]*)\`\`\``, 'g'))].map(([, body = '']) => body);
}

describe('the settings of docs/without-containers.md', () => {
  it.each(['server', 'worker', 'console'] satisfies AppName[])('are those with which a %s starts', (app) => {
    const file = blocks('sh').find((text) => text.startsWith(`# /etc/lastcall/${app}.env`)) ?? '';
    const lines = file.split('\n').filter((line) => line.includes('='));
    const env = Object.fromEntries(
      lines.map((line): [string, string] => {
        const [name = '', ...value] = line.split('=');
        return [name, value.join('=')];
      }),
    );
    expect(readConfig(app, env)).toMatchObject({
      ctiPeripheralId: 5000,
      ...(app === 'console' ? {} : { side: 'primary' }),
    });
  });

  it('have a unit that starts what npm run starts', () => {
    const { scripts } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const command = /^ExecStart=\/opt\/lastcall\/(.*)$/m.exec(blocks('ini')[0] ?? '')?.[1];
    for (const app of ['server', 'worker', 'console']) expect(command?.replace('%i', app)).toBe(scripts[app]);
  });
});

describe('the site of nginx of docs/without-containers.md, with TLS', () => {
  let folder: string;
  let stage: ServerStage;
  let server: App;
  let console_: App;
  let nginx: Nginx;
  let consoleUrl: string;
  const trustedByDefault = getCACertificates('default');

  beforeAll(async () => {
    setDefaultCACertificates([...trustedByDefault, loopbackCa]);
    folder = await mkdtemp(join(tmpdir(), 'tls-'));
    const [certificate, key] = [join(folder, 'pem'), join(folder, 'key')];
    await writeFile(certificate, loopbackCertificate);
    await writeFile(key, loopbackKey);
    stage = await ServerStage.begin();
    server = await stage.server({ TRUSTED_PROXIES: '127.0.0.1' });
    console_ = await stage.site.prepare('console', { CONSOLE_PASSWORD: password, TRUSTED_PROXIES: '127.0.0.1' });
    await console_.start();
    const ports = [await freePort(), await freePort()];
    consoleUrl = `https://127.0.0.1:${String(ports[1])}`;
    let listeners = 0;
    const sites = (blocks('nginx')[0] ?? '')
      .replaceAll('listen 443 ssl', () => `listen 127.0.0.1:${String(ports[listeners++])} ssl`)
      .replaceAll(/ssl_certificate_key .*;/g, `ssl_certificate_key ${key};`)
      .replaceAll(/ssl_certificate [^;]*;/g, `ssl_certificate ${certificate};`)
      .replace('127.0.0.1:8081', `127.0.0.1:${String(server.port)}`)
      .replace('127.0.0.1:8080', `127.0.0.1:${String(console_.port)}`);
    nginx = await Nginx.serve(sites, `https://127.0.0.1:${String(ports[0])}`);
  });
  afterAll(async () => {
    setDefaultCACertificates(trustedByDefault);
    await (nginx as Nginx | undefined)?.stop();
    await (console_ as App | undefined)?.stop();
    await (stage as ServerStage | undefined)?.end();
    await rm(folder, { recursive: true, force: true });
  });

  it('lets a desktop in by wss, and passes on its end', async () => {
    const desktop = await stage.site.open('1001', 'primary', { url: nginx.url });
    expect(desktop.opened).toMatchObject({ mustSignIn: false });
    expect(await desktop.bye()).toMatchObject({ code: 1000 });
    await stage.phase('1001', 'grace');
  });

  it('shows the console, whose events arrive as they come, and whose cookie is for TLS alone', async () => {
    const body = new URLSearchParams({ user: 'admin', password });
    const signIn = await fetch(`${consoleUrl}/sign-in`, {
      ...{ method: 'POST', body, redirect: 'manual', headers: { origin: consoleUrl } },
    });
    expect(signIn.status).toBe(303);
    const cookie = signIn.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/; Secure/);
    const end = new AbortController();
    const events = await fetch(`${consoleUrl}/api/events`, {
      ...{ signal: end.signal, headers: { cookie: cookie.split(';')[0] ?? '' } },
    });
    expect(events.status).toBe(200);
    const reader = events.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
    const first = await waitFor('the first event', async () => (await reader?.read())?.value);
    expect(first.length).toBeGreaterThan(0);
    end.abort();
  });

  it('shows nobody the figures and the health of either', async () => {
    for (const url of [nginx.url, consoleUrl])
      for (const path of ['/metrics', '/health/ready']) expect((await fetch(`${url}${path}`)).status).toBe(404);
  });
});
