import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loopbackCertificate, loopbackKey } from '../loopback-certificate';
import { freePort } from '../ports';
import { type Service } from '../service';
import {
  daemonControls,
  daemonFolder,
  daemonService,
  disposeDaemon,
  giveAway,
  isListening,
  type XmppServer,
} from './xmpp-server';

/** A real Prosody of the test's own: own ports, own folder, unprivileged, loopback only, gone when the test is. */

export interface ProsodyOptions {
  /** Passwords by user name. */
  readonly users?: Readonly<Record<string, string>>;
  /** Secrets by component name; each may see everybody's presence (XEP-0356) and replaces its own dead stream. */
  readonly components?: Readonly<Record<string, string>>;
  /** One more component without any privilege; its name goes to whoever came first. */
  readonly pubsub?: { readonly name: string; readonly secret: string };
  /** Stream management (XEP-0198). Default true. */
  readonly sm?: boolean;
  /** Silence after which a client is asked, and after as much again given up. Default: Prosody's, 14 min. */
  readonly readTimeoutMs?: number;
  /** How long a client with stream management stays `available` after its connection is gone. Default: Prosody's, 10 min. */
  readonly hibernationMs?: number;
  /** TLS with the certificate of loopback-certificate.ts, required on the c2s port. Default false. */
  readonly tls?: boolean;
  /** Default `/ws`. */
  readonly websocketPath?: string;
  /** Further lines of the configuration's global section. */
  readonly lines?: readonly string[];
}

const domain = 'localhost';

/** Starts the `prosody` of the PATH (0.12, with the community's mod_privilege) and waits until it serves. */
export async function startProsody(options: ProsodyOptions = {}): Promise<XmppServer> {
  const dir = await daemonFolder('prosody-');
  const ports = { c2s: await freePort(), tls: await freePort(), http: await freePort(), component: await freePort() };
  const configPath = join(dir, 'prosody.cfg.lua');
  await writeFile(configPath, configuration(dir, ports, options));
  if (options.tls === true) {
    const files = { [certificatePath(dir)]: loopbackCertificate, [keyPath(dir)]: loopbackKey };
    for (const [path, text] of Object.entries(files)) {
      await writeFile(path, text, { mode: 0o600 });
      await giveAway(path);
    }
  }
  // Prosody listens for components only where one is configured.
  const hasComponent = options.pubsub !== undefined || Object.keys(options.components ?? {}).length > 0;
  const used = [
    ports.c2s,
    ports.http,
    ...(hasComponent ? [ports.component] : []),
    ...(options.tls === true ? [ports.tls] : []),
  ];
  const daemon = daemonService({
    program: 'prosody',
    args: ['-F', '--config', configPath],
    env: {},
    dir,
    isUp: async () => (await Promise.all(used.map(isListening))).every(Boolean),
  });
  await keepAccounts(dir, options.users ?? {});
  try {
    await daemon.start();
  } catch (fault) {
    await disposeDaemon(daemon, dir);
    throw fault;
  }
  return asServer(dir, ports, daemon, options.websocketPath ?? '/ws');
}

interface Ports {
  readonly c2s: number;
  readonly tls: number;
  readonly http: number;
  readonly component: number;
}

function asServer(dir: string, ports: Ports, daemon: Service, websocketPath: string): XmppServer {
  return {
    name: 'Prosody',
    domain,
    c2sPort: ports.c2s,
    c2sTlsPort: ports.tls,
    httpPort: ports.http,
    componentPort: ports.component,
    websocketUrl: `ws://127.0.0.1:${String(ports.http)}${websocketPath}`,
    dir,
    get pid() {
      return daemon.pid;
    },
    addUser: (name, password) => keepAccounts(dir, { [name]: password }),
    restart: () => daemon.start(),
    ...daemonControls(daemon, dir),
  };
}

/** Prosody reads an account's file whenever it is asked for, so users can be added while it runs. */
async function keepAccounts(dir: string, users: Readonly<Record<string, string>>): Promise<void> {
  const folder = join(dir, domain, 'accounts');
  await mkdir(folder, { recursive: true });
  for (const path of [join(dir, domain), folder]) await giveAway(path);
  for (const [name, password] of Object.entries(users)) {
    const path = join(folder, `${fileName(name)}.dat`);
    await writeFile(path, `return { password = ${lua(password)} };\n`);
    await giveAway(path);
  }
}

/** As Prosody's data manager writes a name: all but letters and digits by their code. */
function fileName(name: string): string {
  return name.replace(/[^A-Za-z0-9]/g, (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}

const certificatePath = (dir: string): string => join(dir, 'localhost.crt');
const keyPath = (dir: string): string => join(dir, 'localhost.key');

function configuration(dir: string, ports: Ports, options: ProsodyOptions): string {
  const { tls = false, sm = true, websocketPath = '/ws', components = {}, pubsub, lines = [] } = options;
  const modules = ['roster', 'saslauth', 'presence', 'message', 'iq', 'c2s', 'disco', 'ping', 'version'];
  modules.push('websocket', 'privilege', 'posix', ...(sm ? ['smacks'] : []), ...(tls ? ['tls'] : []));
  return [
    `data_path = ${lua(dir)}`,
    `certificates = ${lua(dir)}`,
    `pidfile = ${lua(join(dir, 'prosody.pid'))}`,
    `log = { info = ${lua(join(dir, 'prosody.log'))} }`,
    'interfaces = { "127.0.0.1" }',
    'local_interfaces = { "127.0.0.1" }',
    `c2s_ports = { ${String(ports.c2s)} }`,
    `c2s_direct_tls_ports = { ${tls ? String(ports.tls) : ''} }`,
    `component_ports = { ${String(ports.component)} }`,
    `http_ports = { ${String(ports.http)} }`,
    'https_ports = {}',
    's2s_ports = {}',
    `modules_enabled = { ${modules.map(lua).join('; ')} }`,
    'modules_disabled = { "s2s"; "offline" }',
    'authentication = "internal_plain"',
    `c2s_require_encryption = ${String(tls)}`,
    'allow_unencrypted_plain_auth = false',
    'consider_websocket_secure = true',
    'http_default_host = "localhost"',
    `http_paths = { websocket = ${lua(websocketPath)} }`,
    'storage = { accounts = "internal" }',
    'default_storage = "memory"',
    ...(tls ? [`ssl = { certificate = ${lua(certificatePath(dir))}; key = ${lua(keyPath(dir))} }`] : []),
    ...timeouts(options),
    ...lines,
    'VirtualHost "localhost"',
    'privileged_entities = {',
    ...Object.keys(components).map((name) => `  [${lua(name)}] = { presence = "managed_entity" };`),
    '}',
    ...Object.entries(components).flatMap(([name, secret]) => [
      `Component ${lua(name)}`,
      `component_secret = ${lua(secret)}`,
      'component_conflict_resolve = "kick_old"',
      'modules_enabled = { "privilege" }',
    ]),
    ...(pubsub === undefined ? [] : [`Component ${lua(pubsub.name)}`, `component_secret = ${lua(pubsub.secret)}`]),
    '',
  ].join('\n');
}

function timeouts({ readTimeoutMs, hibernationMs }: ProsodyOptions): string[] {
  return [
    ...(readTimeoutMs === undefined ? [] : [`network_settings = { read_timeout = ${String(readTimeoutMs / 1_000)} }`]),
    ...(hibernationMs === undefined ? [] : [`smacks_hibernation_time = ${String(hibernationMs / 1_000)}`]),
  ];
}

function lua(text: string): string {
  return JSON.stringify(text);
}
