import fc from 'fast-check';
import { advance } from './session';
import {
  HEARING_PHASES,
  newSession,
  PHASE_TIMERS,
  type SessionEffect,
  type SessionInput,
  type SessionOptions,
} from './session-model';

const options: SessionOptions = {
  peripheralId: 5000,
  version: 24,
  startSide: 'a',
  heartbeatMs: 5_000,
  connectTimeoutMs: 5_000,
  openTimeoutMs: 30_000,
  closeTimeoutMs: 5_000,
  outOfServiceMsMax: 60_000,
  stoppingMsMax: 4_000,
  drainMsMax: 20_000,
  backOffFirstMs: 15_000,
  randomWaitMsMax: 2_000,
};

const anyInput: fc.Arbitrary<SessionInput> = fc.oneof(
  fc.constantFrom<SessionInput>(
    { kind: 'started' },
    { kind: 'stopped' },
    { kind: 'connected' },
    { kind: 'disconnected', why: 'cut' },
    { kind: 'faulted', why: 'unreadable' },
    { kind: 'openRefused', status: 1, sentence: 'INVALID_VERSION' },
    { kind: 'openRefused', status: 36, sentence: 'INVALID_PASSWORD' },
    { kind: 'heartbeatConfirmed' },
    { kind: 'heartbeatRefused', sentence: 'CTI_SERVER_OFFLINE' },
    { kind: 'failureEvent', status: 15, sentence: 'CTI_SERVER_OFFLINE' },
    { kind: 'failureEvent', status: 12, sentence: 'FUNCTION_NOT_AVAILABLE' },
    { kind: 'standbyActivated' },
    { kind: 'maintenanceAnnounced', invokeId: 7 },
    { kind: 'maintenanceBegan' },
    { kind: 'maintenanceCancelled' },
    { kind: 'drained' },
    { kind: 'openRefused', status: 95, sentence: 'INVALID_CONFIG_MSG_MASK' },
    { kind: 'closeConfirmed' },
  ),
  fc.record({
    kind: fc.constant('openConfirmed' as const),
    servicesGranted: fc.constantFrom(0x14, 0x10, 0x4, 0x2010, 0),
    pgStatus: fc.constantFrom(0, 1, 4, 8),
    peripheralOnline: fc.boolean(),
    standby: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('systemEvent' as const),
    eventId: fc.integer({ min: 1, max: 11 }),
    pgStatus: fc.constantFrom(0, 1, 4, 8),
    peripheralId: fc.constantFrom(5000, 5001),
  }),
);

/** Plays a history; a timer only fires when it is armed, as the link sees to it. */
function play(inputs: readonly (SessionInput | 'nextTimer')[]) {
  let session = newSession(options);
  const armed = new Set<string>();
  const steps: { before: typeof session; after: typeof session; effects: SessionEffect[]; armed: string[] }[] = [];
  for (const choice of inputs) {
    const [timer] = armed;
    if (choice === 'nextTimer' && timer === undefined) continue;
    const input: SessionInput = choice === 'nextTimer' ? { kind: 'timeUp', timer: timer as 'wait' } : choice;
    if (choice === 'nextTimer') armed.delete(timer ?? '');
    const { session: after, effects } = advance(session, input, options);
    for (const effect of effects) {
      if (effect.kind === 'arm') armed.add(effect.timer);
      if (effect.kind === 'keepOnly')
        for (const each of armed) if (!effect.timers.some((kept) => kept === each)) armed.delete(each);
    }
    steps.push({ before: session, after, effects, armed: [...armed] });
    session = after;
  }
  return steps;
}

const anyHistory = fc
  .array(fc.oneof({ weight: 3, arbitrary: anyInput }, { weight: 1, arbitrary: fc.constant('nextTimer' as const) }), {
    maxLength: 60,
  })
  .map((inputs): (SessionInput | 'nextTimer')[] => [{ kind: 'started' }, ...inputs]);

describe('in every history of a session', () => {
  it('events that may be missed from here on are told as a gap, exactly then', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        for (const { before, after, effects } of play(history)) {
          const gaps = effects.filter(({ kind }) => kind === 'gap').length;
          const isGap = HEARING_PHASES.includes(before.phase) && !HEARING_PHASES.includes(after.phase);
          expect(gaps).toBe(isGap ? 1 : 0);
        }
      }),
    );
  });

  it('every phase but idle has a timer that leads out of it or keeps watch', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        for (const { after, armed } of play(history)) {
          if (after.phase === 'idle') expect(armed).toEqual([]);
          else expect(armed.filter((timer) => timer !== 'stable')).not.toEqual([]);
          expect(armed.filter((timer) => !PHASE_TIMERS[after.phase].some((kept) => kept === timer))).toEqual([]);
        }
      }),
    );
  });

  it('inService means: granted, our peripheral on line, the gateway usable, not standby', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        for (const { after } of play(history)) {
          const isUsable = after.peripheralOnline && after.gatewayUsable && !after.standby;
          if (HEARING_PHASES.includes(after.phase)) expect(isUsable).toBe(true);
          if (after.phase === 'outOfService') expect(isUsable).toBe(false);
        }
      }),
    );
  });

  it('no connection is made while another one is open', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        let isConnected = false;
        for (const { effects } of play(history))
          for (const { kind } of effects) {
            if (kind === 'reset') isConnected = false;
            if (kind === 'connect') {
              expect(isConnected).toBe(false);
              isConnected = true;
            }
          }
      }),
    );
  });

  it('after stop it ends in idle, without anything more from the server than time', () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const stopped = play([...history, { kind: 'stopped' }, 'nextTimer', 'nextTimer']).at(-1);
        expect(stopped?.after.phase).toBe('idle');
      }),
    );
  });
});
