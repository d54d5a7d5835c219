import { globSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { loopbackCertificate, loopbackKey } from '../loopback-certificate';
import { freePort } from '../ports';
import { type Service } from '../service';
import { hangMsMax } from '../wait';
import {
  daemonControls,
  daemonFolder,
  daemonService,
  disposeDaemon,
  giveAway,
  isListening,
  type XmppServer,
} from './xmpp-server';

/** A real ejabberd of the test's own: own ports, own folder, unprivileged, loopback only, no epmd, gone when the test is. */

export interface EjabberdOptions {
  /** Passwords by user name. */
  readonly users?: Readonly<Record<string, string>>;
  /** Accounts among `users` that see the presence of everybody: the shared roster groups of theirs and of all show each other. */
  readonly watchers?: readonly string[];
  /** Secrets by component name. */
  readonly components?: Readonly<Record<string, string>>;
  /** One more component. */
  readonly pubsub?: { readonly name: string; readonly secret: string };
  /** Stream management (XEP-0198). Default true. */
  readonly sm?: boolean;
  /** How long a client with stream management stays `available` after its connection is gone; whole seconds. Default: ejabberd's, 5 min. */
  readonly resumeMs?: number;
  /** The server pings clients that are silent for so long, and gives up those that do not answer. Default: ejabberd's, never. */
  readonly ping?: { readonly intervalMs: number; readonly ackMs: number };
  /** TLS with the certificate of loopback-certificate.ts, required on the c2s port. Default false. */
  readonly tls?: boolean;
  /** Default `/ws`. */
  readonly websocketPath?: string;
  /** The file of docs/xmpp.md, which has TLS and no component; nothing else here but users and watchers counts then. */
  readonly documented?: boolean;
}

const domain = 'localhost';
/** How many requests to its API are under way at a time. */
const apiBatch = 20;
/** "Already there": what `register` answers for a user that survived a restart. */
const conflict = 409;

/** Starts ejabberd (Debian's 23.01, run by `erl` without distribution) and waits until it serves and knows all users. */
export async function startEjabberd(options: EjabberdOptions = {}): Promise<XmppServer> {
  const dir = await daemonFolder('ejabberd-');
  const ports = { c2s: await freePort(), tls: await freePort(), http: await freePort(), component: await freePort() };
  const configPath = join(dir, 'ejabberd.yml');
  const { documented = false, tls = documented } = options;
  // YAML takes JSON as it is.
  const text = documented ? documentedFile(dir, ports) : JSON.stringify(configuration(dir, ports, options), null, 2);
  await writeFile(configPath, text);
  if (tls) {
    await writeFile(certificatePath(dir), loopbackKey + loopbackCertificate, { mode: 0o600 });
    await giveAway(certificatePath(dir));
  }
  const users = new Map(Object.entries(options.users ?? {}));
  const used = [ports.c2s, ...(documented ? [] : [ports.component]), ...(tls ? [ports.tls] : [])];
  const daemon = daemonService({
    program: 'erl',
    args: [
      ...['-noshell', '-noinput', '+K', 'true', '-mnesia', 'dir', `"${join(dir, 'mnesia')}"`],
      ...['-pa', codeFolder(), '-s', 'ejabberd'],
    ],
    env: { EJABBERD_CONFIG_PATH: configPath, EJABBERD_LOG_PATH: join(dir, 'ejabberd.log'), ERL_CRASH_DUMP_BYTES: '0' },
    dir,
    isUp: async () => {
      const up = await Promise.all(used.map(isListening));
      return up.every(Boolean) && (await call(ports.http, 'status', {})) < 300;
    },
  });
  const start = async (): Promise<void> => {
    await daemon.start();
    await tellUsers(ports.http, [...users]);
    await tellWatchers(ports.http, options.watchers ?? []);
  };
  try {
    await start();
  } catch (fault) {
    await disposeDaemon(daemon, dir);
    throw fault;
  }
  return asServer(dir, ports, daemon, { users, start, websocketPath: options.websocketPath ?? '/ws' });
}

interface Ports {
  readonly c2s: number;
  readonly tls: number;
  readonly http: number;
  readonly component: number;
}

interface Known {
  readonly users: Map<string, string>;
  readonly start: () => Promise<void>;
  readonly websocketPath: string;
}

function asServer(dir: string, ports: Ports, daemon: Service, known: Known): XmppServer {
  return {
    name: 'ejabberd',
    domain,
    c2sPort: ports.c2s,
    c2sTlsPort: ports.tls,
    httpPort: ports.http,
    componentPort: ports.component,
    websocketUrl: `ws://127.0.0.1:${String(ports.http)}${known.websocketPath}`,
    dir,
    get pid() {
      return daemon.pid;
    },
    addUser: async (name, password) => {
      known.users.set(name, password);
      await tellUsers(ports.http, [[name, password]]);
    },
    restart: known.start,
    ...daemonControls(daemon, dir),
  };
}

function codeFolder(): string {
  const [folder] = globSync('/usr/lib/{,*/}ejabberd-*/ebin');
  if (folder === undefined) throw new Error('ejabberd is not installed (Debian package: ejabberd)');
  return folder;
}

async function tellUsers(httpPort: number, users: readonly (readonly [string, string])[]): Promise<void> {
  for (let from = 0; from < users.length; from += apiBatch) {
    const batch = users.slice(from, from + apiBatch);
    await Promise.all(
      batch.map(([user, password]) => must(httpPort, 'register', { user, host: domain, password }, conflict)),
    );
  }
}

/** Everybody's group shows the watchers and theirs shows everybody: subscribed both ways, and agents do not see each other. */
async function tellWatchers(httpPort: number, watchers: readonly string[]): Promise<void> {
  if (watchers.length === 0) return;
  const group = (name: string, display: string): Promise<void> =>
    must(httpPort, 'srg_create', { group: name, host: domain, label: name, description: name, display });
  await group('agents', 'watchers');
  await group('watchers', 'agents');
  await must(httpPort, 'srg_user_add', { user: '@all@', host: domain, group: 'agents', grouphost: domain });
  for (const user of watchers)
    await must(httpPort, 'srg_user_add', { user, host: domain, group: 'watchers', grouphost: domain });
}

async function must(httpPort: number, command: string, body: object, allowed?: number): Promise<void> {
  const status = await call(httpPort, command, body);
  if (status >= 300 && status !== allowed) throw new Error(`ejabberd's API answers ${command} with ${String(status)}`);
}

async function call(httpPort: number, command: string, body: object): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${String(httpPort)}/api/${command}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(hangMsMax),
  });
  await answer.arrayBuffer();
  return answer.status;
}

