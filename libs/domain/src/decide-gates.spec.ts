import { defaultPolicy, retryMsMax } from './policy';
import { calmFacts } from './fixtures.spec-support';
import { confirmed, desktop, second, Story } from './story.spec-support';

const onPrimary = desktop('tab-1');
const onSecondary = desktop('tab-1', 'secondary');

describe('the gates', () => {
  const due = (): Story =>
    new Story()
      .opens(onPrimary)
      .loses(onPrimary)
      .after(60 * second);

  it.each([
    ['the link is out of service', { link: 'outOfService', why: 'connecting' }, 'outage'],
    [
      'the side that lost the desktop is out of service',
      { ...calmFacts, sideOutageUntil: Number.MAX_SAFE_INTEGER },
      'outage',
    ],
    ['an operator holds the side', { ...calmFacts, heldByOperator: true }, 'operator'],
    ['the side lost too many at once', { ...calmFacts, massLossUntil: Number.MAX_SAFE_INTEGER }, 'massLoss'],
  ] as const)('hold the request while %s', (_, facts, reason) => {
    const story = due().isLookedAt(facts);
    expect(story.agent.phase).toMatchObject({ name: 'held', reasons: [reason] });
    expect(story.after(second).isLookedAt().requests).toHaveLength(1);
  });

  it('ask every live server before a request; one that holds a desktop makes the agent present after all', () => {
    const story = due().isLookedAt(calmFacts, { answer: 'holds', desktop: onSecondary });
    expect(story.requests).toEqual([]);
    expect(story.agent).toMatchObject({
      phase: { name: 'present' },
      desktops: { [onSecondary.connection]: onSecondary },
    });
    expect(story.outcomes).toEqual(['presentAfterAll']);
  });

  it('look again in 5 s when a live server does not answer', () => {
    const story = due().isLookedAt(calmFacts, { answer: 'silent', serverId: 'secondary-1' });
    expect(story.requests).toEqual([]);
    expect(story.commands).toContainEqual({ type: 'armWakeUp', epoch: 2, at: story.now + 5 * second });
  });

  it.each(['generation', 'rate', 'replicas'] as const)('hold the loss when the store refuses for %s', (reason) => {
    const story = due()
      .isLookedAt()
      .happens({ type: 'issuingRefused', epoch: 2, reason, nextAt: null, isTurn: false, evidence: '' });
    expect(story.agent.phase).toMatchObject({ name: 'held', reasons: [reason] });
  });

  it('look again when the loss has its place in the line of those that the rate refused', () => {
    const story = due().isLookedAt();
    const nextAt = story.now + 90 * second;
    story.happens({ type: 'issuingRefused', epoch: 2, reason: 'rate', nextAt, isTurn: true, evidence: '' });
    expect(story.commands).toContainEqual({ type: 'armWakeUp', epoch: 2, at: nextAt });
    expect(story.entries.at(-1)).toMatchObject({
      what: 'held',
      sentence: 'Held: the limit of requests is reached. Its turn is expected in 90.0 s.',
    });
  });

  it('tell no turn to a loss that waits for no limit', () => {
    const story = due().isLookedAt();
    const nextAt = story.now + 15 * second;
    story.happens({ type: 'issuingRefused', epoch: 2, reason: 'generation', nextAt, isTurn: false, evidence: '' });
    expect(story.commands).toContainEqual({ type: 'armWakeUp', epoch: 2, at: nextAt });
    expect(story.entries.at(-1)).toMatchObject({
      sentence: expect.stringMatching(/^(?!.*turn).* It is looked at again in 15\.0 s\.$/) as string,
    });
  });

  it('tell no turn to a loss that has none yet', () => {
    const story = due().isLookedAt();
    const nextAt = story.now + 600 * second;
    const evidence = 'More losses wait than have their turn within 10 min.';
    story.happens({ type: 'issuingRefused', epoch: 2, reason: 'rate', nextAt, isTurn: false, evidence });
    expect(story.commands).toContainEqual({ type: 'armWakeUp', epoch: 2, at: nextAt });
    expect(story.entries.at(-1)).toMatchObject({
      sentence: `Held: the limit of requests is reached. ${evidence} It has no turn yet, and asks for one again in 600.0 s.`,
    });
  });

  it('say when the protection against a mass loss ends at the latest', () => {
    const story = due();
    const massLossUntil = story.now + 90_000;
    expect(story.isLookedAt({ ...calmFacts, massLossUntil }).entries.at(-1)).toMatchObject({
      what: 'held',
      sentence: expect.stringContaining('at the latest in 90.0 s; then the absent have their turns') as string,
    });
  });

  it('let an operator release a mass loss, but never a call', () => {
    const story = due()
      .isLookedAt({ ...calmFacts, massLossUntil: Number.MAX_SAFE_INTEGER })
      .happens({ type: 'operatorReleased', by: 'mia' });
    expect(story.asksFor('wakeNow')).toBe(true);
    expect(story.isLookedAt({ ...calmFacts, massLossUntil: Number.MAX_SAFE_INTEGER, onCall: true }).requests).toEqual(
      [],
    );
    expect(story.isLookedAt({ ...calmFacts, massLossUntil: Number.MAX_SAFE_INTEGER }).requests).toHaveLength(1);
  });
});

