import { pino } from 'pino';
import { type Agent, type AgentKey, unseenAgent } from '#domain/agent';
import { aLoss } from '#domain/fixtures.spec-support';
import { type AgentEvent } from '#domain/event';
import { overdueMax, Sweep } from './sweep';

function setUp() {
  const handled: [string, AgentEvent][] = [];
  const clock = { unsettled: null as string | null };
  const looks: number[] = [];
  const removed: string[] = [];
  const lines: string[] = [];
  const armed: [string, number][] = [];
  const ensured: string[] = [];
  const held: Agent[] = [];
  const restoring: Agent[] = [];
  const leftOut = [{ agentId: '1001', losses: 3, suppressed: 1, signIns: 0 }];
  const onServer = new Map([['primary-1', ['1001', '1002']]]);
  const overdue: Agent[] = [{ ...unseenAgent({ peripheralId: 5000, agentId: '1003' }), epoch: 7 }];
  const sweep = new Sweep({
    peripheralId: 5000,
    servers: {
      lapsed: () => Promise.resolve([{ serverId: 'primary-1', side: 'primary' as const }]),
      agentsOf: (serverId) => Promise.resolve(onServer.get(serverId) ?? []),
      remove: (serverId) => {
        removed.push(serverId);
        return Promise.resolve('removed' as const);
      },
    },
    roll: {
      now: () => Promise.resolve(1_000_000),
      overdue: (_, { phases, limit, offset = 0 }) =>
        Promise.resolve((phases[0] === 'held' ? held : overdue).slice(offset, offset + limit)),
      restoring: () => Promise.resolve(restoring),
    },
    engine: {
      handle: (key: AgentKey, event: AgentEvent) => {
        handled.push([key.agentId, event]);
        onServer.set(
          'primary-1',
          (onServer.get('primary-1') ?? []).filter((agentId) => agentId !== key.agentId),
        );
        return Promise.resolve({ agent: unseenAgent(key), changed: true });
      },
    },
    journal: { trim: () => Promise.resolve(0) },
    journalKeepMs: 1,
    leftOutLines: { tell: () => Promise.resolve(leftOut) },
    clock: {
      look: () => {
        looks.push(handled.length);
        return Promise.resolve();
      },
      unsettled: () => clock.unsettled,
    },
    leaseMs: 15_000,
    sideWatch: { judge: () => Promise.resolve() },
    wakeUps: {
      arm: (key: AgentKey, epoch: number) => {
        armed.push([key.agentId, epoch]);
        return Promise.resolve();
      },
      ensure: (key: AgentKey) => {
        ensured.push(key.agentId);
        return Promise.resolve();
      },
    },
    log: pino({ level: 'info' }, { write: (line: string) => lines.push(line) }),
  });
  return { sweep, clock, looks, handled, removed, armed, ensured, overdue, held, restoring, leftOut, lines };
}

describe('the sweep', () => {
  it('closes the desktops of a server whose lease has ended, and forgets the server', async () => {
    const { sweep, handled, removed, leftOut } = setUp();
    const report = await sweep.run();
    expect(handled).toEqual([
      ['1001', { type: 'serverLost', serverId: 'primary-1' }],
      ['1002', { type: 'serverLost', serverId: 'primary-1' }],
    ]);
    expect(removed).toEqual(['primary-1']);
    expect(report).toEqual({ serversLost: 1, desktopsClosed: 2, overdue: 1, leftOut });
  });

  it('takes no lease for ended while the time of the store is not settled', async () => {
    const { sweep, clock, looks, handled, removed } = setUp();
    clock.unsettled = 'it stepped';
    expect(await sweep.run()).toMatchObject({ serversLost: 0, desktopsClosed: 0, overdue: 1 });
    expect([handled, removed]).toEqual([[], []]);
    expect(looks).toEqual([0]);
  });

  it('raises one alarm for losses that nobody looks at, and says when it is over', async () => {
    const { sweep, overdue, lines } = setUp();
    const desktop = null;
    const loss = aLoss({ desktop });
    overdue.splice(0, 1, {
      ...unseenAgent({ peripheralId: 5000, agentId: '1003' }),
      phase: { name: 'grace', loss, dueAt: 0 },
    });
    await sweep.run();
    await sweep.run();
    expect(lines.filter((line) => line.includes('"alarm":true'))).toHaveLength(1);
    expect(lines.join()).toContain('1003');
    overdue.length = 0;
    await sweep.run();
    expect(lines.at(-1)).toContain('looked at again');
  });

  it('gives every overdue record a wake-up, whatever became of its job', async () => {
    const { sweep, armed } = setUp();
    await sweep.run();
    expect(armed).toEqual([['1003', 7]]);
  });

  it('leaves held losses their own times, and sees to all of them in turn however many they are', async () => {
    const { sweep, armed, ensured, held } = setUp();
    const count = overdueMax + 10;
    for (let n = 0; n < count; n++) held.push(unseenAgent({ peripheralId: 5000, agentId: String(2_000 + n) }));
    await sweep.run();
    expect(ensured).toHaveLength(overdueMax);
    await sweep.run();
    expect(new Set(ensured).size).toBe(count);
    await sweep.run();
    expect(ensured).toHaveLength(count + overdueMax);
    expect(armed.map(([agentId]) => agentId)).toEqual(['1003', '1003', '1003']);
  });

  it('sees to it that Ready is given back although the wake-up for it was lost', async () => {
    const { sweep, ensured, restoring } = setUp();
    restoring.push(unseenAgent({ peripheralId: 5000, agentId: '1009' }));
    await sweep.run();
    expect(ensured).toEqual(['1009']);
  });
});
