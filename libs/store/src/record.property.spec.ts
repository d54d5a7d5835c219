import fc from 'fast-check';
import { type Agent, causes, type Desktop, holdReasons, type Loss, outcomes, type Phase } from '#domain/agent';
import { type DueStage } from '#domain/policy';
import { decodeRecord, encodeRecord, freshVersion, versionOf } from './record';

const key = { peripheralId: 5000, agentId: '1001' };
const time = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const count = fc.nat(100);

const serverId = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('primary-1', '~', '=', ''));
const desktop: fc.Arbitrary<Desktop> = serverId.chain((id) =>
  fc.record({
    connection: fc.oneof(
      fc.string(),
      fc.string().map((rest) => id + rest),
      fc.string().map((rest) => `~${rest}`),
      fc.string().map((rest) => `=${rest}`),
    ),
    desktopId: fc.string({ unit: 'binary' }),
    side: fc.constantFrom('primary' as const, 'secondary' as const),
    serverId: fc.constant(id),
  }),
);
const action = fc.constantFrom('notReady' as const, 'logout' as const);
const stage: fc.Arbitrary<DueStage> = fc.oneof(
  fc.record({ afterMs: count, action, reasonCode: count }),
  fc.record({ afterMs: count, action: fc.constant('warn' as const), reasonCode: fc.constant(0 as const) }),
);
const loss: fc.Arbitrary<Loss> = fc.record({
  epoch: count,
  cause: fc.constantFrom(...causes),
  lostAt: time,
  desktop: fc.option(desktop),
  stage,
  attempts: count,
  heldSince: fc.option(time),
  alarmed: fc.boolean(),
  released: fc.boolean(),
  wasReady: fc.boolean(),
  reasonBefore: fc.option(count),
  notReadyCode: fc.option(count),
});
const phase: fc.Arbitrary<Phase> = fc.oneof(
  fc.constant<Phase>({ name: 'unseen' }),
  fc.option(fc.record({ reasonCode: count, until: time })).map((restore): Phase => ({ name: 'present', restore })),
  fc.record({ name: fc.constant('grace' as const), loss, dueAt: time }),
  fc.record({
    name: fc.constant('held' as const),
    loss,
    dueAt: time,
    reasons: fc.array(fc.constantFrom(...holdReasons)),
  }),
  fc.record({
    name: fc.constant('issuing' as const),
    loss,
    dueAt: time,
    since: time,
    deadline: time,
    pending: fc.option(fc.record({ state: action, since: time })),
  }),
  fc.record({ name: fc.constant('settled' as const), outcome: fc.constantFrom(...outcomes), at: time }),
);
const agent: fc.Arbitrary<Agent> = fc.record({
  key: fc.constant(key),
  epoch: count,
  desktops: fc
    .uniqueArray(desktop, { selector: ({ connection }) => connection, maxLength: 4 })
    .map((list) => Object.fromEntries(list.map((one) => [one.connection, one]))),
  signedIn: fc.constantFrom('yes' as const, 'no' as const, 'unknown' as const),
  hadDesktop: fc.boolean(),
  phase,
});
const version = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }).map((at) => freshVersion(() => at));

const unreadable = expect.objectContaining({ code: 'RECORD_UNREADABLE' }) as Error;

describe('the text of a record', () => {
  it('is read as it was written, for every record', () => {
    fc.assert(
      fc.property(agent, version, (written, v) => {
        const text = encodeRecord(written, v);
        expect(versionOf(text)).toBe(v);
        expect(decodeRecord(key, 'k', text)).toEqual({ agent: written, version: v });
      }),
      { numRuns: 500 },
    );
  });

  it('is never read as a record when it is cut short', () => {
    fc.assert(
      fc.property(agent, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (written, at) => {
        const text = encodeRecord(written, '00000001');
        const cut = text.slice(0, Math.floor(text.length * at));
        expect(() => decodeRecord(key, 'k', cut)).toThrow(unreadable);
      }),
      { numRuns: 200 },
    );
  });
});
