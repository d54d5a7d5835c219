import { type Agent, type AgentKey, type HoldReason, type Side, unseenAgent } from '#domain/agent';
import { aLoss } from '#domain/fixtures.spec-support';
import { pino } from 'pino';
import { heldPageSize, HeldWaker } from './held-waker';

function heldAgent(agentId: string, reasons: readonly HoldReason[], side: Side = 'primary'): Agent {
  const desktop = { connection: agentId, desktopId: 'd', side, serverId: 's' };
  return {
    ...unseenAgent({ peripheralId: 5000, agentId }),
    phase: { name: 'held', loss: aLoss({ desktop }), dueAt: 0, reasons },
  };
}

function wakerOf(held: readonly Agent[], fault?: Error) {
  const woken: string[] = [];
  const lines: string[] = [];
  const waker = new HeldWaker({
    roll: {
      now: () => Promise.resolve(0),
      overdue: (_, { limit, offset = 0 }) => Promise.resolve(held.slice(offset, offset + limit)),
    },
    wakeUps: {
      wakeNow: ({ agentId }: AgentKey) => {
        if (fault !== undefined) return Promise.reject(fault);
        woken.push(agentId);
        return Promise.resolve();
      },
    },
    log: pino({ level: 'warn' }, { write: (line: string) => lines.push(line) }),
  });
  return { waker, woken, lines };
}

describe('waking held losses', () => {
  const held = [
    heldAgent('1001', ['outage']),
    heldAgent('1002', ['call', 'outage'], 'secondary'),
    heldAgent('1003', ['massLoss']),
    heldAgent('1004', ['massLoss'], 'secondary'),
  ];

  it('wakes those that are held for a reason that is over, and no others', async () => {
    const { waker, woken } = wakerOf(held);
    await waker.wake(['outage', 'rejected']);
    expect(woken).toEqual(['1001', '1002']);
  });

  it('wakes those of one side alone where the reason was that side’s', async () => {
    const { waker, woken } = wakerOf(held);
    await waker.wake(['massLoss'], 'secondary');
    expect(woken).toEqual(['1004']);
  });

  it('goes through all pages', async () => {
    const many = Array.from({ length: 2 * heldPageSize + 1 }, (_, n) => heldAgent(String(n), ['outage']));
    const { waker, woken } = wakerOf(many);
    await waker.wake(['outage']);
    expect(woken).toHaveLength(many.length);
  });

  it('says when it cannot, and goes on the next time', async () => {
    const { waker, lines } = wakerOf(held, new Error('Redis is away'));
    await waker.wake(['outage']);
    await waker.wake(['outage']);
    expect(lines).toHaveLength(2);
  });
});
