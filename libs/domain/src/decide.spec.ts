import { type Facts } from './event';
import { defaultPolicy, type Policy, restoreMsMax } from './policy';
import { calmFacts } from './fixtures.spec-support';
import { confirmed, desktop, nobodyHolds, second, Story } from './story.spec-support';

const onPrimary = desktop('tab-1');
const onSecondary = desktop('tab-1', 'secondary');

describe('a desktop that is closed, crashes or goes Back', () => {
  // "unavailable → wait 60 s → forced logout", reason 255.
  it.each(['bye', 'lost'] as const)('is followed by a forced logout with reason 255 after 60 s (%s)', (cause) => {
    const story = new Story()
      .opens(onPrimary)
      .loses(onPrimary, cause)
      .after(60 * second)
      .isLookedAt();
    expect(story.requests).toMatchObject([{ action: 'logout', reasonCode: 255, attempts: 1 }]);
    expect(story.answers(confirmed()).agent.phase).toMatchObject({ name: 'settled', outcome: 'loggedOut' });
  });

  it('is not followed by anything before the 60 s are over', () => {
    const story = new Story()
      .opens(onPrimary)
      .loses(onPrimary)
      .after(60 * second - 1)
      .isLookedAt();
    expect(story.requests).toEqual([]);
    expect(story.commands).toEqual([{ type: 'armWakeUp', epoch: 2, at: story.now + 1 }]);
  });

  it('becomes Not Ready where the CTI server has LOAD 0', () => {
    const story = new Story()
      .opens(onPrimary)
      .loses(onPrimary)
      .after(60 * second)
      .isLookedAt();
    expect(story.answers(confirmed('notReady')).outcomes).toEqual(['notReady']);
  });

  // Race 1: "the agent is already signed out when the request goes out".
  it('sends nothing when the agent is already signed out', () => {
    const facts = { ...calmFacts, signedOut: true, state: 'LOGOUT' };
    const story = new Story()
      .opens(onPrimary)
      .loses(onPrimary)
      .after(60 * second)
      .isLookedAt(facts);
    expect(story.requests).toEqual([]);
    expect(story.outcomes).toEqual(['alreadySignedOut']);
  });

  // Race 2: "after a crash the agent signs in on the secondary before the primary's late unavailable".
  it('sends nothing when the loss is told after the agent is back on the secondary, and the journal says why', () => {
    const story = new Story().opens(onPrimary).after(second).opens(onSecondary).after(second).loses(onPrimary);
    expect(story.agent.phase.name).toBe('present');
    expect(story.asksFor('armWakeUp')).toBe(false);
    expect(story.entries.at(-1)).toMatchObject({
      what: 'suppressed',
      sentence: expect.stringContaining('secondary side') as string,
    });
  });

  // Race 3: "on a slow network the unavailable may never arrive: behaves as a crash".
  it('is treated as a crash when no notice of it ever came', () => {
    const story = new Story()
      .opens(onPrimary)
      .after(25 * second)
      .loses(onPrimary, 'lost')
      .after(60 * second)
      .isLookedAt();
    expect(story.requests).toHaveLength(1);
  });
});

describe('a refresh', () => {
  // "wait 60 s so that the browser can come back".
  it('within the grace leads to nothing', () => {
    const again = desktop('tab-1-again');
    const story = new Story()
      .opens(onPrimary)
      .loses(onPrimary)
      .after(2 * second)
      .opens(again);
    expect(story.outcomes).toEqual(['returned']);
    expect(story.commands).toContainEqual({ type: 'disarmWakeUp', epoch: 2 });
    story.after(60 * second).happens({ type: 'wokenUp', epoch: 2 });
    expect(story.commands).toEqual([]);
  });

  it('whose new connection opens before the old one is gone leads to nothing', () => {
    const again = desktop('tab-1-again');
    const story = new Story().opens(onPrimary).opens(again).loses(onPrimary);
    expect(story.agent.phase.name).toBe('present');
  });
});

