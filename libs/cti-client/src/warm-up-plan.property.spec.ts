import fc from 'fast-check';
import { type Enquiry, WarmUpPlan } from './warm-up-plan';

const AGENTS_MAX = 5;

const anyStep = fc.record({
  order: fc.constantFrom(
    'learn',
    'renew',
    'forget',
    'prefer',
    'gap',
    'begin',
    'settleSources',
    'take',
    'answer',
    'fail',
    'resume',
  ),
  agentId: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
} as const);

type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

/** Plays a history as the warm-up does: it begins only when void, and settles only what it took. */
function play(steps: readonly Step[]) {
  const plan = new WarmUpPlan(AGENTS_MAX);
  const out: Enquiry[] = [];
  /** Who exists, and who of them was not yet asked about to an end since the last gap. */
  const agents = new Set<string>();
  let isMissing = new Set<string>();
  for (const { order, agentId } of steps) {
    const wasVoid = plan.isVoid;
    if (order === 'take') {
      const enquiry = plan.take();
      if (enquiry !== undefined) out.push(enquiry);
    } else if (order === 'answer' || order === 'fail') {
      const enquiry = out.shift();
      const before = plan.progress.unanswered;
      const beforeRound = plan.progress.underWay;
      if (enquiry !== undefined) plan.settle(enquiry, order === 'answer');
      const counted = plan.progress.underWay < beforeRound;
      if (counted && (order === 'answer' || plan.progress.unanswered > before))
        isMissing.delete(enquiry?.agentId ?? '');
    } else if (order === 'learn' || order === 'renew') {
      const isNew = !agents.has(agentId) && agents.size < AGENTS_MAX;
      plan[order](agentId);
      if (isNew) agents.add(agentId);
      if (isNew && plan.progress.phase === 'filling') isMissing.add(agentId);
    } else if (order === 'forget') {
      plan.forget(agentId);
      agents.delete(agentId);
      isMissing.delete(agentId);
    } else if (order === 'prefer') plan.prefer(agentId);
    else if (order === 'gap') plan.gap();
    else if (order === 'begin' && wasVoid) {
      plan.begin();
      isMissing = new Set(agents);
    } else if (order === 'settleSources' && !wasVoid) plan.settleSources();
    else if (order === 'resume') plan.resume();
  }
  return { plan, agents, isMissing };
}

const anyHistory = fc.array(anyStep, { maxLength: 80 });

describe('in every history of a warm-up', () => {
  it('complete means that every agent who was known while it filled was asked about to an end since the gap', () => {
    fc.assert(
      fc.property(anyHistory, (steps) => {
        const { plan, isMissing } = play(steps);
        if (plan.progress.phase === 'complete') expect([...isMissing]).toEqual([]);
      }),
    );
  });

  it('nothing grows beyond the number of agents, who are those that were learnt', () => {
    fc.assert(
      fc.property(anyHistory, (steps) => {
        const { plan, agents } = play(steps);
        const { waiting, underWay, unanswered, agents: count } = plan.progress;
        expect(count).toBe(agents.size);
        expect(waiting).toBeLessThanOrEqual(AGENTS_MAX);
        expect(unanswered).toBeLessThanOrEqual(AGENTS_MAX);
        if (plan.isVoid) expect([waiting, underWay, unanswered]).toEqual([0, 0, 0]);
      }),
    );
  });

  it('it becomes complete when it is left to itself and everybody answers', () => {
    fc.assert(
      fc.property(anyHistory, (steps) => {
        const { plan } = play(steps);
        plan.gap();
        plan.begin();
        plan.settleSources();
        for (let next = plan.take(); next !== undefined; next = plan.take()) plan.settle(next, true);
        expect(plan.progress.phase).toBe('complete');
      }),
    );
  });
});
