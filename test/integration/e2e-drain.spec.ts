import { type App } from '../kit/app';
import { CliProcess } from '../kit/cli';
import { type TestDesktop } from '../kit/desktop';
import { type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { waitFor } from '../kit/wait';

/** A hundred desktops on the primary side; each goes to the other side when it is told to, as ours do. */
const count = 100;
const agents = Array.from({ length: count }, (_, number) => String(1001 + number));
const stubborn = '1101';
const overMs = 4_000;
const password = 'a-password-of-the-tests';

let site: Site;
let console_: App;
const desktops = new Map<string, TestDesktop[]>();

beforeAll(async () => {
  site = await startSite({ env: { SIM_AGENTS: String(count + 5) }, massLoss: { lossesMin: 5 } });
  console_ = await site.prepare('console', { CONSOLE_PASSWORD: password });
  await console_.start();
  await Promise.all([...agents, stubborn].map((agentId) => site.signIn(agentId, 'READY')));
  await Promise.all(agents.map((agentId) => openAndFollow(agentId, 'primary')));
  await site.open(stubborn, 'primary');
});
afterAll(async () => {
  await (site as Site | undefined)?.stop();
});

async function openAndFollow(agentId: string, side: 'primary' | 'secondary'): Promise<void> {
  const desktop = await site.open(agentId, side);
  desktops.set(agentId, [...(desktops.get(agentId) ?? []), desktop]);
  desktop.socket.once('close', (code) => {
    if (code === 1012) void openAndFollow(agentId, side === 'primary' ? 'secondary' : 'primary').catch(() => undefined);
  });
}

const side = (...args: string[]) =>
  new CliProcess(['side', ...args], { CONSOLE_URL: console_.url, CONSOLE_PASSWORD: password }).end();

describe('a side in maintenance', () => {
  it('sends a hundred desktops to the other side in waves: no loss, nobody signed out, and its server can be stopped', async () => {
    const begun = await side('drain', 'primary', '--over', `${String(overMs)}ms`);
    expect(begun).toMatchObject({ exitCode: 0 });
    expect((await side('drain', 'secondary')).stderr).toContain('in maintenance');
    expect((await side('status')).stdout).toMatch(/primary: in maintenance by admin since .*\nsecondary: serves/);
    const info = await waitFor('the server to be in maintenance', async () => {
      const answer = (await (await fetch(`${site.servers.primary.url}/api/system-info`)).json()) as { why: string };
      return answer.why.startsWith('maintenance') ? answer : undefined;
    });
    expect(info).toMatchObject({ status: 'OUT_OF_SERVICE' });
    await expect(site.open('1102', 'primary')).rejects.toThrow('"code":1012');

    const arrived = (): number => agents.filter((agentId) => desktops.get(agentId)?.[1]?.opened !== undefined).length;
    await waitFor('all desktops to have arrived', () => arrived() === count);
    const closedAt = agents.map((agentId) => desktops.get(agentId)?.[0]?.log.at(-1)?.at ?? 0);
    expect(Math.max(...closedAt) - Math.min(...closedAt)).toBeGreaterThan(500);

    await waitFor('the side to be empty', async () => (await side('status')).stdout.includes('; 0 agents'));
    await site.servers.primary.stop();
    await site.untilOutcome(stubborn, 'loggedOut');
    for (const agentId of agents) {
      const told = (await site.told(agentId)).map(({ entry }) => entry.what);
      expect(told).not.toContain('lossBegan');
      expect(await site.record(agentId)).toMatchObject({ epoch: 2, phase: { name: 'present' } });
    }
    expect(new Set((await site.logouts()).map(({ agentId }) => agentId))).toEqual(new Set([stubborn]));
    const lost = (await site.told(stubborn)).map(({ entry }) => entry);
    expect(lost).toContainEqual(expect.objectContaining({ what: 'lossBegan', cause: 'movedAway' }));
  });

  it('lets desktops in again when it is over, and refuses to begin while the other side has nobody', async () => {
    await site.servers.primary.start('live');
    expect((await side('resume', 'primary')).exitCode).toBe(0);
    await site.openWhenLetIn('1103', 'primary');
    await site.servers.primary.stop();
    await waitFor('the order to be refused', async () => {
      const { exitCode, stderr } = await side('drain', 'secondary', '--over', '1s');
      if (exitCode === 0) await side('resume', 'secondary');
      return stderr.includes('nowhere');
    });
    expect((await side('resume', 'secondary')).exitCode).toBe(1);
  });
});