describe('a network glitch with fail-over', () => {
  // Race 4: "the agent signs in on the secondary before it is sent; on a call, the primary sends it after the call ends".
  it('sends nothing after the call when the agent has come back on the secondary during it', () => {
    const onCall = { ...calmFacts, onCall: true, state: 'TALKING' };
    const story = new Story()
      .opens(onPrimary)
      .loses(onPrimary)
      .after(60 * second)
      .isLookedAt(onCall);
    const heldEpoch = story.agent.epoch;
    expect(story.agent.phase).toMatchObject({ name: 'held', reasons: ['call'] });
    story
      .after(30 * second)
      .opens(onSecondary)
      .after(second)
      .happens({ type: 'wokenUp', epoch: heldEpoch });
    expect(story.requests).toEqual([]);
    expect(story.outcomes).toEqual(['returned']);
  });

  it('gives the desktops of a dead server 120 s, since an ordinary fail-over takes up to 110 s', () => {
    const story = new Story().opens(onPrimary).happens({ type: 'serverLost', serverId: 'primary-1' });
    expect(story.after(119 * second).isLookedAt().requests).toEqual([]);
    expect(story.after(second).isLookedAt().requests).toHaveLength(1);
  });

  it('leaves the other desktops alone when one of two servers dies', () => {
    const story = new Story()
      .opens(onPrimary)
      .opens(onSecondary)
      .happens({ type: 'serverLost', serverId: 'primary-1' });
    expect(story.agent).toMatchObject({ phase: { name: 'present' }, desktops: { 'secondary-1/tab-1': onSecondary } });
  });
});

describe('an agent on a call', () => {
  it('is held, looked at again, and signed out when the call has ended', () => {
    const onCall = { ...calmFacts, onCall: true, state: 'TALKING' };
    const story = new Story()
      .opens(onPrimary)
      .loses(onPrimary)
      .after(60 * second)
      .isLookedAt(onCall);
    expect(story.commands).toContainEqual({ type: 'armWakeUp', epoch: 2, at: story.now + defaultPolicy.heldLookMs });
    expect(story.after(9 * second).isLookedAt().requests).toHaveLength(1);
  });

  it('is not touched when the call began while the servers were asked', () => {
    const story = new Story()
      .opens(onPrimary)
      .loses(onPrimary)
      .after(60 * second);
    story.happens({ type: 'wokenUp', epoch: 2 }).happens({ type: 'factsFound', epoch: 2, facts: calmFacts });
    story.happens({ type: 'lastLookAnswered', epoch: 2, facts: { ...calmFacts, onCall: true }, look: nobodyHolds });
    expect(story.requests).toEqual([]);
    expect(story.agent.phase).toMatchObject({ name: 'held', reasons: ['call'] });
  });

  it('raises one alarm when it is held for too long, and stays held', () => {
    const onCall = { ...calmFacts, onCall: true };
    const story = new Story()
      .opens(onPrimary)
      .loses(onPrimary)
      .after(60 * second)
      .isLookedAt(onCall);
    story
      .after(defaultPolicy.heldMsMax + 1)
      .isLookedAt(onCall)
      .after(60 * second)
      .isLookedAt(onCall);
    expect(story.all.filter(({ type }) => type === 'alarm')).toHaveLength(1);
    expect(story.agent.phase.name).toBe('held');
  });
});

describe('sign-ins and sign-outs at the CTI server', () => {
  it('a sign-out by hand settles the loss and disarms the wake-up', () => {
    const story = new Story()
      .opens(onPrimary)
      .loses(onPrimary, 'bye')
      .after(second)
      .happens({ type: 'signedOut', evidence: '' });
    expect(story.outcomes).toEqual(['alreadySignedOut']);
    expect(story.asksFor('disarmWakeUp')).toBe(true);
  });

  it('a sign-out with the desktop open makes the next desktop ask for a sign-in', () => {
    const story = new Story().opens(onPrimary).happens({ type: 'signedOut', evidence: '' });
    expect(story.agent).toMatchObject({ signedIn: 'no', phase: { name: 'settled', outcome: 'signedOutByAgent' } });
    expect(story.opens(desktop('tab-2')).agent).toMatchObject({ signedIn: 'no', phase: { name: 'present' } });
  });

  it('a desktop that closes after its agent signed out is no loss: there is nothing to lose', () => {
    const story = new Story().opens(onPrimary).happens({ type: 'signedOut', evidence: '' }).loses(onPrimary);
    expect(story.agent).toMatchObject({ desktops: {}, phase: { name: 'settled', outcome: 'signedOutByAgent' } });
    expect(story.commands).toMatchObject([{ type: 'note', entry: { what: 'suppressed', loss: null } }]);
  });

  it('neither is one that opened after the sign-out and closes without a sign-in', () => {
    const story = new Story().opens(onPrimary).happens({ type: 'signedOut', evidence: '' });
    story.opens(onSecondary).loses(onPrimary).loses(onSecondary);
    expect(story.agent.phase).toMatchObject({ name: 'settled', outcome: 'signedOutByAgent' });
    expect(story.asksFor('armWakeUp')).toBe(false);
  });

  it('a desktop that closes while nothing is known of the sign-in begins a loss: the gates will ask', () => {
    const story = new Story().opens(onPrimary).loses(onPrimary);
    expect(story.agent).toMatchObject({ signedIn: 'unknown', phase: { name: 'grace' } });
  });

  it('a sign-in with the desktop still open makes the agent present again', () => {
    const story = new Story().opens(onPrimary).happens({ type: 'signedOut', evidence: '' });
    expect(story.signsIn().agent).toMatchObject({ signedIn: 'yes', phase: { name: 'present' } });
  });

  it('a sign-in in the middle of an ordered logout begins the grace of a lost desktop', () => {
    const story = new Story().opens(onPrimary).happens({ type: 'signedOut', evidence: '' }).loses(onPrimary);
    story.happens({ type: 'operatorOrderedLogout', by: 'mia' });
    const { epoch } = story.agent;
    story.after(5 * second).signsIn();
    expect(story.agent.phase).toMatchObject({ name: 'grace', dueAt: story.now + 60 * second });
    expect(story.happens({ type: 'wokenUp', epoch }).commands).toEqual([]);
  });

  it('are not kept of an agent who never had a desktop', () => {
    const story = new Story();
    const { agent } = story;
    expect(story.signsIn().agent).toBe(agent);
    expect(story.happens({ type: 'signedOut', evidence: '' }).agent).toBe(agent);
  });
});

