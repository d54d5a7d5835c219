import { defaultPolicy, type Policy } from './policy';
import { calmFacts } from './fixtures.spec-support';
import { confirmed, desktop, second, Story } from './story.spec-support';
import { unknownAgentMsMax } from './transitions';

/** Agents who are signed in without a desktop when no loss of theirs is under way. */
const onPrimary = desktop('tab-1');
const signedOut = { type: 'signedOut', evidence: '' } as const;
const lost = (policy?: Policy): Story => new Story(policy).opens(onPrimary).loses(onPrimary);
const due = (): Story => lost().after(60 * second);

describe('an agent who is signed in again without a desktop', () => {
  it.each([
    ['during the grace', lost],
    ['while held', () => due().isLookedAt({ ...calmFacts, heldByOperator: true })],
  ] as const)('by phone %s is a new loss with a grace of its own, and is signed out', (_, story) => {
    const ghost = story().happens(signedOut).after(second).signsIn();
    expect(ghost.agent.phase).toMatchObject({
      name: 'grace',
      loss: { cause: 'withoutDesktop', desktop: null },
      dueAt: ghost.now + 120 * second,
    });
    expect(ghost.after(120 * second).isLookedAt().requests).toHaveLength(1);
  });

  it('after our own logout is one, too', () => {
    const ghost = due().isLookedAt().answers(confirmed()).after(second).signsIn();
    expect(ghost.agent.phase).toMatchObject({ name: 'grace', loss: { cause: 'withoutDesktop' } });
  });

  it('and opens a desktop within the grace is present', () => {
    const ghost = due().isLookedAt().answers(confirmed()).signsIn().opens(onPrimary);
    expect(ghost.agent.phase.name).toBe('present');
  });
});

describe('an agent whom LOAD 0 made Not Ready', () => {
  const notReady = (): Story => due().isLookedAt().answers(confirmed('notReady'));

  it('stays so: nothing is routed to it', () => {
    expect(notReady().signsIn(false).agent.phase).toMatchObject({ name: 'settled', outcome: 'notReady' });
  });

  it('is a ghost again when somebody makes it Ready elsewhere', () => {
    expect(notReady().signsIn(true).agent.phase).toMatchObject({ name: 'grace', loss: { cause: 'withoutDesktop' } });
  });
});

describe('an agent whose loss an operator cancelled', () => {
  it('stays signed in for as long as it is, and no longer', () => {
    const story = lost().happens({ type: 'operatorCancelled', by: 'mia' });
    expect(story.signsIn(true).agent.phase).toMatchObject({ name: 'settled', outcome: 'cancelledByOperator' });
    story.happens(signedOut).signsIn(true);
    expect(story.agent.phase).toMatchObject({ name: 'grace', loss: { cause: 'withoutDesktop' } });
  });
});

describe('an agent who never had a desktop', () => {
  const of = (withoutDesktop: Policy['withoutDesktop']): Story => new Story({ ...defaultPolicy, withoutDesktop });

  it('is left alone by default', () => {
    const story = of('leave');
    const { agent } = story;
    expect(story.signsIn(true).agent).toBe(agent);
  });

  it('is signed out where the policy says so, all gates kept', () => {
    const story = of('logout')
      .signsIn(true)
      .after(120 * second);
    expect(story.isLookedAt({ ...calmFacts, onCall: true }).requests).toEqual([]);
    expect(story.isLookedAt().requests).toHaveLength(1);
  });

  it('raises one alarm where the policy says so, and nothing is sent', () => {
    const story = of('warn')
      .signsIn(true)
      .after(120 * second)
      .isLookedAt();
    expect(story.requests).toEqual([]);
    expect(story.outcomes).toEqual(['warned']);
    expect(story.asksFor('alarm')).toBe(true);
    expect(story.signsIn(true).agent.phase).toMatchObject({ name: 'settled', outcome: 'warned' });
  });

  it('has had one from then on', () => {
    const story = of('leave').opens(onPrimary).happens(signedOut).loses(onPrimary).signsIn(true);
    expect(story.agent.phase).toMatchObject({ name: 'grace', loss: { cause: 'withoutDesktop' } });
  });
});

describe('an agent whom the CTI server does not know', () => {
  it('is held and not settled, and an alarm comes within a minute', () => {
    const unknown = { ...calmFacts, isKnown: false } as const;
    const story = due().isLookedAt(unknown);
    expect(story.agent.phase).toMatchObject({ name: 'held', reasons: ['unknownAgent'] });
    expect(
      story
        .after(unknownAgentMsMax + second)
        .isLookedAt(unknown)
        .asksFor('alarm'),
    ).toBe(true);
    expect(story.isLookedAt().requests).toHaveLength(1);
  });

  it('is not taken for signed out after a doubt either', () => {
    const story = due().isLookedAt().answers({ kind: 'inDoubt', notReadyCode: null, evidence: '' });
    story.answers({ kind: 'unknownAgent', evidence: 'it has just come back' });
    expect(story.agent.phase).toMatchObject({ name: 'held', reasons: ['unknownAgent'] });
  });

  it('goes on keeping a desktop waiting: a request may have had its effect', () => {
    const story = due().isLookedAt().opens(onPrimary).answers({ kind: 'inDoubt', notReadyCode: null, evidence: '' });
    story.answers({ kind: 'unknownAgent', evidence: 'it has just come back' });
    expect(story.agent.phase.name).toBe('issuing');
  });
});

describe('a desktop that is reported by another server', () => {
  const feed = { ...onPrimary, connection: 'feed/1001/tab-1' };
  const moved = { ...feed, side: 'secondary', serverId: 'secondary-1' } as const;

  it('is that server’s from then on', () => {
    const story = new Story().opens(feed).opens(moved);
    expect(story.agent).toMatchObject({ epoch: 1, desktops: { [feed.connection]: moved } });
    expect(story.happens({ type: 'serverLost', serverId: 'primary-1' }).agent.phase.name).toBe('present');
    expect(story.loses(moved).agent.phase.name).toBe('grace');
  });

  it('is not lost with the lease of the server that its feed has left, and the journal says why', () => {
    const story = new Story().opens(feed).opens(moved).loses(feed, 'feedLost');
    expect(story.agent).toMatchObject({ phase: { name: 'present' }, desktops: { [feed.connection]: moved } });
    expect(story.entries.at(-1)).toMatchObject({
      what: 'suppressed',
      sentence: expect.stringContaining('secondary-1 was, and holds it') as string,
    });
    expect(story.loses(moved, 'feedLost').agent.phase.name).toBe('grace');
  });
});
