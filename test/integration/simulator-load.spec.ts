import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CtiSimulator } from '../kit/cti-simulator';
import { RawClient } from './simulator.spec-support';
import { waitFor } from '../kit/wait';

const scenario = `
name: a few
seed: 3
agents: 4
rampSeconds: 0.1
calls:
  perAgentPerMinute: 60
  talkSeconds: 0.2
`;
const yaml = { 'content-type': 'application/yaml' };

describe('a scenario in the simulator', () => {
  let simulator: CtiSimulator;
  const folder = mkdtempSync(join(tmpdir(), 'scenario-'));

  beforeAll(async () => {
    simulator = await CtiSimulator.start();
  });

  afterEach(async () => {
    await simulator.request('DELETE', '/scenario');
  });

  afterAll(async () => {
    await simulator.stop();
    rmSync(folder, { recursive: true });
  });

  async function progress(): Promise<Record<string, unknown>> {
    return (await simulator.get('/scenario')).body as Record<string, unknown>;
  }

  it('makes agents sign in and talk, tells its progress, and leaves nothing behind when it is stopped', async () => {
    expect(await progress()).toEqual({ phase: 'none' });
    const client = await RawClient.open(simulator.ports.a);
    expect(await simulator.request('POST', '/scenario', scenario, yaml)).toMatchObject({
      status: 200,
      body: { phase: 'running', name: 'a few', seed: 3, agents: 4, durationMs: null },
    });
    for (const type of [30, 23, 9, 10, 14, 13, 24]) await client.next(type);
    expect(await simulator.request('POST', '/scenario', scenario, yaml)).toMatchObject({
      status: 409,
      body: { code: 'scenarioRunning' },
    });
    expect(await progress()).toMatchObject({ signIns: 4, refused: 0 });
    expect(await simulator.request('DELETE', '/scenario')).toMatchObject({ body: { phase: 'stopped', callsOpen: 0 } });
    expect((await simulator.get('/calls')).body).toEqual([]);
    expect((await simulator.get('/agents/1001')).body).toMatchObject({ stateName: 'LOGOUT' });
    client.socket.destroy();
  });

  it('is taken as JSON, and ends by itself after its duration', async () => {
    await simulator.post('/scenario', { name: 'short', agents: 2, rampSeconds: 0, durationSeconds: 0.05 });
    await waitFor('the end of the scenario', async () => (await progress())['phase'] === 'finished', {
      seen: progress,
    });
    expect(await progress()).toMatchObject({ phase: 'finished', elapsedMs: 50, signIns: 2 });
  });

  it('is refused with line and field, as JSON with the field', async () => {
    const faulty = `${scenario}churn:\n  signedInSeconds: never\n`;
    expect(await simulator.request('POST', '/scenario', faulty, yaml)).toMatchObject({
      status: 400,
      body: { code: 'invalidScenario', field: 'churn.signedInSeconds', line: 10 },
    });
    expect(await simulator.post('/scenario', { name: 'x', agents: 0 })).toMatchObject({
      status: 400,
      body: { code: 'invalidScenario', field: 'agents' },
    });
    expect(await simulator.post('/scenario', { name: 'x', agents: 1, desktops: { side: 'primary' } })).toMatchObject({
      status: 409,
      body: { code: 'noServers' },
    });
    expect(await progress()).not.toMatchObject({ phase: 'running' });
  });

  it('starts with the process when SIM_SCENARIO names it', async () => {
    const file = join(folder, 'few.yaml');
    writeFileSync(file, scenario);
    const other = await CtiSimulator.start({ SIM_SCENARIO: file });
    try {
      expect((await other.get('/scenario')).body).toMatchObject({ phase: 'running', agents: 4 });
    } finally {
      expect(await other.stop()).toBe(0);
    }
  });

  it('keeps the process from starting when the file is faulty', async () => {
    const file = join(folder, 'faulty.yaml');
    writeFileSync(file, scenario.replace('agents: 4', 'agents: none'));
    await expect(CtiSimulator.start({ SIM_SCENARIO: file })).rejects.toThrow('simulator is not up');
  });
});
