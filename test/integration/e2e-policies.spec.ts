import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App } from '../kit/app';
import { type Site } from '../kit/site/site';
import { startSite } from '../kit/site/start-site';
import { pause, waitFor } from '../kit/wait';

/** What a policy asks for is done once, by its own times, and never against the agent. */

const notReadyAfterMs = 1_500;
const ourReason = 777;
/** The agent has made the choice by then. */
const settledMs = 2_000;

describe('a stage that made an agent Not Ready, with restoreOnReturn', () => {
  let site: Site;
  beforeAll(async () => {
    const stages = [
      { afterMs: notReadyAfterMs, action: 'notReady', reasonCode: ourReason },
      { afterMs: 600_000, action: 'logout', reasonCode: 255 },
    ];
    site = await startSite({ policy: { stages, restoreOnReturn: true } });
    await site.untilIssuable();
  });
  afterAll(() => site.stop());

  async function madeNotReady(agentId: string): Promise<void> {
    await site.signIn(agentId, 'READY');
    (await site.open(agentId)).crash();
    await waitFor('our Not Ready', async () => {
      const { stateName, reasonCode } = await site.ctiAgent(agentId);
      return stateName === 'NOT_READY' && reasonCode === ourReason;
    });
    // The worker has heard of it, too.
    await waitFor('the next stage', async () => (await site.record(agentId)).phase.name === 'grace');
  }

  it('gives Ready back on the return, once', async () => {
    await madeNotReady('1001');
    await site.open('1001', 'secondary');
    await waitFor('Ready', async () => (await site.ctiAgent('1001')).stateName === 'AVAILABLE');
    await waitFor('the end of it', async () => {
      const { phase } = await site.record('1001');
      return phase.name === 'present' && phase.restore === null;
    });
    await site.post('/agents/1001/state', { state: 'NOT_READY', reasonCode: 42 });
    await site.open('1001', 'primary');
    await pause(settledMs);
    expect(await site.ctiAgent('1001')).toMatchObject({ stateName: 'NOT_READY', reasonCode: 42 });
  });

  it('leaves alone who has chosen another reason since', async () => {
    const agentIds = Array.from({ length: 10 }, (_, n) => String(1002 + n));
    await Promise.all(agentIds.map(madeNotReady));
    await Promise.all(
      agentIds.map((agentId) => site.post(`/agents/${agentId}/state`, { state: 'NOT_READY', reasonCode: 42 })),
    );
    await Promise.all(agentIds.map((agentId) => site.open(agentId)));
    for (const agentId of agentIds)
      await waitFor('the end of it', async () => {
        const { phase } = await site.record(agentId);
        return phase.name === 'present' && phase.restore === null;
      });
    await pause(settledMs);
    for (const agentId of agentIds)
      expect(await site.ctiAgent(agentId)).toMatchObject({ stateName: 'NOT_READY', reasonCode: 42 });
  });
});

describe('processes with different settings', () => {
  const oldLogoutMs = 8_000;
  const newNotReadyMs = 1_500;
  const newLogoutMs = 10_000;
  let folder: string;
  let site: Site;
  /** Of another peripheral. It looks three times before it says so, 15 s apart. */
  let stray: App;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'policies-'));
    const grace = { bye: '0s', lost: '0s' };
    const before = { stages: [{ afterMs: oldLogoutMs, action: 'logout', reasonCode: 255 }], graceMs: grace };
    const after = {
      graceMs: grace,
      stages: [
        { afterMs: newNotReadyMs, action: 'notReady', reasonCode: ourReason },
        { afterMs: newLogoutMs, action: 'logout', reasonCode: 255 },
      ],
    };
    const fileOf = async (name: string, policy: object): Promise<string> => {
      const file = join(folder, name);
      await writeFile(file, JSON.stringify({ default: { massLoss: { lossesMin: 100_000 }, ...policy } }));
      return file;
    };
    const files = { old: await fileOf('old.json', before), new: await fileOf('new.json', after) };
    // Servers begin losses, workers act on them.
    site = await startSite({
      envOf: (app, side) => ({ POLICY_FILE: (app === 'server') === (side === 'primary') ? files.new : files.old }),
    });
    stray = await site.prepare('server', { SIDE: 'primary', CTI_PERIPHERAL_ID: '5001', POLICY_FILE: files.new });
    await stray.start();
    await site.untilIssuable();
  });
  afterAll(async () => {
    await site.stop();
    await rm(folder, { recursive: true });
  });

  it.each(['primary', 'secondary'] as const)(
    'sign nobody out earlier than either policy allows: lost on the %s side',
    async (side) => {
      const agentIds = side === 'primary' ? ['1001', '1002', '1003'] : ['1004', '1005', '1006'];
      await Promise.all(agentIds.map((agentId) => site.signIn(agentId)));
      const desktops = await Promise.all(agentIds.map((agentId) => site.open(agentId, side)));
      const lostAt = Date.now();
      for (const desktop of desktops) desktop.crash();
      await Promise.all(agentIds.map((agentId) => site.untilOutcome(agentId, 'loggedOut')));
      for (const agentId of agentIds)
        for (const { at } of await site.logouts(agentId))
          expect(at - lostAt).toBeGreaterThanOrEqual(Math.min(oldLogoutMs, newLogoutMs));
    },
  );

  it('raise an alarm in every process with both policies, and a figure', async () => {
    for (const app of [...Object.values(site.servers), ...Object.values(site.workers)]) {
      const alarm = await waitFor(`${app.url} to tell of the difference`, () =>
        app.lines.find((line) => line.includes('acts by another policy') && line.includes('"alarm":true')),
      );
      const values = [String(oldLogoutMs), String(newNotReadyMs)];
      expect(alarm).toMatch(
        new RegExp(`default\\.stages\\.0\\.afterMs is (${values.join('|')}) here and (${values.join('|')}) there`),
      );
      const figure = async (): Promise<string> =>
        /^lastcall_policies_differing .*$/m.exec(await (await fetch(`${app.url}/metrics`)).text())?.[0] ?? 'none';
      // The first process that differs is told of before the second one has said what it acts by.
      const both = 'lastcall_policies_differing 2';
      await waitFor(both, async () => (await figure()) === both, { seen: figure });
    }
  });

  it('raise an alarm in the one that has another peripheral, and would be alone unseen', async () => {
    const alarm = await waitFor(
      'the alarm',
      () => stray.lines.find((line) => line.includes('This server acts for peripheral 5001')),
      { seen: () => stray.lines.at(-1) },
    );
    expect(alarm).toContain('"alarm":true');
    const workers = Object.values(site.workers).length;
    expect(alarm).toMatch(
      new RegExp(`no worker at this Redis does: ([^,;]+, ){${String(workers - 1)}}[^,;]+ for peripheral`),
    );
    expect(await (await fetch(`${stray.url}/metrics`)).text()).toMatch(/^lastcall_peripheral_alone 1$/m);
  });
});