describe('several desktops', () => {
  it('one of two closes: nothing is due', () => {
    const story = new Story().opens(onPrimary).opens(desktop('tab-2')).loses(onPrimary);
    expect(story.agent.phase.name).toBe('present');
  });

  it('the loss of a connection that is not known is journalled as suppressed', () => {
    const story = new Story().opens(onPrimary).loses(desktop('older'));
    expect(story.entries).toMatchObject([{ what: 'suppressed', loss: null }]);
    expect(story.agent.phase.name).toBe('present');
  });

  it('a server that says again what it holds changes nothing', () => {
    const story = new Story().opens(onPrimary);
    const { agent } = story;
    expect(story.opens(onPrimary).agent).toBe(agent);
  });
});

describe('stages', () => {
  const staged: Policy = {
    ...defaultPolicy,
    graceMs: { bye: 0, lost: 0, serverLost: 120 * second, withoutDesktop: 120 * second, operator: 0 },
    stages: [
      { afterMs: 30 * second, action: 'notReady', reasonCode: 50002 },
      { afterMs: 300 * second, action: 'logout', reasonCode: 255 },
    ],
    restoreOnReturn: true,
  };
  const notReady = { ...confirmed('notReady'), reasonCode: 50002 } as const;
  const wasReady: Facts = { ...calmFacts, isReady: true, state: 'AVAILABLE' };

  it('make the agent Not Ready first and sign it out later, each at its time after the loss', () => {
    const story = new Story(staged)
      .opens(onPrimary)
      .loses(onPrimary)
      .after(30 * second)
      .isLookedAt()
      .answers(notReady);
    expect(story.agent.phase).toMatchObject({ name: 'grace', dueAt: story.now + 270 * second });
    story
      .after(270 * second)
      .isLookedAt()
      .answers(confirmed());
    expect(story.requests.map(({ action }) => action)).toEqual(['notReady', 'logout']);
  });

  it('never come before the grace of their cause', () => {
    const story = new Story(staged).opens(onPrimary).happens({ type: 'serverLost', serverId: 'primary-1' });
    expect(story.agent.phase).toMatchObject({ dueAt: story.now + 120 * second });
  });

  it('are carried out as they stood when their time was set, whatever policy another process has', () => {
    const old: Policy = { ...defaultPolicy, stages: [{ afterMs: 20 * second, action: 'logout', reasonCode: 255 }] };
    const story = new Story(staged).opens(onPrimary).loses(onPrimary);
    story.policy = old;
    story
      .after(30 * second)
      .isLookedAt()
      .answers(notReady);
    expect(story.requests).toMatchObject([{ action: 'notReady', reasonCode: 50002 }]);
    // All stages of the old policy are past, but the agent is still signed in.
    story.after(30 * second).isLookedAt();
    expect(story.requests.at(-1)).toMatchObject({ action: 'logout', reasonCode: 255 });
    const other = new Story(old).opens(onPrimary).loses(onPrimary);
    other.policy = staged;
    other
      .after(60 * second)
      .isLookedAt()
      .answers(confirmed());
    expect(other.requests).toMatchObject([{ action: 'logout', reasonCode: 255 }]);
  });

  it('go on with the next one of the policy that is in force then', () => {
    const story = new Story(staged).opens(onPrimary).loses(onPrimary);
    const [first] = staged.stages;
    story.policy = { ...staged, stages: [first, { afterMs: 60 * second, action: 'logout', reasonCode: 999 }] };
    story
      .after(30 * second)
      .isLookedAt()
      .answers(notReady);
    expect(story.agent.phase).toMatchObject({ name: 'grace', dueAt: story.now + 30 * second });
    story.after(30 * second).isLookedAt();
    expect(story.requests.at(-1)).toMatchObject({ action: 'logout', reasonCode: 999 });
  });

  describe('give back the Ready state they took when the agent returns, where the policy says so', () => {
    const returned = (): Story => {
      const story = new Story(staged).opens(onPrimary).loses(onPrimary);
      return story
        .after(30 * second)
        .isLookedAt(wasReady)
        .answers(notReady)
        .after(5 * second)
        .opens(onSecondary);
    };

    it('by a wake-up after the commit, for the Not Ready that is ours', () => {
      const story = returned();
      expect(story.commands).toContainEqual({ type: 'wakeNow', epoch: 3 });
      expect(story.happens({ type: 'wokenUp', epoch: 3 }).commands).toEqual([
        { type: 'restoreReady', epoch: 3, reasonCode: 50002 },
      ]);
      story.happens({ type: 'restored', epoch: 3, isOver: true, evidence: 'AVAILABLE' });
      expect(story.agent.phase).toEqual({ name: 'present', restore: null });
    });

    it('also when a second desktop opens before it was done', () => {
      const story = returned().opens(desktop('tab-2'));
      expect(story.commands).toContainEqual({ type: 'wakeNow', epoch: 4 });
      expect(story.happens({ type: 'wokenUp', epoch: 4 }).asksFor('restoreReady')).toBe(true);
    });

    it('again until it could be tried, and never later than a minute after the return', () => {
      const story = returned().happens({ type: 'wokenUp', epoch: 3 });
      story.happens({ type: 'restored', epoch: 3, isOver: false, evidence: 'the link is down' });
      expect(story.commands).toEqual([{ type: 'armWakeUp', epoch: 3, at: story.now + staged.retryMs }]);
      story.after(restoreMsMax).happens({ type: 'restored', epoch: 3, isOver: false, evidence: 'the link is down' });
      expect(story.agent.phase).toEqual({ name: 'present', restore: null });
      expect(story.entries.at(-1)).toMatchObject({ what: 'restored', sentence: 'the link is down' });
    });

    it('not hours later, when a lost wake-up is found', () => {
      const story = returned().after(restoreMsMax).opens(desktop('tab-2'));
      story.happens({ type: 'wokenUp', epoch: 4 });
      expect(story.asksFor('restoreReady')).toBe(false);
      expect(story.agent.phase).toEqual({ name: 'present', restore: null });
    });

    it('not to an agent who was not Ready before', () => {
      const story = new Story(staged).opens(onPrimary).loses(onPrimary);
      story
        .after(30 * second)
        .isLookedAt()
        .answers(notReady)
        .opens(onSecondary);
      expect(story.agent.phase).toEqual({ name: 'present', restore: null });
    });
  });
});

