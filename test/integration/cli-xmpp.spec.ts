import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEjabberd } from '../kit/xmpp/ejabberd';
import { loopbackCa } from '../kit/loopback-certificate';
import { startProsody } from '../kit/xmpp/prosody';
import { sideBySide } from '../kit/side-by-side';
import { type XmppServer } from '../kit/xmpp/xmpp-server';
import { lastcall } from '../kit/cli';

/** `lastcall xmpp check` beside real servers, as they come and as they should be. */

const users = { lastcall: 'pw of lastcall', 'lastcall-check': 'pw of check' };
const components = { 'presence-1.localhost': 'secret of presence-1' };

interface Loss {
  readonly death: string;
  readonly streamManagement: boolean;
  readonly showing: string;
  readonly keptMs: number | null;
  readonly afterMs: number | null;
  readonly inTime: boolean;
}

interface Report {
  readonly good: boolean;
  readonly server: { readonly name: string; readonly version: string } | null;
  readonly pingMs: number | null;
  readonly losses: readonly Loss[];
  readonly advice: readonly string[];
}

describe('lastcall xmpp check', () => {
  let folder: string;
  const servers: XmppServer[] = [];

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.dispose()));
    await rm(folder, { recursive: true });
  });

  const file = (name: string): string => join(folder, name);

  async function use(starting: Promise<XmppServer>): Promise<XmppServer> {
    const server = await starting;
    servers.push(server);
    return server;
  }

  const prosody = (options = {}) => use(startProsody({ users, components, tls: true, ...options }));
  const ejabberd = (options = {}) => use(startEjabberd({ users, watchers: ['lastcall'], tls: true, ...options }));

  const asComponent = (server: XmppServer): string[] => [
    ...['--mode', 'component', '--url', `xmpp://127.0.0.1:${String(server.componentPort)}`],
    ...['--user', 'presence-1.localhost', '--password-file', file('component')],
  ];
  const asWatcher = (server: XmppServer): string[] => [
    ...['--mode', 'watcher', '--url', `xmpp://127.0.0.1:${String(server.c2sPort)}`],
    ...['--user', 'lastcall', '--password-file', file('watcher')],
  ];
  const check = (...args: string[]) => lastcall(['xmpp', 'check', '--tls-ca', file('ca.pem'), ...args]);
  const dying = (server: XmppServer): string[] => [
    ...['--test-url', `xmpp://127.0.0.1:${String(server.c2sPort)}`],
    ...['--test-user', 'lastcall-check', '--test-password-file', file('check')],
  ];
  /** Where nothing is hidden; a busy machine needs longer for it than the server. */
  const well = ['--within', '60', '--wait', '90'];
  /** What hides a loss hides it for minutes. */
  const hidden = ['--within', '8', '--wait', '12'];

  async function report(args: string[]): Promise<{ exitCode: number | null; report: Report }> {
    const { exitCode, stdout, stderr } = await check(...args, '--json');
    if (stdout === '') throw new Error(stderr);
    return { exitCode, report: JSON.parse(stdout) as Report };
  }

  const shown = ({ losses }: Report): string[] =>
    losses.map((loss) => `${loss.death} ${loss.streamManagement ? 'managed' : 'plain'} ${loss.showing}`);

  sideBySide(
    async () => {
      folder = await mkdtemp(join(tmpdir(), 'lastcall-xmpp-'));
      const files = {
        'ca.pem': loopbackCa,
        component: components['presence-1.localhost'],
        watcher: users.lastcall,
        check: `${users['lastcall-check']}\n`,
        wrong: 'wrong',
      };
      for (const [name, text] of Object.entries(files)) await writeFile(file(name), text);
    },
    {
      'finds a well-set Prosody good, where every desktop uses stream management': async () => {
        const server = await prosody({ readTimeoutMs: 1_000, hibernationMs: 500 });
        const args = [...asComponent(server), ...dying(server), ...well, '--stream-management', 'used'];
        const { exitCode, report: said } = await report(args);
        expect(shown(said)).toEqual(['killed managed shown', 'halfOpen managed shown']);
        expect(said).toMatchObject({ good: true, server: { name: 'Prosody' }, advice: [] });
        expect(exitCode).toBe(0);
      },

      'says what Prosody as it comes hides, and what to set': async () => {
        const server = await prosody();
        const { exitCode, report: said } = await report([...asComponent(server), ...dying(server), ...hidden]);
        expect(shown(said)).toEqual([
          'killed plain shown',
          'killed managed notShown',
          'halfOpen plain notShown',
          'halfOpen managed notShown',
        ]);
        expect(said.losses[1]).toMatchObject({ keptMs: 600_000, inTime: false });
        expect(said.advice.join('\n')).toMatch(/smacks_hibernation_time = 1[^]*read_timeout = 2[^]*tcp_retries2/);
        expect(exitCode).toBe(1);
      },

      'finds a well-set ejabberd good, through an account with shared roster groups': async () => {
        const server = await ejabberd({ ping: { intervalMs: 1_000, ackMs: 10_000 }, resumeMs: 1_000 });
        const { exitCode, report: said } = await report([...asWatcher(server), ...dying(server), ...well]);
        expect(shown(said)).toEqual([
          'killed plain shown',
          'killed managed shown',
          'halfOpen plain shown',
          'halfOpen managed shown',
        ]);
        expect(said).toMatchObject({ good: true, server: { name: 'ejabberd' }, advice: [] });
        expect(exitCode).toBe(0);
      },

      'says what ejabberd as it comes hides, and what to set': async () => {
        const server = await ejabberd();
        const { exitCode, stdout } = await check(...asWatcher(server), ...dying(server), ...hidden);
        expect(stdout).toMatch(/^server +ejabberd 23/m);
        expect(stdout).toMatch(/^connection closed, no stream management +good +shows after/m);
        expect(stdout).toMatch(/^connection closed, with stream management +TOO LATE +not within 12 s; .* 300 s$/m);
        expect(stdout).toMatch(/^client silent, no stream management +TOO LATE +not within 12 s$/m);
        expect(stdout).toMatch(/mod_ping: \{ send_pings: true, ping_interval: 2, ping_ack_timeout: 2/);
        expect(stdout).toMatch(/mod_stream_mgmt: \{ resume_timeout: 1 \}/);
        expect(exitCode).toBe(1);
      },

      'refuses what would see nobody, and says why': async () => {
        const server = await ejabberd({ watchers: [], components });
        const blind = await check(...asWatcher(server));
        expect(blind.stderr).toMatch(/no watch at xmpp:.*sees nobody: it needs a shared roster group/);
        const component = await check(...asComponent(server));
        expect(component.stderr).toMatch(/it needs XMPP_MODE=watcher/);
        const wrong = await check(...asWatcher(server), '--password-file', file('wrong'));
        expect(wrong.stderr).toMatch(/XMPP_PASSWORD is not accepted/);
        expect([blind.exitCode, component.exitCode, wrong.exitCode]).toEqual([1, 1, 1]);
      },

      'says so when the test user cannot sign in': async () => {
        const server = await prosody();
        const args = [...dying(server), '--test-password-file', file('wrong')];
        const { exitCode, stdout, stderr } = await check(...asComponent(server), ...args);
        expect(stderr).toMatch(/lastcall-check@localhost cannot sign in .* --test-password-file is not accepted/);
        expect([exitCode, stdout]).toEqual([1, '']);
      },

      'connects nowhere when something is missing, and names it': async () => {
        const { exitCode, stderr } = await check('--mode', 'watcher', '--user', 'lastcall');
        expect(stderr).toBe('lastcall: missing: --url (XMPP_URL), --password-file (XMPP_PASSWORD)\n');
        expect(exitCode).toBe(2);
      },
    },
  );
});
