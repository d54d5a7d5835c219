import { defaultPolicy } from './policy';
import { calmFacts } from './fixtures.spec-support';
import { desktop, second, Story } from './story.spec-support';

const onPrimary = desktop('tab-1');
const onSecondary = desktop('tab-1', 'secondary');
const lost = (): Story => new Story().opens(onPrimary).loses(onPrimary);

describe('a source of presence that cannot tell', () => {
  // reliability: "a stream that closes within 5 s of a burst of unavailable means source unknown, not agents gone".
  it('holds the logout as an outage while its server answers the last look with "unknown"', () => {
    const look = { answer: 'unknown', serverId: 'primary-1', why: 'its XMPP stream is down' } as const;
    const story = lost()
      .after(60 * second)
      .isLookedAt(calmFacts, look);
    expect(story.requests).toEqual([]);
    expect(story.agent.phase).toMatchObject({ name: 'held', reasons: ['outage'] });
    expect(story.entries.at(-1)).toMatchObject({
      sentence: expect.stringContaining('its XMPP stream is down') as string,
    });
  });

  it('gives the loss the grace of a lost server when it is back and still does not see the desktop', () => {
    const story = lost()
      .after(300 * second)
      .happens({ type: 'sourceReturned', connection: onPrimary.connection, seenBy: 'primary-1' });
    expect(story.agent.phase).toMatchObject({ name: 'grace', dueAt: story.now + 120 * second });
    expect(story.commands).toMatchObject([
      { type: 'armWakeUp', at: story.now + 120 * second },
      { entry: { what: 'graceRenewed' } },
    ]);
    expect(story.isLookedAt().requests).toEqual([]);
    expect(story.after(120 * second).isLookedAt().requests).toHaveLength(1);
  });

  it('changes nothing of a loss that another connection began, of a present agent, or of one an operator let go', () => {
    const returned = { type: 'sourceReturned', connection: onSecondary.connection, seenBy: 'secondary-1' } as const;
    expect(lost().happens(returned).commands).toEqual([]);
    expect(new Story().opens(onPrimary).happens(returned).commands).toEqual([]);
    const released = lost()
      .after(60 * second)
      .isLookedAt({ ...calmFacts, massLossUntil: Number.MAX_SAFE_INTEGER })
      .happens({ type: 'operatorReleased', by: 'mia' })
      .happens({ ...returned, connection: onPrimary.connection });
    expect(released.commands).toEqual([]);
  });

  it('never shortens a wait', () => {
    const policy = { ...defaultPolicy, graceMs: { ...defaultPolicy.graceMs, lost: 180 * second } };
    const story = new Story(policy).opens(onPrimary).loses(onPrimary);
    const before = story.agent.phase;
    story.happens({ type: 'sourceReturned', connection: onPrimary.connection, seenBy: 'primary-1' });
    expect(story.agent.phase).toMatchObject({ dueAt: story.now + 180 * second });
    expect(before).toMatchObject({ dueAt: story.now + 180 * second });
  });
});

describe('an agent who asks to be signed in through us', () => {
  const asks = { type: 'signInAsked', evidence: 'PUT /finesse/api/User/1001 on the secondary side.' } as const;

  it('gets the whole grace again under a new epoch, so that a logout being prepared is stale', () => {
    const story = lost().after(60 * second);
    const { epoch } = story.agent;
    story.happens(asks);
    expect(story.agent).toMatchObject({
      epoch: epoch + 1,
      phase: { name: 'grace', dueAt: story.now + 60 * second, loss: { epoch } },
    });
    story.happens({ type: 'factsFound', epoch, facts: calmFacts });
    expect(story.commands).toEqual([]);
    expect(story.isLookedAt().requests).toEqual([]);
  });

  it('waits while a request is being issued: nothing of the record changes', () => {
    const story = lost()
      .after(60 * second)
      .isLookedAt();
    const before = story.agent;
    expect(before.phase.name).toBe('issuing');
    expect(story.happens(asks).agent).toBe(before);
    expect(story.commands).toEqual([]);
  });

  it('changes nothing while a desktop is open, and nothing for an agent who never had one', () => {
    expect(new Story().opens(onPrimary).happens(asks).commands).toEqual([]);
    expect(new Story().happens(asks).agent.phase).toEqual({ name: 'unseen' });
  });
});