describe('an operator', () => {
  it('cancels a loss: the agent stays signed in', () => {
    const story = new Story().opens(onPrimary).loses(onPrimary).happens({ type: 'operatorCancelled', by: 'mia' });
    expect(story.outcomes).toEqual(['cancelledByOperator']);
    expect(story.after(60 * second).happens({ type: 'wokenUp', epoch: 2 }).commands).toEqual([]);
  });

  it('orders the logout of a ghost: grace ends, the gates stay', () => {
    const story = new Story().opens(onPrimary).loses(onPrimary).after(second);
    story.happens({ type: 'operatorOrderedLogout', by: 'mia' });
    expect(story.isLookedAt({ ...calmFacts, onCall: true }).requests).toEqual([]);
    expect(story.isLookedAt().requests).toHaveLength(1);
  });

  it('orders the logout of an agent who never had a desktop here', () => {
    const story = new Story().happens({ type: 'operatorOrderedLogout', by: 'mia' }).isLookedAt();
    expect(story.requests).toHaveLength(1);
  });

  it('cannot sign out an agent with an open desktop', () => {
    const story = new Story().opens(onPrimary).happens({ type: 'operatorOrderedLogout', by: 'mia' });
    expect(story.agent.phase.name).toBe('present');
    expect(story.commands).toEqual([]);
  });
});
