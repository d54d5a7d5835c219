import { join } from 'node:path';
import { type App } from '#config/key';
import { table } from '#config/table';
import { type StartOptions } from './options';
import { type ProsodyPlan, serverEnvOf } from './prosody';
import { type Secrets } from './secrets';

/** Which processes a start consists of, with the environment of each. */

// prettier-ignore
export const portNames = [
  'console', 'primary', 'secondary', 'workerPrimary', 'workerSecondary', 'simulator', 'ctiA', 'ctiB', 'redis',
] as const;
export type Ports = Readonly<Record<(typeof portNames)[number], number>>;

export interface AppPlan {
  name: string;
  app: 'server' | 'worker' | 'console' | 'simulator';
  port: number;
  env: Readonly<Record<string, string>>;
}

export interface PlanInput {
  options: StartOptions;
  ports: Ports;
  secrets: Partial<Secrets>;
  redisUrl: string;
  /** Undefined without --xmpp. */
  prosody: ProsodyPlan | undefined;
  /** The launcher's own environment: its keys reach the apps unless the launcher must set them itself. */
  env: Readonly<Record<string, string | undefined>>;
}

export function planApps(input: PlanInput): AppPlan[] {
  const { ports } = input;
  const common = commonEnv(input);
  const app = (name: string, kind: AppPlan['app'], port: number, own: Record<string, string>): AppPlan => ({
    name,
    app: kind,
    port,
    env: secretsOnlyOf(kind, { ...common, HTTP_PORT: String(port), ...own }),
  });
  const xmpp = (side: 'primary' | 'secondary'): Record<string, string> =>
    input.prosody === undefined ? {} : { ...serverEnvOf(input.prosody, side), FINESSE_NODES: publicServers(ports) };
  return [
    app('simulator', 'simulator', ports.simulator, {}),
    app('primary', 'server', ports.primary, { SIDE: 'primary', SERVER_ID: 'primary-1', ...xmpp('primary') }),
    app('secondary', 'server', ports.secondary, { SIDE: 'secondary', SERVER_ID: 'secondary-1', ...xmpp('secondary') }),
    app('worker-primary', 'worker', ports.workerPrimary, { SIDE: 'primary' }),
    app('worker-secondary', 'worker', ports.workerSecondary, { SIDE: 'secondary' }),
    app('console', 'console', ports.console, {}),
  ];
}

/** Without the secrets that this app does not read. */
function secretsOnlyOf(app: AppPlan['app'], env: Record<string, string>): Record<string, string> {
  const strange = Object.values(table).filter(({ secret, apps }) => secret && !(apps as readonly App[]).includes(app));
  const names = new Set(strange.flatMap((row) => [row.env, `${row.env}_FILE`]));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.has(name)));
}

function commonEnv({ options, ports, secrets, redisUrl, prosody, env }: PlanInput): Record<string, string> {
  const isReplaced = (key: string): boolean =>
    key === 'REDIS_URL_FILE' || (prosody !== undefined && (key.startsWith('XMPP_') || key === 'AGENTS_FILE'));
  const own = Object.fromEntries(
    Object.entries(env).flatMap(([key, value]) => (value === undefined || isReplaced(key) ? [] : [[key, value]])),
  );
  return {
    ...own,
    ...definedOnly({
      GRACE_MS: options.grace,
      GRACE_SERVER_LOST_MS: options.grace === undefined ? undefined : twice(options.grace),
      // A new Redis signs nobody out before it is one lease old: with a short grace that would be the longer wait.
      LEASE_MS: options.grace === undefined ? undefined : '5s',
      DETECTION_MS: options.detection,
      SIM_AGENTS: options.agents,
      SIM_LOAD: options.load,
    }),
    ...secrets,
    REDIS_URL: redisUrl,
    HTTP_HOST: '127.0.0.1',
    CTI_A: `127.0.0.1:${String(ports.ctiA)}`,
    CTI_B: `127.0.0.1:${String(ports.ctiB)}`,
    PUBLIC_SERVERS: publicServers(ports),
    ORIGINS: originsOf(ports, env),
  };
}

/** Of the pages of this start. A desktop page of one's own is tried with these servers: its origin is added. */
export function originsOf(ports: Ports, { ORIGINS: own = '' }: PlanInput['env']): string {
  const pages = [ports.simulator, ports.console].flatMap((port) => [local(port), `http://localhost:${String(port)}`]);
  return [...pages, ...(own === '' ? [] : [own])].join(',');
}

function publicServers(ports: Ports): string {
  return `primary=${local(ports.primary)},secondary=${local(ports.secondary)}`;
}

/** Where npm run build puts the app's entry file. */
export function entryOf(packageRoot: string, app: AppPlan['app']): string {
  return join(packageRoot, 'dist', 'bin', `${app}.js`);
}

export function local(port: number): string {
  return `http://127.0.0.1:${String(port)}`;
}

/** The same ratio as the defaults of GRACE_MS and GRACE_SERVER_LOST_MS. */
function twice(duration: string): string {
  return duration.replace(/^[\d.]+/, (digits) => String(Number(digits) * 2));
}

function definedOnly(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
