import fc from 'fast-check';
import { type Agent, type Desktop, unseenAgent } from './agent';
import { type Command } from './command';
import { decide } from './decide';
import { type AgentEvent, type Facts, type LastLook, type RequestResult } from './event';
import { calmFacts } from './fixtures.spec-support';
import { defaultPolicy, graceOf, type Policy } from './policy';

const staged: Policy = {
  ...defaultPolicy,
  stages: [
    { afterMs: 30_000, action: 'notReady', reasonCode: 50002 },
    { afterMs: 90_000, action: 'logout', reasonCode: 255 },
  ],
  restoreOnReturn: true,
};

const desktops: Desktop[] = (['primary', 'secondary'] as const).flatMap((side) =>
  ['a', 'b'].map((desktopId) => ({ connection: `${side}/${desktopId}`, desktopId, side, serverId: side })),
);

const facts: fc.Arbitrary<Facts> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Facts>({ link: 'outOfService', why: 'connecting' }) },
  {
    weight: 4,
    arbitrary: fc.record({
      link: fc.constant('inService' as const),
      isKnown: fc.constantFrom(true, true, true, false),
      signedOut: fc.boolean(),
      onCall: fc.boolean(),
      isReady: fc.boolean(),
      notReadyReason: fc.constantFrom(null, 7, 20001),
      state: fc.constant('NOT_READY'),
      sideOutageUntil: fc.constantFrom(null, 1),
      heldByOperator: fc.boolean(),
      massLossUntil: fc.constantFrom(null, 1),
      clock: fc.constantFrom(null, null, null, 'it jumped'),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.constant<Facts>({
      link: 'inService',
      isKnown: true,
      signedOut: false,
      onCall: false,
      isReady: true,
      notReadyReason: null,
      state: 'AVAILABLE',
      sideOutageUntil: null,
      heldByOperator: false,
      massLossUntil: null,
      clock: null,
    }),
  },
);

const look: fc.Arbitrary<LastLook> = fc.oneof(
  fc.constant<LastLook>({ answer: 'none', asked: ['primary'] }),
  fc.constantFrom(...desktops).map((desktop): LastLook => ({ answer: 'holds', desktop })),
  fc.constant<LastLook>({ answer: 'silent', serverId: 'secondary' }),
  fc.constant<LastLook>({ answer: 'unknown', serverId: 'secondary', why: 'its XMPP stream is down' }),
);

const result: fc.Arbitrary<RequestResult> = fc.oneof(
  fc.record({
    kind: fc.constant('confirmed' as const),
    became: fc.constantFrom('loggedOut', 'notReady'),
    evidence: fc.constant(''),
    othersActed: fc.boolean(),
    reasonCode: fc.constantFrom(50002, 777),
  }),
  fc.constantFrom<RequestResult>(
    { kind: 'alreadySignedOut', evidence: '' },
    { kind: 'rejected', evidence: '', onCall: false, notReadyCode: null },
    { kind: 'rejected', evidence: '', onCall: true, notReadyCode: null },
    { kind: 'inDoubt', notReadyCode: null, evidence: '' },
    { kind: 'notSent', evidence: '' },
    { kind: 'unknownAgent', evidence: '' },
    { kind: 'pending', state: 'logout', notReadyCode: 20001, evidence: '' },
    { kind: 'pending', state: 'notReady', notReadyCode: null, evidence: '' },
    { kind: 'withdrawn', evidence: '' },
  ),
);

/** An event with the epoch and attempt of the record or, now and then, of another one. */
type Draft = (agent: Agent) => AgentEvent;
const epochs = fc.constantFrom(0, 0, 0, 0, -1, 1);
const drafts: fc.Arbitrary<Draft> = fc.oneof(
  fc.constantFrom(...desktops).map((desktop): Draft => () => ({ type: 'desktopOpened', desktop })),
  fc
    .tuple(fc.constantFrom(...desktops), fc.constantFrom('bye' as const, 'lost' as const))
    .map(([{ connection }, cause]): Draft => () => ({ type: 'desktopClosed', connection, cause, seenBy: 's' })),
  fc.constantFrom('primary', 'secondary').map((serverId): Draft => () => ({ type: 'serverLost', serverId })),
  epochs.map((off): Draft => (agent) => ({ type: 'wokenUp', epoch: agent.epoch + off })),
  fc
    .tuple(epochs, facts)
    .map(([off, found]): Draft => (agent) => ({ type: 'factsFound', epoch: agent.epoch + off, facts: found })),
  fc.tuple(epochs, facts, look).map(([off, found, seen]): Draft => (agent) => ({
    type: 'lastLookAnswered',
    epoch: agent.epoch + off,
    facts: found,
    look: seen,
  })),
  fc
    .tuple(epochs, fc.constantFrom('generation' as const, 'rate' as const, 'replicas' as const))
    .map(([off, reason]): Draft => (agent) => ({
      type: 'issuingRefused',
      epoch: agent.epoch + off,
      reason,
      nextAt: null,
      isTurn: false,
      evidence: '',
    })),
  fc.tuple(epochs, fc.constantFrom(0, 0, 0, 1), result).map(([off, attempt, seen]): Draft => (agent) => {
    const attempts = agent.phase.name === 'issuing' ? agent.phase.loss.attempts : 0;
    return { type: 'outcomeSeen', epoch: agent.epoch + off, attempts: attempts + attempt, result: seen };
  }),
  fc.constantFrom('signedOut' as const, 'signInAsked' as const).map((type): Draft => () => ({ type, evidence: '' })),
  fc.boolean().map((isReady): Draft => () => ({ type: 'signedIn', isReady, evidence: '' })),
  fc
    .tuple(epochs, fc.boolean())
    .map(([off, isOver]): Draft => (agent) => ({ type: 'restored', epoch: agent.epoch + off, isOver, evidence: '' })),
  fc
    .constantFrom(...desktops)
    .map(({ connection }): Draft => () => ({ type: 'sourceReturned', connection, seenBy: 's' })),
  fc
    .constantFrom('operatorCancelled' as const, 'operatorReleased' as const, 'operatorOrderedLogout' as const)
    .map((type): Draft => () => ({ type, by: 'mia' })),
);

const history = fc.tuple(
  fc.constantFrom(defaultPolicy, staged),
  fc.array(fc.tuple(drafts, fc.constantFrom(0, 1_000, 30_000, 60_000, 120_000)), { maxLength: 40 }),
);

/** A request on its way for an agent whom the gates found in some state; then answers, desktops and wake-ups in any order. */
const requested = fc
  .tuple(
    fc.constantFrom(defaultPolicy, { ...defaultPolicy, restoreOnReturn: true }),
    fc.constantFrom(null, 7, 20_001),
    fc.array(fc.constantFrom('opens', 'wakes', 'pending', 'pendingAfterOurs', 'inDoubt'), {
      minLength: 2,
      maxLength: 8,
    }),
  )
  .map(([policy, found, then]): [Policy, number | null, [Draft, number][]] => {
    const [onPrimary, elsewhere] = [desktops[0] as Desktop, desktops[2] as Desktop];
    const open: Draft = () => ({ type: 'desktopOpened', desktop: onPrimary });
    const lose: Draft = () => ({
      ...{ type: 'desktopClosed', connection: onPrimary.connection, cause: 'lost', seenBy: 's' },
    });
    const seen = { ...calmFacts, isReady: found === null, notReadyReason: found };
    const request: Draft = ({ epoch }) => ({
      ...{ type: 'lastLookAnswered', epoch, facts: seen, look: { answer: 'none', asked: [] } },
    });
    const answer =
      (seen: RequestResult): Draft =>
      ({ epoch, phase }) => ({
        ...{ type: 'outcomeSeen', epoch, result: seen },
        attempts: phase.name === 'issuing' ? phase.loss.attempts : 0,
      });
    const pending = { kind: 'pending', state: 'notReady', evidence: '' } as const;
    const moves: Readonly<Record<(typeof then)[number], Draft>> = {
      opens: () => ({ type: 'desktopOpened', desktop: elsewhere }),
      wakes: ({ epoch }) => ({ type: 'wokenUp', epoch }),
      pending: answer({ ...pending, notReadyCode: null }),
      pendingAfterOurs: answer({ ...pending, notReadyCode: 20_001 }),
      inDoubt: answer({ kind: 'inDoubt', notReadyCode: null, evidence: '' }),
    };
    const after = then.map((name): [Draft, number] => [moves[name], 60_000]);
    return [policy, found, [[open, 0], [lose, 0], [request, 60_000], ...after]];
  });

interface Step {
  readonly before: Agent;
  readonly after: Agent;
  readonly event: AgentEvent;
  readonly commands: readonly Command[];
  readonly now: number;
}

function stepsOf([policy, drafted]: [Policy, [Draft, number][]]): Step[] {
  let agent = deepFreeze(unseenAgent({ peripheralId: 5000, agentId: '1001' }));
  let now = 1_700_000_000_000;
  return drafted.map(([draft, passedMs]) => {
    now += passedMs;
    const before = agent;
    const event = draft(before);
    const decision = decide(before, event, now, policy);
    agent = deepFreeze(decision.agent);
    return { before, after: agent, event, commands: decision.commands, now };
  });
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}

function everyStep(holds: (step: Step) => void): void {
  fc.assert(
    fc.property(history, (drafted) => {
      stepsOf(drafted).forEach(holds);
    }),
    { numRuns: 2_000 },
  );
}

describe('for every history', () => {
  it('a request is only ever given for a loss that is due, with every gate open and no desktop known', () => {
    everyStep(({ before, event, commands, now }) => {
      if (!commands.some(({ type }) => type === 'request')) return;
      if (before.phase.name !== 'grace' && before.phase.name !== 'held') throw new Error(`from ${before.phase.name}`);
      if (event.type !== 'lastLookAnswered' || event.facts.link !== 'inService') throw new Error(event.type);
      expect(event.epoch).toBe(before.epoch);
      expect(event.look.answer).toBe('none');
      expect(event.facts).toMatchObject({ signedOut: false, onCall: false, sideOutageUntil: null });
      expect(now).toBeGreaterThanOrEqual(before.phase.dueAt);
      expect(before.desktops).toEqual({});
    });
  });

  it('present means that a desktop is open, and grace and held that none is', () => {
    everyStep(({ after }) => {
      const open = Object.keys(after.desktops).length;
      if (after.phase.name === 'present') expect(open).toBeGreaterThan(0);
      if (after.phase.name === 'grace' || after.phase.name === 'held') expect(open).toBe(0);
    });
  });

  it('a phase that waits for something is entered with a wake-up armed for its epoch', () => {
    everyStep(({ before, after, commands }) => {
      const waits = after.phase.name === 'grace' || after.phase.name === 'held' || after.phase.name === 'issuing';
      if (!waits || (before.phase.name === after.phase.name && before.epoch === after.epoch)) return;
      const armed = commands.some((command) => command.type === 'armWakeUp' && command.epoch === after.epoch);
      expect(armed).toBe(true);
    });
  });

  it('nobody becomes present while a logout of ours is pending, unless it was withdrawn or has taken effect', () => {
    everyStep(({ before, after, event }) => {
      if (before.phase.name !== 'issuing' || before.phase.pending === null || after.phase.name !== 'present') return;
      const isOver = event.type === 'signedOut' || (event.type === 'outcomeSeen' && event.result.kind !== 'pending');
      expect(isOver).toBe(true);
    });
  });

  it('Not Ready that replaces what is pending has the reason that stood: ours, else the one the gates found', () => {
    let withdrawals = 0;
    fc.assert(
      fc.property(requested, ([policy, found, drafted]) => {
        for (const { after, commands } of stepsOf([policy, drafted])) {
          const command = commands.find(({ type }) => type === 'withdraw');
          if (command?.type !== 'withdraw' || command.to !== 'notReady') continue;
          if (after.phase.name !== 'issuing') throw new Error(after.phase.name);
          expect(command.reasonCode).toBe(after.phase.loss.notReadyCode ?? found ?? 0);
          withdrawals += 1;
        }
      }),
      // So many that a run with hardly any withdrawal, which would show nothing, does not come.
      { numRuns: 1_000 },
    );
    expect(withdrawals).toBeGreaterThan(10);
  });

  it('who is signed out and loses the last desktop costs nothing: no wake-up, no loss', () => {
    everyStep(({ before, event, commands }) => {
      if (event.type !== 'desktopClosed' || before.signedIn !== 'no' || before.phase.name === 'issuing') return;
      expect(commands.every(({ type }) => type === 'note')).toBe(true);
    });
  });

  it('the last desktop that vanishes always begins a grace of at least its cause', () => {
    everyStep(({ before, after, event, now }) => {
      if (event.type !== 'desktopClosed' || before.phase.name === 'issuing') return;
      if (before.desktops[event.connection] === undefined || Object.keys(after.desktops).length > 0) return;
      if (before.signedIn === 'no') {
        // Nothing to lose.
        expect(after.phase.name).toBe('settled');
        return;
      }
      if (after.phase.name !== 'grace') throw new Error(after.phase.name);
      expect(after.phase.dueAt - now).toBeGreaterThanOrEqual(graceOf(defaultPolicy, event.cause));
    });
  });

  it('the epoch never goes back, and rises with every desktop that opens outside issuing', () => {
    everyStep(({ before, after, event }) => {
      expect(after.epoch).toBeGreaterThanOrEqual(before.epoch);
      if (event.type !== 'desktopOpened' || before.phase.name === 'issuing') return;
      if (before.desktops[event.desktop.connection] === undefined) expect(after.epoch).toBe(before.epoch + 1);
    });
  });

  it('an event of another epoch changes nothing and orders nothing', () => {
    everyStep(({ before, after, event, commands }) => {
      if (!('epoch' in event) || event.epoch === before.epoch) return;
      expect(after).toBe(before);
      expect(commands).toEqual([]);
    });
  });

  it('an open desktop leaves the record only when it is reported gone', () => {
    everyStep(({ before, after, event }) => {
      if (event.type === 'desktopClosed' || event.type === 'serverLost') return;
      for (const connection of Object.keys(before.desktops)) expect(after.desktops[connection]).toBeDefined();
    });
  });
});