const certificatePath = (dir: string): string => join(dir, 'localhost.pem');

/** What an administrator puts their own addresses, ports, host and certificate in for stays as printed otherwise. */
function documentedFile(dir: string, ports: Ports): string {
  const document = readFileSync(join(packageRoot(), 'docs', 'xmpp.md'), 'utf8');
  const printed = /```yaml\n( *# ejabberd\.yml\n[^`]*)```/.exec(document)?.[1];
  if (printed === undefined) throw new Error('docs/xmpp.md prints no ejabberd.yml');
  return printed
    .replace(/(?<=\[)\S+\.pem(?=\])/, certificatePath(dir))
    .replace('example.com', domain)
    .replaceAll('10.0.0.5', '127.0.0.1')
    .replace('5222', String(ports.c2s))
    .replace('5223', String(ports.tls))
    .replace('5280', String(ports.http));
}

function configuration(dir: string, ports: Ports, options: EjabberdOptions): object {
  const { tls = false, sm = true, websocketPath = '/ws', components = {}, pubsub, ping, resumeMs } = options;
  const secrets = { ...components, ...(pubsub === undefined ? {} : { [pubsub.name]: pubsub.secret }) };
  const ip = '127.0.0.1';
  return {
    loglevel: 'info',
    hosts: [domain],
    ...(tls ? { certfiles: [certificatePath(dir)] } : {}),
    listen: [
      { port: ports.c2s, ip, module: 'ejabberd_c2s', starttls: tls, starttls_required: tls },
      ...(tls ? [{ port: ports.tls, ip, module: 'ejabberd_c2s', tls: true }] : []),
      {
        port: ports.http,
        ip,
        module: 'ejabberd_http',
        request_handlers: { [websocketPath]: 'ejabberd_http_ws', '/api': 'mod_http_api' },
      },
      {
        port: ports.component,
        ip,
        module: 'ejabberd_service',
        hosts: Object.fromEntries(Object.entries(secrets).map(([name, password]) => [name, { password }])),
      },
    ],
    auth_method: 'internal',
    acl: { local: { user_regexp: '' } },
    api_permissions: {
      loopback: {
        from: ['mod_http_api'],
        who: { ip: '127.0.0.1/8' },
        what: ['status', 'register', 'srg_create', 'srg_user_add'],
      },
    },
    modules: {
      mod_admin_extra: {},
      mod_disco: {},
      mod_http_api: {},
      mod_ping: ping === undefined ? {} : pings(ping),
      mod_roster: {},
      mod_shared_roster: {},
      mod_version: {},
      ...(sm ? { mod_stream_mgmt: resumeMs === undefined ? {} : { resume_timeout: resumeMs / 1_000 } } : {}),
    },
  };
}

function pings({ intervalMs, ackMs }: { intervalMs: number; ackMs: number }): object {
  return {
    send_pings: true,
    ping_interval: `${String(intervalMs)} ms`,
    ping_ack_timeout: `${String(ackMs)} ms`,
    timeout_action: 'kill',
  };
}
