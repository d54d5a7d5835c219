import { policyOfGraces } from './default-policy';
import { parsePolicies, type Policies } from './policy-file';
import { policySummary } from './policy-summary';

const fallback = policyOfGraces({ graceMs: 60_000, graceServerLostMs: 120_000 });
const from = (text: string): Policies => parsePolicies(text, 'a test', fallback);

describe('the summary of what a process acts by', () => {
  it('is the same for the same policies in another order or spelling', () => {
    const one = from('teams: { a: { heldMsMax: 10m }, b: {} }\nagents: { "1": a, "2": b }');
    const other = from('agents: { "2": b, "1": a }\nteams: { b: {}, a: { heldMsMax: 600s } }');
    expect(policySummary(one)).toEqual(policySummary(other));
  });

  it.each([
    ['a grace', 'default: { graceMs: { lost: 61s } }', 'default.graceMs.lost', '61000'],
    [
      'a stage of a team',
      'teams: { a: { stages: [{ afterMs: 5s, action: notReady, reasonCode: 7 }] } }',
      'teams.a.stages.0.action',
      'notReady',
    ],
  ])('differs by %s, and says where', (_, text, place, value) => {
    const differs = policySummary(from(text));
    expect(differs.digest).not.toBe(policySummary(from('')).digest);
    expect(differs.values[place]).toBe(value);
  });

  it('differs by the team of an agent', () => {
    const teams = 'teams: { a: {}, b: {} }\nagents: ';
    const digests = [policySummary(from(`${teams}{ "1": a }`)), policySummary(from(`${teams}{ "1": b }`))].map(
      ({ digest }) => digest,
    );
    expect(new Set(digests).size).toBe(2);
  });
});
