import { type Agent, type HoldReason, type Side, unseenAgent } from '#domain/agent';
import { aLoss } from '#domain/fixtures.spec-support';
import { defaultPolicy } from '#domain/policy';
import { MemoryLine } from '#store/memory-line';
import { type CrowdFacts, crowdsOf } from './crowds';

const now = 1_000_000;
const { massLoss } = defaultPolicy;
const noPlaces = { turns: new Map<string, number>(), perMinuteMax: null };

function held(count: number, side: Side | null, ...reasons: HoldReason[]): Agent[] {
  return Array.from({ length: count }, (_, n) => {
    const agentId = `${side ?? 'bye'}${String(n)}`;
    const desktop = { connection: agentId, desktopId: agentId, side: side ?? 'primary', serverId: 's' } as const;
    const loss = aLoss({ epoch: 2, lostAt: now, desktop, cause: side === null ? 'bye' : 'lost' });
    return { ...unseenAgent({ peripheralId: 1, agentId }), phase: { name: 'held', loss, dueAt: now, reasons } };
  });
}

function crowds(facts: Partial<CrowdFacts>): ReturnType<typeof crowdsOf> {
  return crowdsOf({
    now,
    held: [],
    protections: { primary: null, secondary: null },
    signedIn: { primary: 1_000, secondary: 1_000 },
    placesOf: () => noPlaces,
    massLoss,
    perSecondMax: 10,
    ...facts,
  });
}

describe('a crowd that waits for a limit of requests', () => {
  /** As many ask as the limit lets out, and then all of the crowd; everybody is told a turn. */
  function askedFor(crowd: readonly Agent[], perMinuteMax: number): Map<string, number> {
    const line = new MemoryLine();
    const limits = { issuingPerSecondMax: 1_000, paceOf: () => ({ perMinuteMax, perSecondMax: null }) };
    for (let n = 0; n < perMinuteMax; n++) line.admit(now, `first${String(n)}`, 'primary', limits);
    return new Map(crowd.map(({ key }) => [key.agentId, line.admit(now, key.agentId, 'primary', limits) ?? now]));
  }

  it('is expected to end when the last one was told that its turn is expected', () => {
    const waiting = held(40, 'primary', 'rate');
    const turns = askedFor(waiting, 30);
    expect(crowds({ held: waiting, placesOf: () => ({ turns, perMinuteMax: 30 }) })).toEqual([
      { reason: 'rate', side: 'primary', count: 40, lastAt: Math.max(...turns.values()) },
    ]);
  });

  it('goes on behind the line where not all have found a place in it', () => {
    const waiting = held(100, 'primary', 'rate');
    const told = askedFor(waiting, 30);
    const placed = new Map([...told].slice(0, 60));
    const [crowd] = crowds({ held: waiting, placesOf: () => ({ turns: placed, perMinuteMax: 30 }) });
    expect(crowd?.lastAt).toBe(Math.max(...told.values()));
  });

  it('is counted by line, goodbyes for themselves, and not while it waits for something else too', () => {
    const waiting = [...held(3, 'secondary', 'rate'), ...held(20, null, 'rate'), ...held(5, 'primary', 'rate', 'call')];
    expect(crowds({ held: waiting })).toEqual([
      { reason: 'rate', side: null, count: 20, lastAt: now + 2_200 },
      { reason: 'rate', side: 'secondary', count: 3, lastAt: now + 1_400 },
    ]);
  });
});

describe('crowds that wait at the same time', () => {
  const busy = { signedIn: { primary: 6_000, secondary: 6_000 } };

  it('end later than each of them alone when they want more than the CTI server takes', () => {
    const both = [...held(600, 'primary', 'rate'), ...held(400, 'secondary', 'rate')];
    // 10 a second, whoever of them is first.
    expect(crowds({ held: both, ...busy }).map(({ lastAt }) => lastAt - now)).toEqual([99_900, 79_900]);
    expect(crowds({ held: held(600, 'primary', 'rate'), ...busy })).toMatchObject([{ lastAt: now + 59_900 }]);
  });

  it('end as each of them alone when the CTI server takes all that their sides let out', () => {
    // 2.5 a second each.
    const both = [...held(100, 'primary', 'rate'), ...held(50, 'secondary', 'rate')];
    expect(crowds({ held: both }).map(({ lastAt }) => lastAt - now)).toEqual([99 * 400, 49 * 400]);
  });

  it('leave those alone whose protection ends later', () => {
    const protection = { state: 'held', since: now, lost: 400 } as const;
    const later = [...held(600, 'primary', 'rate'), ...held(400, 'secondary', 'massLoss')];
    const [, first] = crowds({ held: later, ...busy, protections: { primary: null, secondary: protection } });
    expect(first).toMatchObject({ side: 'primary', lastAt: now + 59_900 });
  });
});

describe('a crowd that a mass loss holds', () => {
  const since = now - 60_000;
  const protection = { state: 'held', since, lost: 400 } as const;
  const endsAt = since + massLoss.holdMsMax;

  it('is expected to end when the longest hold is over and all were signed out slowly', () => {
    expect(
      crowds({ held: held(400, 'primary', 'massLoss'), protections: { primary: protection, secondary: null } }),
    ).toEqual([{ reason: 'massLoss', side: 'primary', count: 400, lastAt: endsAt + 399_000 }]);
  });

  it('of a small side goes by the share of a minute, which is slower than one per second', () => {
    const [crowd] = crowds({
      held: held(60, 'primary', 'massLoss'),
      protections: { primary: protection, secondary: null },
      signedIn: { primary: 100, secondary: 0 },
    });
    // 15 a minute: 15 at once, then one each 4 s from the second minute on.
    expect(crowd?.lastAt).toBe(endsAt + 60_000 + 44 * 4_000);
  });

  it('of goodbyes, while both sides are protected, ends with the earlier protection', () => {
    const later = { ...protection, since: since + 5_000 };
    const [crowd] = crowds({
      held: held(10, null, 'massLoss'),
      protections: { primary: protection, secondary: later },
    });
    expect(crowd).toMatchObject({ side: null, count: 10, lastAt: endsAt });
  });
});
