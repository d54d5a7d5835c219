import { type Agent } from '#domain/agent';
import { peripheralId } from '#store/contract/agents.spec-support';
import { Journal } from '#store/journal';
import { type Anchor, ChainCheck } from '#store/journal-chain';
import { StoreBench } from './store.spec-support';

const bench = StoreBench.forTests();

describe('the roll', () => {
  it('counts and lists agents by phase', async () => {
    for (const agentId of ['1001', '1002', '1003', '1004']) await bench().openDesktop(agentId);
    await bench().loseDesktop('1004');
    // A longer grace, so that the order is certain.
    await bench().happen('1003', { type: 'serverLost', serverId: 'primary-1' });
    const reader = bench().roll;
    expect(await reader.phaseCounts()).toEqual({ unseen: 0, present: 2, grace: 2, held: 0, issuing: 0, settled: 0 });
    const idsOf = (agents: Agent[]): string[] => agents.map(({ key }) => key.agentId);
    expect(idsOf(await reader.byPhase('present', { limit: 1, offset: 1 }))).toEqual(['1002']);
    expect(idsOf(await reader.byPhase('grace', { limit: 5 }))).toEqual(['1004', '1003']);
    expect(idsOf(await reader.agents(['1003', '9999', '1001']))).toEqual(['1003', '1001']);
    await bench().openDesktop('1004');
    expect(await reader.phaseCounts()).toMatchObject({ present: 3, grace: 1 });
  });
});

describe('the journal', () => {
  it('puts losses together, the latest first, by agent, outcome and time, in pages', async () => {
    for (const agentId of ['1001', '1002', '1003']) {
      await bench().openDesktop(agentId);
      await bench().loseDesktop(agentId);
    }
    await bench().openDesktop('1002');
    const journal = new Journal(bench().redis, { peripheralId });
    const all = await journal.read({ limit: 10 });
    expect(all.map(({ agentId, outcome }) => [agentId, outcome])).toEqual([
      ['1003', null],
      ['1002', 'returned'],
      ['1001', null],
    ]);
    expect(all[1]).toMatchObject({ epoch: 2, cause: 'lost', side: 'primary', desktopId: 'desk-1002' });
    expect(all[1]?.sentence).toMatch(/^Back after/);
    expect(await journal.read({ limit: 10, agent: '1001' })).toEqual([all[2]]);
    expect(await journal.read({ limit: 10, outcome: 'returned' })).toEqual([all[1]]);
    expect(await journal.read({ limit: 1, before: all[0]?.id ?? '' })).toEqual([all[1]]);
    expect(await journal.read({ limit: 10, since: (all[2]?.lostAt ?? 0) + 60_000 })).toEqual([]);
    await journal.close();
  });

  it('tells the story of one loss in order, and tails what comes', async () => {
    const journal = new Journal(bench().redis, { peripheralId });
    // Not '$': that is the end of the stream when Redis reads the order, which may be after the first line.
    const waiting = journal.tail('0', 5_000, 10);
    await bench().openDesktop('1001');
    await bench().loseDesktop('1001');
    expect((await waiting).map(({ entry }) => entry.what)).toEqual(['lossBegan']);
    await bench().openDesktop('1001');
    await bench().loseDesktop('1001');
    const story = await journal.story('1001', 2);
    expect(story.map(({ entry }) => entry.what)).toEqual(['lossBegan', 'outcome']);
    expect(await journal.story('1001', 77)).toEqual([]);
    expect(await journal.tail(story[0]?.id ?? '', 0, 1)).toEqual([story[1]]);
    await journal.close();
  });

  it('is a chain: a line that was changed, removed or put in shows, and so does one that is missing at the end', async () => {
    for (const agentId of ['1001', '1002', '1003']) {
      await bench().openDesktop(agentId);
      await bench().loseDesktop(agentId);
    }
    const journal = new Journal(bench().redis, { peripheralId });
    await journal.note({ what: 'operatorActed', loss: null, by: 'mia', sentence: 'Mia held a side.' });
    await bench().openDesktop('1002');
    const checked = async (anchor: Anchor | null = null): Promise<ChainCheck> => {
      const check = new ChainCheck(anchor);
      for await (const line of journal.raw()) check.add(line);
      check.finish(await journal.head());
      return check;
    };
    const whole = await checked();
    expect([whole.lines, whole.breaks]).toEqual([5, []]);

    const key = '{5000}:journal';
    const [, second, , , last] = await bench().redis.xrange(key, '-', '+');
    await bench().redis.xdel(key, second?.[0] ?? '');
    expect((await checked()).breaks.map(({ kind }) => kind)).toEqual(['changed']);
    await bench().redis.xdel(key, last?.[0] ?? '');
    expect((await checked()).breaks.map(({ kind }) => kind)).toEqual(['changed', 'head']);
    expect((await checked(whole.head)).breaks.map(({ kind }) => kind)).toContain('anchor');
    await journal.close();
  });

  it('loses its oldest lines by age, and the chain of the others holds', async () => {
    await bench().openDesktop('1001');
    await Promise.all(Array.from({ length: 300 }, () => bench().loseDesktop('1002')));
    const journal = new Journal(bench().redis, { peripheralId });
    const before = await bench().redis.xlen('{5000}:journal');
    const [, , middle] = (await bench().redis.xrange('{5000}:journal', '-', '+', 'COUNT', 250)).slice(-3);
    const removed = await journal.trim(Number(middle?.[0].split('-')[0]) + 1);
    expect(removed).toBeGreaterThan(0);
    const check = new ChainCheck();
    for await (const line of journal.raw()) check.add(line);
    check.finish(await journal.head());
    expect(check.lines).toBe(before - removed);
    expect(check.breaks).toEqual([]);
    await journal.close();
  });

  it('reads back over many lines', async () => {
    await bench().openDesktop('1001');
    await bench().loseDesktop('1001');
    await Promise.all(Array.from({ length: 1_200 }, () => bench().loseDesktop('1002')));
    const journal = new Journal(bench().redis, { peripheralId });
    expect(await journal.read({ limit: 10 })).toHaveLength(1);
    expect(await journal.story('1001', 2)).toHaveLength(1);
  });
});
