import { type Facts, type RequestResult } from './event';
import { defaultPolicy, type Policy } from './policy';
import { calmFacts } from './fixtures.spec-support';
import { confirmed, desktop, second, Story } from './story.spec-support';

/**
 * A CTI server may keep a change of state behind a call (UCCX; UCCE where the request names a supervisor). "Still signed
 * in" is no outcome then: the agent would be signed out at the end of the call, with the desktop open again.
 */
const onPrimary = desktop('tab-1');
const onSecondary = desktop('tab-1', 'secondary');
const ready: Facts = { ...calmFacts, isReady: true, state: 'AVAILABLE' };

type Pending = Extract<RequestResult, { kind: 'pending' }>;
const logoutPending: Pending = { kind: 'pending', state: 'logout', notReadyCode: 20001, evidence: 'TALKING' };
const notReadyPending: Pending = { kind: 'pending', state: 'notReady', notReadyCode: null, evidence: 'TALKING' };

const issued = (facts: Facts = ready, policy: Policy = defaultPolicy): Story =>
  new Story(policy)
    .opens(onPrimary)
    .loses(onPrimary)
    .after(60 * second)
    .isLookedAt(facts);

describe('a logout that the CTI server keeps until the call ends', () => {
  it('is not settled, and a desktop that opens is not acknowledged before it was withdrawn', () => {
    const story = issued().answers(logoutPending).after(second).opens(onSecondary);
    expect(story.agent.phase.name).toBe('issuing');
    expect(story.asksFor('wakeNow')).toBe(true);
    story.happens({ type: 'wokenUp', epoch: 2 });
    expect(story.commands).toContainEqual({
      type: 'withdraw',
      epoch: 2,
      attempts: 1,
      to: 'notReady',
      reasonCode: 20001,
      logoutReasonCode: 255,
    });
    story.answers({ kind: 'withdrawn', evidence: 'next state NOT_READY' });
    expect(story.agent).toMatchObject({ signedIn: 'unknown', phase: { name: 'present' } });
    expect(story.outcomes).toEqual(['returned']);
  });

  it('is withdrawn at once when the desktop was there before the answer', () => {
    const story = issued().opens(onSecondary).answers(logoutPending);
    expect(story.asksFor('wakeNow')).toBe(true);
    expect(story.happens({ type: 'wokenUp', epoch: 2 }).asksFor('withdraw')).toBe(true);
  });

  it('is withdrawn by one worker at a time', () => {
    const story = issued().answers(logoutPending).opens(onSecondary).happens({ type: 'wokenUp', epoch: 2 });
    expect(story.happens({ type: 'wokenUp', epoch: 2 }).asksFor('withdraw')).toBe(false);
    story.after(defaultPolicy.issuingMsMax).happens({ type: 'wokenUp', epoch: 2 });
    expect(story.asksFor('withdraw')).toBe(true);
  });

  it('makes the agent who is back sign in again when the call was over first', () => {
    const story = issued().answers(logoutPending).opens(onSecondary).happens({ type: 'wokenUp', epoch: 2 });
    story.answers(confirmed());
    expect(story.agent).toMatchObject({ signedIn: 'no', phase: { name: 'present' } });
  });

  it('is looked at again while nobody is back, and settled by the end of the call', () => {
    const story = issued().answers(logoutPending);
    expect(story.commands).toContainEqual({
      type: 'armWakeUp',
      epoch: 2,
      at: story.now + defaultPolicy.heldLookMs,
    });
    story.after(defaultPolicy.heldLookMs).happens({ type: 'wokenUp', epoch: 2 });
    expect(story.asksFor('settleDoubt')).toBe(true);
    expect(story.answers(logoutPending).entries.filter(({ what }) => what === 'pending')).toHaveLength(1);
    story.happens({ type: 'signedOut', evidence: 'The call ended.' });
    expect(story.agent).toMatchObject({ signedIn: 'no', phase: { name: 'settled', outcome: 'loggedOut' } });
  });

  it('is asked for again when the call ended without it', () => {
    const story = issued()
      .answers(logoutPending)
      .after(defaultPolicy.heldLookMs)
      .happens({ type: 'wokenUp', epoch: 2 });
    story.answers({ kind: 'rejected', evidence: 'still signed in', onCall: false, notReadyCode: null });
    expect(story.agent.phase).toMatchObject({ name: 'held', reasons: ['rejected'] });
  });

  it('raises an alarm when the call goes on for too long, once', () => {
    const story = issued()
      .answers(logoutPending)
      .after(defaultPolicy.heldMsMax + second);
    story.answers(logoutPending).answers(logoutPending);
    expect(story.entries.filter(({ what }) => what === 'alarm')).toHaveLength(1);
  });

  it('goes on as a loss when the agent who came back has gone again', () => {
    const story = issued().answers(logoutPending).opens(onSecondary).happens({ type: 'wokenUp', epoch: 2 });
    story.loses(onSecondary).answers({ kind: 'withdrawn', evidence: '' });
    expect(story.agent.phase).toMatchObject({ name: 'held', reasons: ['call'] });
  });
});

describe('a logout that LOAD 0 turned into Not Ready before it could be withdrawn', () => {
  it('is the outcome of the loss, and the agent who is back is present', () => {
    const story = issued(calmFacts).answers(notReadyPending).opens(onSecondary).happens({ type: 'wokenUp', epoch: 2 });
    story.answers(confirmed('notReady'));
    expect(story.agent.phase).toEqual({ name: 'present', restore: null });
    expect(story.outcomes).toEqual(['notReady']);
  });
});

describe('what replaces a pending state is what the agent would have without us', () => {
  const withdrawal = (facts: Facts, pending: Pending, policy?: Policy) =>
    issued(facts, policy)
      .answers(pending)
      .opens(onSecondary)
      .happens({ type: 'wokenUp', epoch: 2 })
      .commands.find(({ type }) => type === 'withdraw');

  it('Ready for an agent who was Ready when Not Ready began to wait', () => {
    expect(withdrawal(ready, notReadyPending)).toMatchObject({ to: 'ready' });
  });

  it('Not Ready for one who was not', () => {
    expect(withdrawal(calmFacts, notReadyPending)).toMatchObject({ to: 'notReady' });
  });

  it("Not Ready for the agent's own reason, where the request found the agent in it", () => {
    const facts: Facts = { ...calmFacts, notReadyReason: 7 };
    expect(withdrawal(facts, notReadyPending)).toMatchObject({ to: 'notReady', reasonCode: 7 });
  });

  it('Not Ready for our own reason, where that stands', () => {
    const facts: Facts = { ...calmFacts, notReadyReason: 7 };
    expect(withdrawal(facts, logoutPending)).toMatchObject({ to: 'notReady', reasonCode: 20001 });
  });

  it('Not Ready where our Not Ready took effect before, unless the policy gives Ready back', () => {
    expect(withdrawal(ready, logoutPending)).toMatchObject({ to: 'notReady' });
    expect(withdrawal(ready, logoutPending, { ...defaultPolicy, restoreOnReturn: true })).toMatchObject({
      to: 'ready',
    });
  });
});
