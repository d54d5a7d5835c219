import { ConfigError } from '#config/config-error';
import { defaultPolicy } from '#domain/policy';
import { checkTimes } from './check-times';

const policies = {
  default: defaultPolicy,
  teams: new Map([['sales', { ...defaultPolicy, issuingMsMax: 10_000 }]]),
  agents: new Map(),
};

describe('the times of a worker', () => {
  it('fit as they come', () => {
    expect(() => {
      checkTimes({ ...policies, teams: new Map() }, 20_000);
    }).not.toThrow();
  });

  it('are refused where another worker could ask before this one has given up, naming the policy', () => {
    expect(() => {
      checkTimes(policies, 20_000);
    }).toThrow(ConfigError);
    expect(() => {
      checkTimes(policies, 20_000);
    }).toThrow(/teams\.sales\.issuingMsMax.*42000 ms/);
  });
});
