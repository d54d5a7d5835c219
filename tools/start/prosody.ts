import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Probe } from './health';
import { type Launch, type LaunchedProcess } from './launched-process';
import { connectProbe, isExecutable } from './redis';
import { StartFailure } from './start-failure';
import { writeAccounts } from './xmpp-accounts';

/**
 * The Prosody of `npm start -- --xmpp`: from the PATH, unprivileged, on loopback, with its data in the data folder. Made
 * anew at each start: accounts are written, nothing that it kept is read. Only its certificate stays from start to start,
 * so that clients need to be told once to trust it.
 */

// prettier-ignore
export const xmppPortNames = ['xmppClient', 'xmppHttp', 'xmppComponent', 'xmppClientTls', 'xmppHttps'] as const;
export type XmppPorts = Readonly<Record<(typeof xmppPortNames)[number], number>>;

export interface ProsodyPlan {
  readonly program: string;
  readonly ports: XmppPorts;
  readonly dir: string;
  /** Folder of the certificate and its key. */
  readonly certificateDir: string;
  /** Web origins whose pages may use BOSH, separated by commas. */
  readonly origins: string;
  readonly agentsFile: string;
  readonly agents: number;
  readonly secrets: XmppSecrets;
}

export interface XmppSecrets {
  /** Of every agent, by REST and by XMPP. */
  readonly AGENT_PASSWORD: string;
  readonly XMPP_PASSWORD: string;
  readonly XMPP_PUBSUB_PASSWORD: string;
}

export const xmppDomain = 'localhost';

/** Debian's `nobody`. Prosody refuses to run as root, and is right. */
const nobody = 65_534;
const mayPass = 0o001;
const onlyOwner = 0o700;
/** Files of accounts that are written at each start. */
export const agentsMax = 2_000;

export const howToGet =
  'Debian, Ubuntu: apt-get install prosody prosody-modules (the second has mod_privilege). Elsewhere: https://prosody.im/download';

/** Prosody on the PATH. @throws StartFailure that says how to get it. */
export function findProsody(path: string | undefined, canRun: (file: string) => boolean = isExecutable): string {
  const program = (path ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'prosody'))
    .find(canRun);
  if (program !== undefined) return program;
  throw new StartFailure(
    `--xmpp needs the XMPP server Prosody (0.12 or later), and there is none on the PATH.\n${howToGet}`,
  );
}

/** What a server process of that side is told. */
export function serverEnvOf(plan: ProsodyPlan, side: 'primary' | 'secondary'): Record<string, string> {
  return {
    AGENTS_FILE: plan.agentsFile,
    XMPP_MODE: 'component',
    XMPP_URL: `xmpp://127.0.0.1:${String(plan.ports.xmppComponent)}`,
    XMPP_DOMAIN: xmppDomain,
    XMPP_USER: `presence-${side}.${xmppDomain}`,
    XMPP_PASSWORD: plan.secrets.XMPP_PASSWORD,
    XMPP_PUBSUB: `pubsub.${xmppDomain}`,
    XMPP_PUBSUB_PASSWORD: plan.secrets.XMPP_PUBSUB_PASSWORD,
  };
}

/** Of the certificate that clients have to trust. */
export function certificateOf({ certificateDir }: ProsodyPlan): string {
  return join(certificateDir, 'localhost.crt');
}

/**
 * Writes configuration, accounts and certificate. @throws StartFailure when no certificate could be made, or when the user
 * that Prosody runs as cannot get there.
 */
export async function prepareProsody(plan: ProsodyPlan, packageRoot: string, dataDir: string): Promise<void> {
  const { dir, certificateDir, agentsFile, agents, secrets } = plan;
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { mode: onlyOwner });
  copyFileSync(join(packageRoot, 'tools', 'prosody', 'prosody.cfg.lua'), configOf(dir));
  copyFileSync(join(packageRoot, 'deploy', 'prosody', clientsModule), join(dir, clientsModule));
  makeCertificate(packageRoot, certificateDir);
  const { AGENT_PASSWORD: password } = secrets;
  await writeAccounts({ agentsFile, prosodyDir: dir, domain: xmppDomain, agents, password });
  if (!isRoot()) return;
  for (const folder of [dir, certificateDir]) giveAway(folder);
  // To pass through is not to look into: nothing in the folder can be listed or read by this.
  chmodSync(dataDir, statSync(dataDir).mode | mayPass);
  try {
    execFileSync('setpriv', [...asNobody, 'test', '-w', dir], { stdio: 'ignore' });
  } catch {
    throw new StartFailure(
      `Prosody does not run as root, and user nobody cannot get to ${dir}.\n` +
        'Run npm start as another user, or give it a folder that all can get to: npm start -- --xmpp --data /var/tmp/lastcall',
    );
  }
}

/** Keeps a certificate that is still valid for long enough. */
function makeCertificate(packageRoot: string, folder: string): void {
  try {
    execFileSync('sh', [join(packageRoot, 'tools', 'prosody', 'make-certificate'), folder], { stdio: 'pipe' });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StartFailure(`--xmpp needs openssl to make a certificate in ${folder}, and that failed.\n${why}`);
  }
}

function giveAway(folder: string): void {
  for (const entry of ['.', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })]) {
    chownSync(join(folder, entry), nobody, nobody);
  }
}

export function prosodyLaunch(plan: ProsodyPlan, logPath: string): Launch {
  const { program, ports, dir, secrets } = plan;
  const args = ['-F', '--config', configOf(dir)];
  return {
    name: 'prosody',
    mark: configOf(dir),
    file: isRoot() ? 'setpriv' : program,
    args: isRoot() ? [...asNobody, program, ...args] : args,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: dir,
      PROSODY_DATA: dir,
      PROSODY_CERTIFICATES: plan.certificateDir,
      PROSODY_MODULES: dir,
      PROSODY_ORIGINS: plan.origins,
      PROSODY_C2S_PORT: String(ports.xmppClient),
      PROSODY_C2S_TLS_PORT: String(ports.xmppClientTls),
      PROSODY_HTTP_PORT: String(ports.xmppHttp),
      PROSODY_HTTPS_PORT: String(ports.xmppHttps),
      PROSODY_COMPONENT_PORT: String(ports.xmppComponent),
      XMPP_DOMAIN: xmppDomain,
      XMPP_PASSWORD: secrets.XMPP_PASSWORD,
      XMPP_PUBSUB_PASSWORD: secrets.XMPP_PUBSUB_PASSWORD,
    },
    cwd: dir,
    logPath,
  };
}

/** Ready when all its ports answer. @throws StartFailure when it runs without the module that shows us presence. */
export function prosodyProbes(plan: ProsodyPlan, find: () => LaunchedProcess | undefined): Probe[] {
  return xmppPortNames.map((name) => {
    const probe = connectProbe('prosody', [{ host: '127.0.0.1', port: plan.ports[name] }]);
    return {
      name: `prosody (${name})`,
      ask: () => {
        const hasNoPrivilege = find()?.lastLines.some((line) => /unable to load module '?privilege/i.test(line));
        if (hasNoPrivilege === true) throw new StartFailure(`Prosody has no mod_privilege.\n${howToGet}`);
        return probe.ask();
      },
    };
  });
}

const clientsModule = 'mod_lastcall_clients.lua';
const asNobody = ['--reuid', String(nobody), '--regid', String(nobody), '--clear-groups'];

function configOf(dir: string): string {
  return join(dir, 'prosody.cfg.lua');
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
