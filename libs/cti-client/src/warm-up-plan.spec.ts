import { ATTEMPTS_MAX, type Enquiry, PREFERRED_MAX, WarmUpPlan } from './warm-up-plan';

function begun(agents: readonly string[], agentsMax = 100): WarmUpPlan {
  const plan = new WarmUpPlan(agentsMax);
  for (const agentId of agents) plan.learn(agentId);
  plan.begin();
  plan.settleSources();
  return plan;
}

const takeAll = (plan: WarmUpPlan): Enquiry[] => {
  const all: Enquiry[] = [];
  for (let next = plan.take(); next !== undefined; next = plan.take()) all.push(next);
  return all;
};
const names = (enquiries: Enquiry[]): string[] => enquiries.map(({ agentId }) => agentId);

describe('the plan of a warm-up', () => {
  it('is complete when every agent was asked about and all sources have spoken, and not before', () => {
    const plan = new WarmUpPlan(100);
    plan.learn('1001');
    plan.begin();
    const [enquiry] = takeAll(plan);
    plan.settle(enquiry!, true);
    expect(plan.progress).toMatchObject({ phase: 'filling', waiting: 0, underWay: 0 });
    plan.learn('1002');
    plan.settleSources();
    expect(plan.progress).toMatchObject({ phase: 'filling', waiting: 1 });
    const [late] = takeAll(plan);
    expect(plan.progress).toMatchObject({ phase: 'filling', underWay: 1 });
    plan.settle(late!, true);
    expect(plan.progress).toMatchObject({ phase: 'complete', agents: 2 });
  });

  it('is not complete while somebody is still being asked about', () => {
    const plan = begun(['1001', '1002']);
    const [first, second] = takeAll(plan);
    plan.settle(first!, true);
    expect(plan.progress).toMatchObject({ phase: 'filling', waiting: 0, underWay: 1 });
    plan.settle(second!, true);
    expect(plan.progress.phase).toBe('complete');
  });

  it('waits for its sources again after a gap', () => {
    const plan = begun(['1001']);
    plan.gap();
    plan.begin();
    for (const enquiry of takeAll(plan)) plan.settle(enquiry, true);
    expect(plan.progress.phase).toBe('filling');
    plan.settleSources();
    expect(plan.progress.phase).toBe('complete');
  });

  it('is complete at once where nobody is known', () => {
    expect(begun([]).progress.phase).toBe('complete');
  });

  it('is void after a gap until everybody was asked about again; names stay', () => {
    const plan = begun(['1001', '1002']);
    const [first, second] = takeAll(plan);
    plan.settle(first!, true);
    plan.gap();
    expect(plan.progress).toMatchObject({ phase: 'void', agents: 2, waiting: 0, underWay: 0 });
    plan.begin();
    plan.settleSources();
    plan.settle(second!, true);
    expect(plan.progress).toMatchObject({ phase: 'filling', waiting: 2 });
    for (const enquiry of takeAll(plan)) plan.settle(enquiry, true);
    expect(plan.progress.phase).toBe('complete');
  });

  it('believes no answer from before a gap, even about an agent who is being asked about again', () => {
    const plan = begun(['1001']);
    const [old] = takeAll(plan);
    plan.gap();
    plan.begin();
    plan.settleSources();
    const [current] = takeAll(plan);
    plan.settle(old!, true);
    expect(plan.progress).toMatchObject({ phase: 'filling', underWay: 1 });
    plan.settle(current!, true);
    expect(plan.progress.phase).toBe('complete');
  });

  it('asks again after a pause, a limited number of times, and counts those who stay unanswered', () => {
    const plan = begun(['1001', '1002']);
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      for (const enquiry of takeAll(plan)) plan.settle(enquiry, enquiry.agentId === '1002');
      if (attempt === ATTEMPTS_MAX) break;
      expect(plan.hasNext).toBe(false);
      expect(plan.mustPause).toBe(true);
      expect(plan.progress.phase).toBe('filling');
      plan.resume();
    }
    expect(plan.mustPause).toBe(false);
    expect(plan.progress).toMatchObject({ phase: 'complete', unanswered: 1, waiting: 0 });
  });

  it('asks again about an agent of whom something is not known any more, and stays complete', () => {
    const plan = begun(['1001']);
    for (const enquiry of takeAll(plan)) plan.settle(enquiry, true);
    plan.renew('1001');
    plan.renew('1001');
    plan.renew('1003');
    expect(plan.progress).toMatchObject({ phase: 'complete', waiting: 2 });
    expect(names(takeAll(plan))).toEqual(['1001', '1003']);
    plan.renew('1001');
    expect(plan.hasNext).toBe(false);
  });

  it('asks first about those whom somebody needed, the latest ones where they are too many', () => {
    const plan = new WarmUpPlan(10_000);
    for (const agentId of ['a', 'b', 'c']) plan.learn(agentId);
    plan.prefer('c');
    plan.prefer('unheard of');
    plan.begin();
    expect(names(takeAll(plan))).toEqual(['c', 'a', 'b']);
    for (let count = 0; count < PREFERRED_MAX; count++) plan.prefer(`other ${count}`);
    plan.gap();
    plan.begin();
    expect(names(takeAll(plan))).toEqual(['a', 'b', 'c']);
  });

  it('asks nobody about an agent who is gone, and is complete without it', () => {
    const plan = begun(['1001']);
    plan.forget('1001');
    expect(plan.take()).toBeUndefined();
    expect(plan.progress).toMatchObject({ phase: 'complete', agents: 0 });
  });

  it('turns names away beyond its limit', () => {
    const plan = begun(['1', '2', '3'], 2);
    plan.renew('4');
    expect(plan.progress).toMatchObject({ agents: 2, waiting: 2, turnedAway: 2 });
  });
});
