import { unseenAgent } from '#domain/agent';
import { aLoss } from '#domain/fixtures.spec-support';
import { type AgentEvent } from '#domain/event';
import { type Handled } from '#engine/engine';
import { gateWaitMsMax, SignInGate } from './sign-in-gate';

const loss = aLoss({ epoch: 3, attempts: 1 });
const issuing = { name: 'issuing', loss, dueAt: 0, since: 0, deadline: 1, pending: null } as const;

describe('the gate of sign-ins', () => {
  const key = { peripheralId: 5000, agentId: '1001' };
  let nowMs: number;
  let events: AgentEvent[];
  beforeEach(() => {
    nowMs = 0;
    events = [];
  });

  /** A record that is being issued for so many looks. */
  function gate(issuingLooks: number, fault?: Error): SignInGate {
    const handle = (_key: unknown, event: AgentEvent): Promise<Handled> => {
      events.push(event);
      if (fault !== undefined) return Promise.reject(fault);
      const agent = unseenAgent(key);
      return Promise.resolve({
        changed: false,
        agent: events.length > issuingLooks ? agent : { ...agent, phase: issuing },
      });
    };
    const pause = (ms: number): Promise<void> => {
      nowMs += ms;
      return Promise.resolve();
    };
    return new SignInGate({ engine: { handle }, peripheralId: 5000, pause, monotonicMs: () => nowMs });
  }

  it('commits the sign-in, and is open when nothing is being issued', async () => {
    expect(await gate(0).pass('1001', 'by REST')).toBe('open');
    expect(events).toEqual([{ type: 'signInAsked', evidence: 'by REST' }]);
  });

  it('waits for the outcome of a logout that is on its way', async () => {
    expect(await gate(7).pass('1001', 'by REST')).toBe('open');
    expect([events.length, nowMs]).toEqual([8, 700]);
  });

  it('does not wait for ever', async () => {
    expect(await gate(Number.POSITIVE_INFINITY).pass('1001', 'by REST')).toBe('issuing');
    expect(nowMs).toBe(gateWaitMsMax);
  });

  it('stays shut when the store does not answer', async () => {
    expect(await gate(0, new Error('away')).pass('1001', 'by REST')).toBe('storeAway');
    expect(events).toHaveLength(1);
  });
});
