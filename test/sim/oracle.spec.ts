import { type Entry } from '#domain/command';
import { type JournalLine } from '#store/journal-line';
import { judge } from './oracle';
import { type Observation } from './oracle-log';
import { type PolicyTimes } from './oracle-policies';
import { type Violation } from './oracle-rules';

const agentId = '1001';
const minute = 60_000;

/** Lines of a log, told shortly. */
const tried = (at: number, desktop = 'd1'): Observation => ({ at, what: 'tried', agentId, desktop, side: 'primary' });
const acknowledged = (at: number, desktop = 'd1', of = agentId): Observation => ({
  at,
  what: 'acknowledged',
  agentId: of,
  desktop,
  side: 'primary',
  serverId: 'primary.1',
});
const ended = (
  at: number,
  how: Extract<Observation, { what: 'ended' }>['how'] = 'gone',
  desktop = 'd1',
  of = agentId,
): Observation => ({
  at,
  what: 'ended',
  agentId: of,
  desktop,
  how,
  heardAt: at - 1_000,
});
const signedIn = (at: number, of = agentId): Observation => ({ at, what: 'signedIn', agentId: of });
const requested = (at: number, request = 1, of = agentId): Observation => ({
  at,
  what: 'requested',
  request,
  agentId: of,
  asked: 'logout',
});
const took = (at: number, request = 1, of = agentId): Observation => ({
  at,
  what: 'took',
  request,
  agentId: of,
  became: 'loggedOut',
});
const logout = (at: number, request = 1, of = agentId): Observation[] => [
  requested(at - 5, request, of),
  took(at, request, of),
];

/** A worker that acts by that policy; the rest is as usual. */
function worker(at: number, policy: Partial<PolicyTimes>): Extract<Observation, { what: 'policy' }> {
  const usual: PolicyTimes = {
    ...{ graceMs: 60_000, graceServerLostMs: 120_000, graceWithoutDesktopMs: 120_000 },
    ...{ notReadyAfterMs: null, logoutAfterMs: 0, withoutDesktop: 'leave' },
  };
  return { at, what: 'policy', process: 'worker.1', isWorker: true, policy: { ...usual, ...policy } };
}

function line(at: number, entry: Entry, of = agentId): JournalLine {
  return { id: `${String(at)}-0`, at, agentId: of, epoch: 2, entry };
}

const issuing = (at: number, of = agentId): JournalLine =>
  line(at, { what: 'issuing', loss: 2, action: 'logout', reasonCode: 255, attempt: 1, sentence: '' }, of);

/** What the oracle finds; the journal has a line for each request unless it is given. */
function verdict(
  observations: readonly Observation[],
  endsAt = 10 * minute,
  journal?: readonly JournalLine[],
): string[] {
  const told =
    journal ??
    observations.flatMap((observation) =>
      observation.what === 'requested' ? [issuing(observation.at, observation.agentId)] : [],
    );
  return judge(observations, told, { endsAt, journalEpochMs: 0 }).map(({ invariant }: Violation) => invariant);
}

const gone = [signedIn(0), tried(900), acknowledged(1_000), ended(30_000)];

