import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from './config-error';
import { policyOfGraces } from './default-policy';
import { loadPolicies, parsePolicies, policyOf } from './policy-file';

const fallback = policyOfGraces({ graceMs: 60_000, graceServerLostMs: 120_000 });

const example = `
default:
  heldMsMax: 10m
teams:
  sales:
    stages:
      - { afterMs: 30s, action: notReady, reasonCode: 50002 }
      - { afterMs: 300000, action: logout, reasonCode: 255 }
    graceMs: { bye: 10s }
    restoreOnReturn: true
  backoffice:
    graceMs: { serverLost: 3m }
agents:
  1001: sales
  0012: backoffice
`;

function problemsOf(text: string): string[] {
  try {
    parsePolicies(text, 'the test', fallback);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ key, sentence }) => `${key} ${sentence}`);
    throw error;
  }
  return [];
}

describe('parsePolicies', () => {
  const policies = parsePolicies(example, 'the test', fallback);

  it("gives an agent of a team the team's policy on top of the default", () => {
    expect(policyOf(policies, '1001')).toEqual({
      ...fallback,
      heldMsMax: 600_000,
      stages: [
        { afterMs: 30_000, action: 'notReady', reasonCode: 50_002 },
        { afterMs: 300_000, action: 'logout', reasonCode: 255 },
      ],
      graceMs: { ...fallback.graceMs, bye: 10_000 },
      restoreOnReturn: true,
    });
  });

  it('keeps the zeros at the front of an agent id', () => {
    expect(policyOf(policies, '0012').graceMs.serverLost).toBe(180_000);
    expect(policyOf(policies, '12')).toBe(policies.default);
  });

  it('gives any other agent the default, even one that is named like a property of objects', () => {
    expect(policyOf(policies, '2000')).toEqual({ ...fallback, heldMsMax: 600_000 });
    expect(policyOf(policies, 'constructor')).toBe(policies.default);
  });

  it('reads JSON as well', () => {
    const json = JSON.stringify({ default: { graceMs: { bye: 5000 }, massLoss: { share: 0.2 } } });
    const { default: policy } = parsePolicies(json, 'the test', fallback);
    expect(policy.graceMs).toEqual({ ...fallback.graceMs, bye: 5_000 });
    expect(policy.massLoss).toEqual({ ...fallback.massLoss, share: 0.2 });
  });

  it('takes an empty file for no wishes', () => {
    expect(parsePolicies('# nothing yet\n', 'the test', fallback).default).toEqual(fallback);
  });

  it.each([
    ['default: { graceMs: { bye: soon } }', 'default.graceMs.bye is not a duration; expected a duration such as'],
    ['teams: { sales: { stages: [] } }', 'teams.sales.stages is empty; expected at least one stage'],
    [
      'teams: { sales: { stages: [{ afterMs: 0, action: call, reasonCode: 70000 }] } }',
      'teams.sales.stages.0.action is not one of these; expected notReady or logout',
    ],
    [
      'default: { stages: [{ afterMs: 2s, action: logout, reasonCode: 1 }, { afterMs: 1s, action: logout, reasonCode: 1 }] }',
      'default.stages is not in order; expected each afterMs above the one before',
    ],
    ['defaults: {}', 'the file has unknown fields: defaults'],
    ['default: { grace: 5s }', 'default has unknown fields: grace'],
    ['default: { graceMs: 5s }', 'default.graceMs is not a set of named fields'],
    ['default: { heldMsMax: [1] }', 'default.heldMsMax is not a single value; expected a duration'],
    ['default: { massLoss: { share: 15 } }', 'default.massLoss.share is not a share; expected a number above 0'],
    ['default: { stages: 5s }', 'default.stages is not a list'],
    ['agents: [1001]', 'agents is not a set of named fields'],
    ['teams: { "a b": {} }', 'teams.a b is not a name; expected letters'],
    ['agents: { 1001: sales }', 'agents.1001 names a team that is not under teams'],
    ['teams: { a: {} }\nagents: { A1: a, a1: a }', 'agents.a1 differs in case alone from agents.A1'],
    ['teams: [', 'line 1 is neither YAML nor JSON'],
    ['just a sentence', 'the file is not a set of named fields'],
  ])('says of %s: %s', (text, problem) => {
    expect(problemsOf(text)[0]).toContain(problem);
  });

  it('reports every fault at once', () => {
    expect(problemsOf('default: { heldMsMax: x, retryMs: y, attemptsMax: 0 }')).toHaveLength(3);
  });
});

describe('loadPolicies', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lastcall-policy-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('reads the file that it is given', () => {
    const path = join(folder, 'policy.yaml');
    writeFileSync(path, example);
    expect(policyOf(loadPolicies(path, fallback), '1001').restoreOnReturn).toBe(true);
  });

  it('gives an agent the policy of its team, however the file spells the id', () => {
    const policies = parsePolicies('teams: { a: { heldMsMax: 5s } }\nagents: { agent001: a }', 'it', fallback);
    expect(policyOf(policies, 'Agent001').heldMsMax).toBe(5_000);
    expect(policyOf(policies, 'Agent01')).toEqual(fallback);
  });

  it('gives everybody the fallback without a file', () => {
    expect(policyOf(loadPolicies(undefined, fallback), '1001')).toBe(fallback);
  });

  it('names a file that is not there', () => {
    expect(() => loadPolicies(join(folder, 'gone.yaml'), fallback)).toThrow(
      /gone\.yaml cannot be used \(1 problem\):\n {2}POLICY_FILE names a file that cannot be read \(ENOENT\)/,
    );
  });
});
