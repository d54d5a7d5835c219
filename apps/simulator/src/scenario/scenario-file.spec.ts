import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { loadScenario, readScenario, readScenarioText } from './scenario-file';

const minimal = 'name: small\nagents: 3\n';

function faultsOf(text: string): string[] {
  const reading = readScenarioText(text);
  if (reading.kind === 'scenario') return [];
  return reading.problems.map(({ line, field, sentence }) => `${line} ${field} ${sentence}`);
}

describe('a scenario file', () => {
  it('needs a name and agents; seed 1, a ramp of ten seconds and no end are taken for granted', () => {
    expect(readScenarioText(minimal)).toEqual({
      kind: 'scenario',
      scenario: { name: 'small', agents: 3, seed: 1, rampSeconds: 10 },
    });
  });

  it('takes one talk time as a range of one length', () => {
    const text = `${minimal}calls:\n  perAgentPerMinute: 4\n  talkSeconds: 8\n`;
    expect(readScenarioText(text)).toMatchObject({
      scenario: { calls: { perAgentPerMinute: 4, talkSeconds: { min: 8, max: 8 } } },
    });
  });

  it.each([
    ['a value that is out of range', 'name: x\n\nagents: 0\n', /^3 agents .*>=1/],
    ['a field that does not exist', `${minimal}seeds: 4\n`, /^3 seeds Unrecognized key/],
    [
      'a field inside another',
      `${minimal}churn:\n  signedInSeconds: 5\n  signedOutSecs: 5\n`,
      /^5 churn\.signedOutSecs/,
    ],
    ['a field that is missing, by the one around it', `${minimal}calls:\n  talkSeconds: 5\n`, /^3 calls\.perAgentPerM/],
    [
      'a talk time without room',
      `${minimal}calls:\n  perAgentPerMinute: 6\n  talkSeconds: 10\n`,
      /^5 .*leaves no time/,
    ],
    [
      'a range upside down',
      `${minimal}calls:\n  perAgentPerMinute: 1\n  talkSeconds: { min: 9, max: 8 }\n`,
      /^5 calls/,
    ],
    ['crashes without churn', `${minimal}desktops:\n  side: primary\n  crashShare: 0.5\n`, /^5 .*needs churn/],
    ['no YAML at all', `${minimal}calls: [\n`, /^\d the file is no YAML/],
    ['a key given twice', `${minimal}agents: 4\n`, /^3 the file is no YAML \(DUPLICATE_KEY\)/],
  ])('is refused with line and field: %s', (_what, text, fault) => {
    expect(faultsOf(text).some((found) => fault.test(found))).toBe(true);
  });

  it('names every fault at once', () => {
    expect(faultsOf('agents: no\nrampSeconds: -1\n').map((fault) => fault.split(' ')[1])).toEqual([
      'name',
      'agents',
      'rampSeconds',
    ]);
  });

  it('is refused by field alone when it came as JSON', () => {
    expect(readScenario({ name: 'x', agents: 'many' })).toMatchObject({ problems: [{ line: 0, field: 'agents' }] });
    expect(readScenario(undefined)).toMatchObject({ kind: 'faulty' });
  });

  const folder = join(packageRoot(), 'apps/simulator/scenarios');
  it.each(readdirSync(folder))('reads the example %s', (file) => {
    expect(loadScenario(join(folder, file)).agents).toBeGreaterThan(0);
  });

  it('stops the start when it is not there, without repeating what it holds', () => {
    expect(() => loadScenario('/nowhere/load.yaml')).toThrow(/SIM_SCENARIO cannot be read \(ENOENT\)/);
  });
});