describe('the oracle', () => {
  it('finds nothing wrong with a ghost that is signed out after its grace', () => {
    expect(verdict([...gone, ...logout(90_500)])).toEqual([]);
  });

  describe('I1', () => {
    it('is broken by a logout while a desktop is acknowledged, on whichever side', () => {
      expect(verdict([...gone, acknowledged(90_000, 'd2'), ...logout(90_500), ended(91_000, 'gone', 'd2')])).toContain(
        'I1',
      );
    });

    it.each(['bye', 'gone', 'closed', 'outOfService', 'silent'] as const)(
      'is not broken once the desktop has ended by its own view: %s',
      (how) => {
        const back = [acknowledged(20_000, 'd2'), ended(29_000, how, 'd2')];
        expect(verdict([...gone.slice(0, 3), ...back, ended(30_000), ...logout(90_500)])).toEqual([]);
      },
    );

    it('is not broken by a desktop that was not acknowledged yet', () => {
      expect(verdict([...gone, tried(90_400, 'd2'), ...logout(90_500), acknowledged(90_600, 'd2')])).toEqual([]);
    });
  });

  describe('I2', () => {
    it('is broken by a logout before the grace has passed', () => {
      expect(verdict([...gone, ...logout(89_900)])).toEqual(['I2']);
    });

    it('is a hundredth and 0.6 s shorter once the clock of the store has stepped', () => {
      const stepped: Observation = { at: 40_000, what: 'storeClockStepped', byMs: 45_000 };
      expect(verdict([...gone, stepped, ...logout(88_700)])).toEqual(['I2']);
      expect(verdict([...gone, stepped, ...logout(88_900)])).toEqual([]);
    });

    it('counts from when a desktop that was cut off last heard of its server', () => {
      expect(verdict([...gone.slice(0, 3), ended(30_000, 'closed'), ...logout(89_100)])).toEqual([]);
    });

    it('wants the longer grace where the server that saw the loss is dead', () => {
      const died: Observation = { at: 31_000, what: 'serverDied', serverId: 'primary.1' };
      expect(verdict([...gone, died, ...logout(95_000)])).toEqual(['I2']);
      expect(verdict([...gone, died, ...logout(150_100)])).toEqual([]);
    });

    it('wants no longer grace where the end was told to another server than the dead one', () => {
      const died: Observation = { at: 31_000, what: 'serverDied', serverId: 'primary.1' };
      const told: Observation = { at: 30_000, what: 'toldGone', agentId, serverIds: ['primary.2'] };
      expect(verdict([...gone, told, died, ...logout(95_000)])).toEqual([]);
      expect(verdict([...gone, died, ...logout(95_000)])).toEqual(['I2']);
      expect(verdict([...gone, told, died, ...logout(89_900)])).toEqual(['I2']);
    });

    it('wants the longer grace of a desktop that ended while its source was away, and of no other', () => {
      const away = (at: number): Observation => ({ at, what: 'sourceAway', serverId: 'primary.1', until: 40_000 });
      expect(verdict([...gone, away(29_990), ...logout(145_000)])).toEqual(['I2']);
      expect(verdict([...gone, away(29_990), ...logout(160_100)])).toEqual([]);
      expect(verdict([...gone, away(30_050), ...logout(95_000)])).toEqual([]);
    });

    it('is not promised by a store that forgot the loss', () => {
      const lost: Observation = { at: 25_000, what: 'writesLost', until: 40_000 };
      expect(verdict([...gone, lost, ...logout(70_000)])).toEqual([]);
    });
  });

  describe('I3', () => {
    it('is broken by a ghost that stays', () => {
      expect(verdict(gone)).toEqual(['I3']);
    });

    it('is broken by a logout that comes too late', () => {
      expect(verdict([...gone, ...logout(30_000 + 153_000)])).toEqual(['I3']);
    });

    it('waits for the end of a call, and for the end of a fault', () => {
      const call: Observation[] = [
        { at: 60_000, what: 'callBegan', agentId, callId: 1 },
        { at: 300_000, what: 'callEnded', agentId, callId: 1 },
      ];
      expect(verdict([...gone, ...call, ...logout(301_500)])).toEqual([]);
      expect(verdict([...gone, ...call, ...logout(303_000)])).toEqual(['I3']);
      const fault: Observation = { at: 100_000, what: 'disturbed', kind: 'storeDown', until: 400_000 };
      expect(verdict([...gone, fault, ...logout(420_000)])).toEqual([]);
      expect(verdict([...gone, fault, ...logout(440_000)])).toEqual(['I3']);
    });

    it('counts from the return of a store that forgot the loss', () => {
      const fault: Observation = { at: 95_000, what: 'disturbed', kind: 'storeDown', until: 100_000 };
      const lost = (at: number): Observation => ({ at, what: 'writesLost', until: 96_000 });
      expect(verdict([...gone, fault, lost(20_000), ...logout(270_000)])).toEqual([]);
      expect(verdict([...gone, fault, lost(20_000), ...logout(290_000)])).toEqual(['I3']);
      expect(verdict([...gone, fault, lost(80_000), ...logout(270_000)])).toEqual(['I3']);
    });

    it('is not promised to an agent whom the store forgot, and whose desktop ended before its server could tell of it again', () => {
      const lost: Observation = { at: 0, what: 'writesLost', until: 29_500 };
      const open = gone.slice(0, 3);
      // It last heard of its server 1 s before it ended.
      expect(verdict([...open, lost, ended(30_000, 'silent')])).toEqual([]);
      expect(verdict([...open, lost, ended(31_000, 'silent')])).toEqual(['I3']);
      expect(verdict([...open, lost, ended(30_000, 'gone')])).toEqual(['I3']);
      expect(verdict([...open, { ...lost, at: 2_000 }, ended(30_000, 'silent')])).toEqual(['I3']);
    });

    it('counts from the return of a source that was away when the desktop ended', () => {
      const away: Observation = { at: 29_990, what: 'sourceAway', serverId: 'primary.1', until: 95_000 };
      expect(verdict([...gone, away, ...logout(270_000)])).toEqual([]);
      expect(verdict([...gone, away, ...logout(280_000)])).toEqual(['I3']);
    });

    it('says nothing of an agent who is back, or out by hand', () => {
      expect(verdict([...gone, acknowledged(80_000, 'd2')])).toEqual([]);
      expect(verdict([...gone, { at: 80_000, what: 'signedOut', agentId }])).toEqual([]);
    });
  });

  describe('I4', () => {
    it('is broken by a second effective request in one absence', () => {
      expect(verdict([...gone, ...logout(90_500, 1), ...logout(91_500, 2)])).toContain('I4');
    });

    it('is broken by a request for an agent who has been signed out for long', () => {
      expect(verdict([...gone, { at: 50_000, what: 'signedOut', agentId }, requested(90_500)])).toEqual(['I4']);
    });
  });

  describe('I5', () => {
    const call: Observation = { at: 80_000, what: 'callBegan', agentId, callId: 1 };

    it('is broken by a request during a call, effective or not', () => {
      const over: Observation = { at: 95_000, what: 'callEnded', agentId, callId: 1 };
      expect(verdict([...gone, call, requested(90_500), over, ...logout(96_000, 2)])).toEqual(['I5']);
    });

    it('is not broken by a request that a call has only just overtaken', () => {
      const sudden: Observation = { at: 90_000, what: 'callBegan', agentId, callId: 1 };
      const over: Observation = { at: 95_000, what: 'callEnded', agentId, callId: 1 };
      expect(verdict([...gone, sudden, requested(90_400), over, ...logout(96_000, 2)])).toEqual([]);
    });
  });

  describe('I6', () => {
    const many = Array.from({ length: 12 }, (_, n) => String(2001 + n));
    const lost = (at: number): Observation[] => [
      ...many.flatMap((of, n) => [signedIn(0, of), acknowledged(1_000 + n, `d-${of}`, of)]),
      ...many.map((of, n) => ended(at + n, 'gone', `d-${of}`, of)),
    ];

    it('is broken by signing out a mass loss before its shortest hold', () => {
      expect(verdict([...lost(30_000), ...logout(95_000, 1, many[0])], 100_000)).toContain('I6');
      expect(verdict([...lost(30_000), ...logout(152_000, 1, many[0])], 160_000)).toEqual([]);
    });

    it('is broken by more logouts of one side in a minute than M4 allows', () => {
      const fast = many.slice(0, 6).flatMap((of, n) => logout(200_000 + 5_000 * n, n, of));
      const slow = many.slice(0, 6).flatMap((of, n) => logout(200_000 + 13_000 * n, n, of));
      expect(verdict([...lost(30_000), ...fast], 300_000)).toEqual(['I6']);
      expect(verdict([...lost(30_000), ...slow], 300_000)).toEqual([]);
    });
  });

  describe('I7', () => {
    it('is broken by a request that the journal does not tell of', () => {
      expect(verdict([...gone, ...logout(90_500)], 10 * minute, [])).toEqual(['I7']);
    });

    it('is broken by a loss that ended without a word', () => {
      const desktop = { connection: 'c', desktopId: 'd', side: 'primary', serverId: 's' } as const;
      const began = line(30_010, { what: 'lossBegan', loss: 2, cause: 'lost', desktop, dueAt: 90_010, sentence: '' });
      const outcome = line(80_000, { what: 'outcome', loss: 2, outcome: 'returned', sentence: '' });
      const back = [...gone, acknowledged(80_050, 'd2')];
      expect(verdict(back, 10 * minute, [began])).toEqual(['I7']);
      expect(verdict(back, 10 * minute, [began, outcome])).toEqual([]);
    });

    it('is broken by a sign-in that was none, where the record was told of the sign-out before', () => {
      const out: Observation = { at: 20_000, what: 'signedOut', agentId };
      const open = [signedIn(0), tried(900), acknowledged(1_000), out];
      const toldOut = line(21_000, { what: 'signedOut', loss: null, sentence: '' });
      const toldIn = line(22_000, { what: 'signedIn', loss: null, sentence: '' });
      expect(verdict(open, 10 * minute, [toldOut, toldIn])).toEqual(['I7']);
      expect(verdict([...open, signedIn(21_500)], 10 * minute, [toldOut, toldIn])).not.toContain('I7');
      expect(verdict(open, 10 * minute, [toldIn])).toEqual([]);
    });

    it('is broken by a loss without a desktop of an agent who has not signed in again', () => {
      const out: Observation = { at: 20_000, what: 'signedOut', agentId };
      const toldOut = line(21_000, { what: 'outcome', loss: 2, outcome: 'alreadySignedOut', sentence: '' });
      const entry = { what: 'lossBegan', loss: 3, cause: 'withoutDesktop', desktop: null, sentence: '' } as const;
      const began = line(22_000, { ...entry, dueAt: 142_000 });
      expect(verdict([...gone.slice(0, 1), out], 10 * minute, [toldOut, began])).toEqual(['I7']);
      expect(verdict([...gone.slice(0, 1), out, signedIn(20_500)], 10 * minute, [toldOut, began])).not.toContain('I7');
    });

    it('is not promised for what the store lost', () => {
      const lost: Observation = { at: 80_000, what: 'writesLost', until: 95_000 };
      expect(verdict([...gone, ...logout(90_500), lost], 10 * minute, [])).toEqual([]);
    });
  });

  describe('I8', () => {
    it('is broken by a request for an agent with a telephone alone whom no policy signs out', () => {
      expect(verdict([signedIn(0), ...logout(200_000)])).toContain('I8');
      expect(verdict([worker(0, { withoutDesktop: 'warn' }), signedIn(0), ...logout(200_000)])).toContain('I8');
    });

    it('is broken by one before the grace after the sign-in', () => {
      const policy = worker(0, { withoutDesktop: 'logout' });
      expect(verdict([policy, signedIn(0), ...logout(119_000)])).toEqual(['I8']);
      expect(verdict([policy, signedIn(0), ...logout(121_000)])).toEqual([]);
    });
  });

  describe('policies that differ', () => {
    const server: Observation = { ...worker(0, { graceMs: 80_000 }), process: 'primary.1', isWorker: false };

    it('hold a loss to that of the server that saw it', () => {
      expect(verdict([server, worker(0, {}), ...gone, ...logout(90_500)])).toEqual(['I2']);
      expect(verdict([server, worker(0, {}), ...gone, ...logout(111_000)])).toEqual([]);
    });

    it('hold a logout after a Not Ready stage to that of the worker', () => {
      const staged: Observation = {
        ...worker(0, { notReadyAfterMs: 60_000, logoutAfterMs: 100_000 }),
        ...{ process: 'primary.1', isWorker: false },
      };
      const patient = worker(0, { logoutAfterMs: 80_000 });
      expect(verdict([staged, patient, ...gone, ...logout(105_000)])).toEqual(['I2']);
      expect(verdict([staged, patient, ...gone, ...logout(111_000)])).toEqual([]);
    });

    it('make a ghost of an agent with a telephone alone when every worker signs them out', () => {
      const policy = worker(0, { withoutDesktop: 'logout' });
      expect(verdict([policy, signedIn(0)])).toEqual(['I3']);
      expect(verdict([policy, signedIn(0), { ...worker(1, {}), process: 'worker.2' }])).toEqual([]);
    });
  });
});
