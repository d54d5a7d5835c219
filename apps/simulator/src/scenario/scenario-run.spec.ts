import { contactCentre, inWords } from '../model/model.spec-support';
import { type Scenario } from './scenario-file';
import { ScenarioRun } from './scenario-run';

const steady: Scenario = {
  name: 'small',
  seed: 9,
  agents: 20,
  rampSeconds: 2,
  calls: { perAgentPerMinute: 4, talkSeconds: { min: 3, max: 9 } },
};
const scenario: Scenario = { ...steady, churn: { signedInSeconds: 30, signedOutSeconds: 5 } };
const fiveMinutesMs = 300_000;

function play(turnMs: number, change: Partial<Scenario> = {}) {
  const { centre, told } = contactCentre();
  const run = new ScenarioRun({ ...scenario, ...change }, centre, undefined);
  for (let nowMs = 0; nowMs <= fiveMinutesMs; nowMs += turnMs) run.advance(nowMs);
  return { centre, run, told };
}

describe('a scenario that runs', () => {
  it('does the same again for the same seed, however often its turn comes', () => {
    const often = inWords(play(10).told);
    expect(often.length).toBeGreaterThan(1_000);
    expect(inWords(play(2_500).told)).toEqual(often);
    expect(inWords(play(10, { seed: 10 }).told)).not.toEqual(often);
  });

  it('counts what it did, and refuses nothing while nobody else touches its agents', () => {
    const { run, told } = play(10);
    const { view } = run;
    expect(view).toMatchObject({ refused: 0, desktopCrashes: 0, lateMsMax: 10 });
    expect(told.filter((event) => event.kind === 'call' && event.step === 'established').length).toBe(
      view.callsStarted,
    );
    expect(told.filter((event) => event.kind === 'agentState' && event.standing.state === 'LOGIN').length).toBe(
      view.signIns,
    );
    expect(view.signIns - view.signOuts).toBeLessThanOrEqual(scenario.agents);
  });

  it('goes on when an agent was signed out by somebody else, and counts the deeds that could not be', () => {
    const { centre } = contactCentre();
    const run = new ScenarioRun({ ...steady, agents: 1 }, centre, undefined);
    run.advance(2_000);
    const agent = centre.agents.find('1001');
    if (agent === undefined) throw new Error('the scenario made no agent');
    centre.agents.carryOut(agent, { kind: 'apply', standing: { state: 'LOGOUT', reasonCode: 50002 } });
    run.advance(fiveMinutesMs);
    expect(run.view.refused).toBeGreaterThan(5);
    expect(agent.shown.state).toBe('LOGOUT');
  });

  it('leaves no call and nobody signed in at its end', () => {
    const { centre, run } = play(10);
    run.end();
    expect([...centre.calls.all]).toEqual([]);
    expect([...centre.agents.all].filter((agent) => agent.shown.state !== 'LOGOUT')).toEqual([]);
    expect(run.view.callsOpen).toBe(0);
  });

  it('opens, closes and crashes the desktops of its agents', () => {
    const deeds: string[] = [];
    const note = (deed: string) => (agentId: string) => deeds.push(`${deed} ${agentId}`);
    const { centre } = contactCentre();
    const desktops = { open: note('open'), close: note('close'), crash: note('crash') };
    const wanted = { side: 'primary', crashShare: 0.5 } as const;
    const run = new ScenarioRun({ ...scenario, agents: 1, desktops: wanted }, centre, desktops);
    run.advance(fiveMinutesMs);
    expect(deeds.filter((deed) => deed === 'open 1001').length).toBe(run.view.signIns);
    expect(deeds.filter((deed) => deed === 'crash 1001').length).toBe(run.view.desktopCrashes);
    expect(run.view.desktopCrashes).toBeGreaterThan(0);
    expect(deeds.filter((deed) => deed === 'close 1001').length).toBe(run.view.signOuts);
  });
});
