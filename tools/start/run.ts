import { chmodSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { packageRoot } from '#config/package-root';
import { claimFolder } from './claim-folder';
import { httpProbe, type Probe, waitUntilReady } from './health';
import { type Launch } from './launched-process';
import * as messages from './messages';
import { type StartOptions } from './options';
import { type AppPlan, entryOf, local, originsOf, planApps, portNames, type Ports } from './plan';
import { choosePorts, isFreeOnLoopback } from './ports';
import {
  agentsMax,
  findProsody,
  prepareProsody,
  prosodyLaunch,
  prosodyProbes,
  type ProsodyPlan,
  xmppPortNames,
  type XmppPorts,
} from './prosody';
import { connectProbe, givenRedisUrl, isExecutable, planRedis, type RedisPlan, writeRedisConf } from './redis';
import { removeRunning, writeRunning } from './running-file';
import { makeRedisPassword, makeSecrets, makeXmppSecrets, type Secrets, writeSecrets } from './secrets';
import { StartFailure } from './start-failure';
import { stopRequest } from './stop-request';
import { Supervisor } from './supervisor';
import { complain, say, show } from './terminal';

/**
 * The life of one `npm start`:
 *
 * 1. Claim the data folder: one launcher per folder; what a killed one left behind is stopped.
 * 2. Choose ports and a Redis, make secrets.
 * 3. Start Redis, and Prosody if it is asked for; when they answer, all apps; wait until each says that it is ready.
 * 4. Run until Ctrl-C, SIGTERM, the end of npm, or the end of any process; then stop all, workers first, Redis last.
 */

const redisReadyMsMax = 15_000;
const readyMsMax = 60_000;
const stopMsMax = 15_000;
const onlyOwner = 0o700;
const othersNothing = 0o077;
/** As SIM_AGENTS has it. */
const agentsByDefault = 20;

/** What steps 3 and 4 need to know; made by steps 1 and 2. */
interface Start {
  options: StartOptions;
  root: string;
  dataDir: string;
  runningPath: string;
  ports: Ports;
  redis: RedisPlan;
  prosody: ProsodyPlan | undefined;
  secrets: Partial<Secrets>;
  apps: readonly AppPlan[];
  supervisor: Supervisor;
}

type Env = Readonly<Record<string, string | undefined>>;

/** The exit code. @throws StartFailure, ConfigError before anything was started. */
export async function run(options: StartOptions, env: Env): Promise<number> {
  const start = await prepare(options, env);
  const { supervisor } = start;
  const stopped = stopRequest(() => {
    supervisor.killAll();
  });
  const failed = supervisor.failed.then(({ process, how }) => {
    throw new StartFailure(messages.ended(process, how));
  });
  try {
    const begun = await Promise.race([startAll(start), stopped, failed]);
    if (begun === undefined) say(messages.welcome({ ...start, env }));
    say(`\nStopping everything (${begun ?? (await Promise.race([stopped, failed]))}) …`);
    return 0;
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    complain(`\n${error.message}\nStopping everything …`);
    return 1;
  } finally {
    const killed = await supervisor.stopAll();
    if (killed.length > 0) complain(messages.killed(killed, stopMsMax));
    removeRunning(start.runningPath);
    say('Stopped.');
  }
}

async function prepare(options: StartOptions, env: Env): Promise<Start> {
  const root = packageRoot(__dirname);
  const dataDir = resolve(options.dataDir);
  // For what is written here, by this process and by those that it starts.
  process.umask(othersNothing);
  // A folder that is there already keeps its mode: it may be anybody's. What we put into it does not.
  mkdirSync(dataDir, { recursive: true, mode: onlyOwner });
  for (const folder of ['logs', 'redis']) {
    mkdirSync(join(dataDir, folder), { recursive: true });
    chmodSync(join(dataDir, folder), onlyOwner);
  }
  const runningPath = join(dataDir, 'running.json');
  await claimFolder(runningPath, dataDir, stopMsMax);

  const ports = await choosePorts([...portNames, ...xmppPortNames], options.portBase, isFreeOnLoopback);
  const redis = planRedis({
    url: givenRedisUrl(env),
    path: env['PATH'],
    port: ports.redis,
    password: makeRedisPassword(),
    dataDir,
    packageRoot: root,
    isExecutable,
  });
  const secrets = makeSecrets(env);
  const prosody = options.xmpp ? planProsody({ options, env, ports, dataDir }) : undefined;
  writeSecrets(join(dataDir, 'secrets.json'), { ...secrets, ...prosody?.secrets, ...redisSecret(redis) });
  if (prosody !== undefined) await prepareProsody(prosody, root, dataDir);
  const apps = planApps({ options, ports, secrets, redisUrl: redis.url, prosody, env });
  return {
    options,
    root,
    dataDir,
    runningPath,
    ports,
    redis,
    prosody,
    secrets,
    apps,
    supervisor: new Supervisor(show, stopMsMax),
  };
}

async function startAll(start: Start): Promise<undefined> {
  const { supervisor, apps } = start;
  say(messages.starting(start));
  launch(start, [...redisLaunches(start), ...prosodyLaunches(start)]);
  await untilReady(start, [redisProbe(start), ...probesOfProsody(start)], redisReadyMsMax);
  // One group for each time of stopping: workers first, then servers and console, then the CTI servers.
  const groups = [['simulator'], ['server', 'console'], ['worker']];
  for (const group of groups) {
    launch(
      start,
      apps.filter(({ app }) => group.includes(app)).map((app) => appLaunch(start, app)),
    );
  }
  const probes = apps.map(({ name, port }) => httpProbe(name, `${local(port)}/health/ready`));
  await untilReady(start, probes, readyMsMax);
  for (const { name, pid } of supervisor.processes) say(`${name.padEnd(16)} ready, process ${String(pid)}`);
}

function launch({ supervisor, runningPath, ports }: Start, launches: readonly Launch[]): void {
  supervisor.run(launches);
  const processes = supervisor.processes.flatMap(({ name, pid, mark }) =>
    pid === undefined ? [] : [{ name, pid, mark }],
  );
  writeRunning(runningPath, { launcher: process.pid, console: local(ports.console), processes });
}

/** @throws StartFailure when the time is over, or when stopping has begun and nobody listens any more. */
async function untilReady({ supervisor }: Start, probes: readonly Probe[], limitMs: number): Promise<void> {
  const readiness = await waitUntilReady(probes, limitMs, () => supervisor.isStopping);
  switch (readiness.kind) {
    case 'ready':
      return;
    case 'abandoned':
      throw new StartFailure('The start was abandoned.');
    case 'late':
      throw new StartFailure(messages.notReady(readiness.waiting, limitMs, supervisor.processes));
  }
}

function redisLaunches({ redis, dataDir, ports }: Start): Launch[] {
  if (redis.kind === 'given') return [];
  if (redis.kind === 'own') writeRedisConf(redis.dataDir, ports.redis, redis.password);
  const { file, args, mark } = redis;
  const env = { PATH: process.env['PATH'] ?? '' };
  return [{ name: 'redis', mark, file, args, env, cwd: dataDir, logPath: join(dataDir, 'logs', 'redis.log') }];
}

/** For redis-cli and tests; a Redis that was given is known to who gave it. */
function redisSecret(redis: RedisPlan): { REDIS_URL?: string } {
  return redis.kind === 'own' ? { REDIS_URL: redis.url } : {};
}

function redisProbe({ redis, ports }: Start): Probe {
  return redis.kind === 'given'
    ? connectProbe('REDIS_URL', redis.endpoints)
    : connectProbe('redis', [{ host: '127.0.0.1', port: ports.redis }]);
}

function planProsody(given: Pick<Start, 'options' | 'dataDir'> & { env: Env; ports: Ports & XmppPorts }): ProsodyPlan {
  const { options, env, ports, dataDir } = given;
  // What is no number is refused by the simulator in better words.
  const agents = Number(options.agents ?? (env['SIM_AGENTS'] || agentsByDefault));
  return {
    program: findProsody(env['PATH']),
    ports,
    dir: join(dataDir, 'prosody'),
    certificateDir: join(dataDir, 'certificate'),
    origins: originsOf(ports, env),
    agentsFile: join(dataDir, 'agents.json'),
    agents: Math.min(Number.isInteger(agents) && agents > 0 ? agents : agentsByDefault, agentsMax),
    secrets: makeXmppSecrets(),
  };
}

function prosodyLaunches({ prosody, dataDir }: Start): Launch[] {
  return prosody === undefined ? [] : [prosodyLaunch(prosody, join(dataDir, 'logs', 'prosody.log'))];
}

function probesOfProsody({ prosody, supervisor }: Start): Probe[] {
  if (prosody === undefined) return [];
  return prosodyProbes(prosody, () => supervisor.processes.find(({ name }) => name === 'prosody'));
}

function appLaunch({ root, dataDir }: Start, { name, app, env }: AppPlan): Launch {
  return {
    name,
    mark: entryOf(root, app),
    file: process.execPath,
    args: [entryOf(root, app)],
    env,
    cwd: root,
    logPath: join(dataDir, 'logs', `${name}.log`),
  };
}
