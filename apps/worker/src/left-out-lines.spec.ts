import { type LeftOut } from '#store/agent-lines';
import { LeftOutLines, overAfterMs } from './left-out-lines';

function setUp() {
  const lines: [string, object | string][] = [];
  const state = { nowMs: 0, leftOut: [] as LeftOut[] };
  const log = {
    warn: (fields: object) => lines.push(['warn', fields]),
    info: (text: string) => lines.push(['info', text]),
  };
  const leftOutLines = new LeftOutLines({
    journal: { tellLeftOut: () => Promise.resolve(state.leftOut) },
    log: log as never,
    monotonicMs: () => state.nowMs,
  });
  return { leftOutLines, lines, state };
}

const some: LeftOut[] = [
  { agentId: '1001', losses: 4, suppressed: 1, signIns: 0 },
  { agentId: '1002', losses: 0, suppressed: 2, signIns: 0 },
];

describe('lines that were left out of the journal', () => {
  it('are answered, and logged once when they begin and once when they end', async () => {
    const { leftOutLines, lines, state } = setUp();
    expect(await leftOutLines.tell()).toEqual([]);
    state.leftOut = some;
    expect(await leftOutLines.tell()).toEqual(some);
    expect(lines).toEqual([['warn', { agentIds: ['1001', '1002'], agents: 2, lines: 11 }]]);
    state.nowMs += overAfterMs - 1;
    await leftOutLines.tell();
    state.leftOut = [];
    state.nowMs += overAfterMs - 1;
    await leftOutLines.tell();
    expect(lines).toHaveLength(1);
    state.nowMs += 1;
    await leftOutLines.tell();
    expect(lines.slice(1)).toEqual([['info', 'no lines about agents are left out of the journal any more']]);
    state.leftOut = some;
    await leftOutLines.tell();
    expect(lines.map(([level]) => level)).toEqual(['warn', 'info', 'warn']);
  });

  it('are logged with a few of very many agents', async () => {
    const { leftOutLines, lines, state } = setUp();
    state.leftOut = Array.from({ length: 100 }, (_, n) => ({
      agentId: String(n),
      losses: 1,
      suppressed: 0,
      signIns: 0,
    }));
    await leftOutLines.tell();
    expect(lines[0]?.[1]).toMatchObject({ agents: 100, lines: 200, agentIds: { length: 10 } });
  });
});
