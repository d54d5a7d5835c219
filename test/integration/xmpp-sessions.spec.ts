import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FaultProxy } from '../kit/network/fault-proxy';
import { sideBySide } from '../kit/side-by-side';
import { pause, waitFor } from '../kit/wait';
import { startEjabberd } from '../kit/xmpp/ejabberd';
import { startProsody } from '../kit/xmpp/prosody';
import { openDesktops, XmppDesktop } from '../kit/xmpp/xmpp-desktop';
import { type XmppServer } from '../kit/xmpp/xmpp-server';
import {
  accounts,
  agents,
  componentName,
  password,
  settingsFor,
  sever,
  watcherName,
  WatchStage,
  watchPort,
} from './xmpp-watch.spec-support';

/** Sessions that outlive their connection (XEP-0198), and connections that outlive their desktop. Each test has its agents. */

const everybody = agents(40);
const plain = 'allow_unencrypted_plain_auth = true';
const moduleName = 'mod_lastcall_hibernation.lua';

/** How long a session is kept for resumption; whole seconds for ejabberd. */
const keptMs = 4_000;
/** Where our module tells what has become of a connection: nobody learns it from the end of the session, which does not come. */
const longKeptMs = 3_600_000;
const silenceMs = 1_000;

interface Watched {
  readonly server: XmppServer;
  readonly stage: WatchStage;
}

const watched = new Map<string, Watched>();
const desktops: XmppDesktop[] = [];
let pluginPath = '';
let way: FaultProxy;

async function watch(name: string, server: XmppServer, port?: number): Promise<void> {
  const stage = new WatchStage(settingsFor(server, port));
  watched.set(name, { server, stage });
  await stage.untilSees();
}

async function startAll(): Promise<void> {
  pluginPath = await mkdtemp(join(tmpdir(), 'prosody-modules-'));
  await chmod(pluginPath, 0o755);
  await copyFile(join(__dirname, '..', '..', 'deploy', 'prosody', moduleName), join(pluginPath, moduleName));
  const users = accounts(everybody);
  const components = { [componentName]: password };
  const times = { readTimeoutMs: silenceMs, hibernationMs: keptMs };
  const feeding = [
    `plugin_paths = { "${pluginPath}" }`,
    'VirtualHost "localhost"',
    'modules_enabled = { "lastcall_hibernation" }',
    `lastcall_components = { "${componentName}" }`,
  ];
  const [prosody, ejabberd, told] = await Promise.all([
    startProsody({ users, components, ...times, lines: [plain] }),
    startEjabberd({
      users,
      watchers: [watcherName],
      resumeMs: keptMs,
      ping: { intervalMs: silenceMs, ackMs: silenceMs },
    }),
    startProsody({ users, components, ...times, hibernationMs: longKeptMs, lines: [plain, ...feeding] }),
  ]);
  way = await FaultProxy.start(watchPort(told));
  await Promise.all([watch('Prosody', prosody), watch('ejabberd', ejabberd), watch('told', told, way.port)]);
}

afterAll(async () => {
  for (const desktop of desktops) desktop.kill();
  for (const { stage, server } of watched.values()) {
    await stage.watch.stop();
    await server.dispose();
  }
  await way.close();
  await rm(pluginPath, { recursive: true, force: true });
});

async function open(name: string, user: string, sm: boolean): Promise<XmppDesktop> {
  const { server, stage } = watched.get(name)!;
  const at = Number(user) % 2 === 0 ? server.c2sPort : server.websocketUrl;
  const desktop = await XmppDesktop.open({ at, user, password, resource: 'desk', sm });
  desktops.push(desktop);
  await untilPhase(stage, user, 'present');
  return desktop;
}

async function untilPhase(stage: WatchStage, user: string, phase: 'present' | 'grace'): Promise<void> {
  await waitFor(`${user} to be in ${phase}`, async () => (await stage.phaseOf(user)) === phase);
}

/** Its connection, by which a loss and a return would show. */
async function connectionOf(stage: WatchStage, user: string): Promise<string[]> {
  return Object.keys((await stage.record(user)).desktops);
}

async function resumeCausesNothing(name: string, user: string): Promise<void> {
  const { stage } = watched.get(name)!;
  const desktop = await open(name, user, true);
  const before = await connectionOf(stage, user);
  desktop.kill();
  await pause(500);
  await desktop.resume();
  await pause(keptMs + 1_500);
  expect(await connectionOf(stage, user)).toEqual(before);
}

async function goneWhenGivenUp(name: string, user: string): Promise<void> {
  const { stage } = watched.get(name)!;
  const desktop = await open(name, user, true);
  const killedMs = performance.now();
  desktop.kill();
  await untilPhase(stage, user, 'grace');
  expect(performance.now() - killedMs).toBeGreaterThan(keptMs / 2);
}

/** Their connections stay, and nothing is read or answered any more; those of a control group answer. */
async function halfOpenAreGone(name: string, users: readonly string[], sm: boolean): Promise<void> {
  const { server, stage } = watched.get(name)!;
  const ports = [server.c2sPort, server.websocketUrl];
  const opened = await openDesktops({ ports, users, password, sm });
  desktops.push(...opened);
  for (const user of users) await untilPhase(stage, user, 'present');
  const frozen = opened.slice(0, users.length / 2);
  for (const desktop of frozen) desktop.freeze();
  for (const user of users.slice(0, frozen.length)) await untilPhase(stage, user, 'grace');
  for (const user of users.slice(frozen.length)) expect(await stage.phaseOf(user)).toBe('present');
  for (const desktop of frozen) desktop.thaw();
}

sideBySide(startAll, {
  'at Prosody the resumption of a session causes nothing': () => resumeCausesNothing('Prosody', '1001'),
  'at ejabberd the resumption of a session causes nothing': () => resumeCausesNothing('ejabberd', '1001'),
  'at Prosody a killed desktop with a session is gone when the server gives the session up': () =>
    goneWhenGivenUp('Prosody', '1002'),
  'at ejabberd a killed desktop with a session is gone when the server gives the session up': () =>
    goneWhenGivenUp('ejabberd', '1002'),
  'at Prosody half-open desktops with sessions are gone, others stay': () =>
    halfOpenAreGone('Prosody', everybody.slice(4, 12), true),
  'at ejabberd half-open desktops with sessions are gone, others stay': () =>
    halfOpenAreGone('ejabberd', everybody.slice(4, 12), true),
  'at ejabberd half-open desktops without sessions are gone, others stay': () =>
    halfOpenAreGone('ejabberd', everybody.slice(12, 20), false),

  'our module tells at once that the connection of a kept session is gone, and that it is back': async () => {
    const { stage } = watched.get('told')!;
    const desktop = await open('told', '1001', true);
    desktop.kill();
    await untilPhase(stage, '1001', 'grace');
    await desktop.resume();
    await untilPhase(stage, '1001', 'present');
  },

  'our module tells a component that comes which sessions have no connection': async () => {
    const { stage } = watched.get('told')!;
    const kept = await open('told', '1003', true);
    await open('told', '1004', true);
    kept.kill();
    await untilPhase(stage, '1003', 'grace');
    const { epoch } = await stage.record('1003');
    sever(way);
    await stage.untilBlind();
    way.turn('pass');
    await stage.untilSees();
    expect([await stage.phaseOf('1003'), await stage.phaseOf('1004')]).toEqual(['grace', 'present']);
    expect((await stage.record('1003')).epoch).toBe(epoch);
  },
});