describe('while a request is being issued', () => {
  const issuing = (): Story =>
    new Story()
      .opens(onPrimary)
      .loses(onPrimary)
      .after(60 * second)
      .isLookedAt();

  it('a desktop that opens waits for the outcome and must sign in again when it was a logout', () => {
    const story = issuing().opens(onSecondary);
    expect(story.agent.phase.name).toBe('issuing');
    story.answers(confirmed());
    expect(story.agent).toMatchObject({ phase: { name: 'present' }, signedIn: 'no', epoch: 3 });
  });

  it('a desktop that waits stops every further request when this one had no effect', () => {
    const story = issuing()
      .opens(onSecondary)
      .answers({ kind: 'rejected', evidence: '', onCall: false, notReadyCode: null });
    expect(story.agent.phase.name).toBe('present');
    expect(story.requests).toHaveLength(1);
  });

  it('a desktop that waited and left again changes nothing', () => {
    const story = issuing().opens(onSecondary).loses(onSecondary).answers(confirmed());
    expect(story.agent.phase).toMatchObject({ name: 'settled', outcome: 'loggedOut' });
  });

  it('no answer is in doubt: the CTI server is asked, nothing is sent again', () => {
    const story = issuing()
      .answers({ kind: 'inDoubt', notReadyCode: null, evidence: 'no event within 20 s' })
      .after(defaultPolicy.retryMs);
    story.happens({ type: 'wokenUp', epoch: 2 });
    expect(story.commands).toEqual([{ type: 'settleDoubt', epoch: 2, attempts: 1, action: 'logout' }]);
    expect(story.requests).toHaveLength(1);
  });

  it('whoever finds the record after its deadline asks the CTI server: the worker died', () => {
    const story = issuing().happens({ type: 'wokenUp', epoch: 2 });
    expect(story.asksFor('settleDoubt')).toBe(false);
    story.after(defaultPolicy.issuingMsMax).happens({ type: 'wokenUp', epoch: 2 });
    expect(story.asksFor('settleDoubt')).toBe(true);
  });

  it('a rejection is tried again with back-off, raises one alarm, and goes on for as long as the agent is a ghost', () => {
    const story = issuing();
    const waits: number[] = [];
    for (let attempt = 1; attempt <= 20; attempt++) {
      story.answers({ kind: 'rejected', evidence: 'CF 22', onCall: false, notReadyCode: null });
      const armed = story.commands.find((command) => command.type === 'armWakeUp');
      waits.push((armed?.at ?? 0) - story.now);
      story.after(waits.at(-1) ?? 0).isLookedAt();
    }
    expect(story.requests).toHaveLength(21);
    expect(waits.slice(0, 4)).toEqual([2_000, 4_000, 8_000, 16_000]);
    expect(waits.at(-1)).toBe(retryMsMax);
    expect(story.entries.filter(({ what }) => what === 'alarm')).toHaveLength(1);
  });

  it('a rejection because of a call waits for its end', () => {
    const story = issuing().answers({ kind: 'rejected', evidence: '10112', onCall: true, notReadyCode: null });
    expect(story.agent.phase).toMatchObject({ name: 'held', reasons: ['call'] });
  });

  it('a request that was never sent does not count as an attempt', () => {
    const story = issuing().answers({ kind: 'notSent', evidence: 'frozen' });
    expect(story.agent.phase).toMatchObject({ name: 'held', reasons: ['outage'], loss: { attempts: 0 } });
  });

  it('an outcome of an earlier attempt is stale', () => {
    const story = issuing();
    story.happens({ type: 'outcomeSeen', epoch: 2, attempts: 7, result: confirmed() });
    expect(story.agent.phase.name).toBe('issuing');
  });

  it('somebody else acting on the agent between commit and effect is told as raced, with an alarm', () => {
    const story = issuing().answers({
      kind: 'confirmed',
      became: 'loggedOut',
      evidence: '',
      othersActed: true,
      reasonCode: 50002,
    });
    expect(story.outcomes).toEqual(['raced']);
    expect(story.asksFor('alarm')).toBe(true);
  });
});
