import { ConfigError } from '#config/config-error';
import { defaultPolicy } from '#domain/policy';
import { checkTimes } from './check-times';

const policies = {
  default: defaultPolicy,
  teams: new Map([['sales', { ...defaultPolicy, issuingMsMax: 10_000 }]]),
  agents: new Map(),
};

const times = { ctiRequestTimeoutMs: 20_000, leaseMs: 15_000 };

describe('the times of a worker', () => {
  it('fit as they come', () => {
    expect(() => {
      checkTimes({ ...policies, teams: new Map() }, times);
    }).not.toThrow();
  });

  it('are refused where a lease would be over before it is believed', () => {
    expect(() => {
      checkTimes({ ...policies, teams: new Map() }, { ...times, leaseMs: 2_000 });
    }).toThrow(/LEASE_MS/);
  });

  it('are refused where another worker could ask before this one has given up, naming the policy', () => {
    expect(() => {
      checkTimes(policies, times);
    }).toThrow(ConfigError);
    expect(() => {
      checkTimes(policies, times);
    }).toThrow(/teams\.sales\.issuingMsMax.*42000 ms/);
  });
});
