import { type Agent } from '#domain/agent';
import { Journal } from '#store/journal';
import { type Anchor, ChainCheck } from '#store/journal-chain';
import { LastLookAnswerer, LastLookAsker } from '#store/last-look';
import { Sides } from '#store/sides';
import { desktopOf, leaseMs, peripheralId, StoreBench } from './store.spec-support';

const bench = StoreBench.forTests();

describe('a side', () => {
  it('is held once, by the first, until it is released', async () => {
    const sides = new Sides(bench().redis, { peripheralId });
    expect(await sides.hold('primary', 'ann|a')).toBe(true);
    expect(await sides.hold('primary', 'bob')).toBe(false);
    const [hold] = await sides.holds();
    expect(hold).toMatchObject({ side: 'primary', by: 'ann|a' });
    expect(Math.abs((hold?.since ?? 0) - (await bench().roll.now()))).toBeLessThan(5_000);
    expect(await sides.release('primary')).toBe(true);
    expect(await sides.release('primary')).toBe(false);
    expect(await sides.holds()).toEqual([]);
  });

  it('counts each present agent once, however many of its servers hold a desktop of it', async () => {
    const servers = bench().leases;
    for (const serverId of ['primary-1', 'primary-2']) await servers.renew(serverId, 'primary', '');
    await servers.renew('secondary-1', 'secondary', '');
    await bench().openDesktop('1001', 'primary-1');
    await bench().openDesktop('1001', 'primary-2');
    await bench().openDesktop('1002', 'primary-2');
    await bench().openDesktop('1002', 'secondary-1');
    const sides = new Sides(bench().redis, { peripheralId });
    expect([await sides.presentCount('primary'), await sides.presentCount('secondary')]).toEqual([2, 1]);
    await bench().loseDesktop('1001', 'primary-1');
    expect(await sides.presentCount('primary')).toBe(2);
    await bench().loseDesktop('1001', 'primary-2');
    expect(await sides.presentCount('primary')).toBe(1);
  });

  it('counts agents that were lost in a window, without those that said goodbye', async () => {
    for (const agentId of ['1001', '1002', '1003']) await bench().openDesktop(agentId);
    await bench().loseDesktop('1001');
    await bench().loseDesktop('1002', 'primary-1', 'bye');
    await bench().loseDesktop('1003');
    await bench().openDesktop('1003');
    const sides = new Sides(bench().redis, { peripheralId });
    const now = await bench().roll.now();
    expect(await sides.lossCount('primary', now - 10_000, now)).toBe(2);
    expect(await sides.lossCount('primary', now + 1_000, now + 2_000)).toBe(0);
    expect(await sides.lossCount('secondary', now - 10_000, now)).toBe(0);
  });
});

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

  it('finds what is overdue, and only that, and pages through it', async () => {
    for (const agentId of ['1001', '1002', '1003']) {
      await bench().openDesktop(agentId);
      await bench().loseDesktop(agentId);
    }
    const reader = bench().roll;
    const now = await reader.now();
    const phases = ['grace'] as const;
    expect(await reader.overdue(now, { phases, limit: 10 })).toEqual([]);
    const later = now + 61_000;
    expect(await reader.overdue(later, { phases, limit: 10 })).toHaveLength(3);
    expect(await reader.overdue(later, { phases, limit: 2 })).toHaveLength(2);
    expect(await reader.overdue(later, { phases, limit: 2, offset: 2 })).toHaveLength(1);
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

describe('the last look', () => {
  async function answering(
    serverId: string,
    held: readonly string[],
    unseen: readonly string[] = [],
  ): Promise<LastLookAnswerer> {
    await bench().leases.renew(serverId, serverId.startsWith('primary') ? 'primary' : 'secondary', '');
    const answerer = new LastLookAnswerer(bench().open('subscriber'), bench().redis, {
      peripheralId,
      serverId,
      holds: (agentIds) =>
        Promise.resolve(
          agentIds.map((agentId) => {
            if (unseen.includes(agentId)) return { unknown: 'out of sight' };
            return held.includes(agentId) ? desktopOf(agentId, serverId) : undefined;
          }),
        ),
    });
    await answerer.start();
    return answerer;
  }
  const asker = (timeoutMs: number): LastLookAsker =>
    new LastLookAsker(bench().redis, bench().open('subscriber'), bench().leases, { peripheralId, timeoutMs });

  it('asks every live server, and believes one yes', async () => {
    await answering('primary-1', []);
    await answering('secondary-1', ['1002']);
    const look = asker(leaseMs);
    const answers = await Promise.all([look.ask('1001'), look.ask('1002')]);
    expect(answers).toEqual([
      { answer: 'none', asked: ['primary-1', 'secondary-1'] },
      { answer: 'holds', desktop: desktopOf('1002', 'secondary-1') },
    ]);
    await look.close();
  });

  it('names a live server that says nothing, unless another one says yes', async () => {
    await answering('primary-1', ['1002']);
    await bench().leases.renew('secondary-1', 'secondary', '');
    const look = asker(100);
    expect(await look.ask('1001')).toEqual({ answer: 'silent', serverId: 'secondary-1' });
    await bench().leases.renew('primary-1', 'primary', '');
    await bench().leases.renew('secondary-1', 'secondary', '');
    expect(await look.ask('1002')).toMatchObject({ answer: 'holds' });
  });

  it('is told that a server cannot tell, unless another one says yes', async () => {
    await answering('primary-1', ['1002']);
    await answering('secondary-1', [], ['1001', '1002']);
    const look = asker(leaseMs);
    expect(await Promise.all([look.ask('1001'), look.ask('1002'), look.ask('1003')])).toEqual([
      { answer: 'unknown', serverId: 'secondary-1', why: 'out of sight' },
      { answer: 'holds', desktop: desktopOf('1002', 'primary-1') },
      { answer: 'none', asked: ['primary-1', 'secondary-1'] },
    ]);
    await look.close();
  });

  it('believes no answer that leaves an agent out', async () => {
    await bench().leases.renew('primary-1', 'primary', '');
    const subscriber = bench().open('subscriber');
    await subscriber.subscribe('{5000}:last-look');
    subscriber.on('message', (_, text: string) => {
      const { id, answers } = JSON.parse(text) as { id: string; answers: string };
      void bench().redis.publish(answers, JSON.stringify({ id, serverId: 'primary-1', looks: [] }));
    });
    const look = asker(leaseMs);
    expect(await look.ask('1001')).toEqual({ answer: 'silent', serverId: 'primary-1' });
    await look.close();
  });

  it('asks nobody when no server lives, and ignores what is not an answer', async () => {
    const look = asker(100);
    expect(await look.ask('1001')).toEqual({ answer: 'none', asked: [] });
    const answerer = await answering('primary-1', []);
    await bench().redis.publish('{5000}:last-look', 'rubbish');
    await bench().redis.publish('{5000}:last-look', '{"id":1}');
    expect(await look.ask('1001')).toEqual({ answer: 'none', asked: ['primary-1'] });
    await answerer.close();
    await bench().leases.renew('primary-1', 'primary', '');
    expect(await look.ask('1001')).toEqual({ answer: 'silent', serverId: 'primary-1' });
  });
});
