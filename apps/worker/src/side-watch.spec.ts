import { type Cause, type Loss, type Side } from '#domain/agent';
import { type Protection } from '#domain/mass-loss';
import { aLoss } from '#domain/fixtures.spec-support';
import { defaultPolicy } from '#domain/policy';
import { pino } from 'pino';
import { judgementMsMax, SideWatch } from './side-watch';

const now = 10_000_000_000;
const minute = 60_000;

function lossAt(lostAt: number, cause: Cause = 'lost'): Loss {
  const desktop = { connection: 'c', desktopId: 'd', side: 'primary', serverId: 'primary-1' } as const;
  return aLoss({ epoch: 2, cause, lostAt, desktop });
}

function setUp() {
  const world = {
    protections: { primary: null, secondary: null } as Record<Side, Protection | null>,
    /** Times of losses on the primary side. */
    lostAt: [] as number[],
    present: 100,
    absent: 0,
    cleared: 0,
    ms: 0,
    /** What somebody else writes right before we do. */
    meanwhile: null as Protection | null,
  };
  const told: string[] = [];
  const lines: { level: number; msg: string; alarm?: boolean; lostSide?: Side }[] = [];
  const watch = new SideWatch({
    sides: {
      protections: () => Promise.resolve({ ...world.protections }),
      protect: (side, before, after) => {
        if (world.meanwhile !== null) world.protections[side] = world.meanwhile;
        if (JSON.stringify(world.protections[side]) !== JSON.stringify(before)) return Promise.resolve(false);
        world.protections[side] = after;
        return Promise.resolve(true);
      },
      absentCount: () => Promise.resolve(world.absent),
      presentCount: () => Promise.resolve(world.present),
      lossCount: (side, from, to) =>
        Promise.resolve(side === 'primary' ? world.lostAt.filter((at) => at >= from && at <= to).length : 0),
      absentSince: () => Promise.resolve(world.absent),
      clearedSince: () => Promise.resolve(world.cleared),
    },
    journal: {
      note: (entry) => {
        told.push(entry.sentence);
        return Promise.resolve();
      },
    },
    policy: defaultPolicy.massLoss,
    monotonicMs: () => world.ms,
    log: pino({}, { write: (line: string) => lines.push(JSON.parse(line) as (typeof lines)[number]) }),
  });
  const laterBy = (ms: number): void => {
    world.ms += ms;
  };
  return { world, watch, told, lines, laterBy };
}

describe('the watch over the sides', () => {
  it('protects a side that lost many at once, and says so once', async () => {
    const { world, watch, told, lines, laterBy } = setUp();
    world.lostAt = Array.from({ length: 50 }, (_, n) => now - n * 100);
    await watch.judge(now);
    laterBy(judgementMsMax + 1);
    await watch.judge(now + 15_000);
    expect(world.protections.primary).toMatchObject({ state: 'held', since: now, lost: 50 });
    expect(world.protections.secondary).toBeNull();
    expect(told).toHaveLength(1);
    const until = new Date(now + defaultPolicy.massLoss.holdMsMax).toISOString();
    expect(lines).toMatchObject([
      {
        level: 40,
        alarm: true,
        lostSide: 'primary',
        msg: `The primary side lost the desktops of 50 of 150 agents at once: its losses are held until most are back, ${until} at the latest.`,
      },
    ]);
  });

  it.each([
    ['over', 'The primary side is not protected any more. Requests for its agents resume.'],
    ['released', 'The losses of the primary side are let go by an operator. Requests for its agents resume.'],
    [null, 'The primary side is not protected any more. Requests for its agents resume.'],
  ] as const)('logs what another worker or an operator judged, once: held, then %s', async (state, end) => {
    const { world, watch, told, lines, laterBy } = setUp();
    const held = { state: 'held', since: now, lost: 50 } as const;
    world.absent = 50;
    const judge = async (): Promise<void> => {
      await watch.judge(now);
      laterBy(judgementMsMax + 1);
    };
    world.protections.primary = held;
    await judge();
    await judge();
    world.protections.primary = state === null ? null : { ...held, state };
    await judge();
    await judge();
    expect(lines.map(({ level }) => level)).toEqual([40, 30]);
    expect(lines[1]?.msg).toBe(end);
    expect(told).toEqual([]);
  });

  it('logs that requests resume slowly when the longest hold is over, and nothing when the last one is out', async () => {
    const { world, watch, lines, laterBy } = setUp();
    world.protections.primary = { state: 'held', since: now, lost: 50 };
    world.absent = 50;
    await watch.judge(now);
    laterBy(judgementMsMax + 1);
    await watch.judge(now + defaultPolicy.massLoss.holdMsMax);
    world.absent = 0;
    laterBy(judgementMsMax + 1);
    await watch.judge(now + defaultPolicy.massLoss.holdMsMax + 1_000);
    expect(world.protections.primary).toMatchObject({ state: 'over' });
    expect(lines.map(({ level }) => level)).toEqual([40, 30]);
    expect(lines[1]?.msg).toMatch(/signed out slowly\. Requests for its agents resume\.$/);
  });

  it('finds a burst that nobody was there to see when one of its losses is due', async () => {
    const { world, watch } = setUp();
    const lostAt = now - 2 * minute;
    world.lostAt = Array.from({ length: 50 }, (_, n) => lostAt + n * 100);
    expect(await watch.protectedUntil(lossAt(lostAt), 'primary', now)).toBe(now + defaultPolicy.massLoss.holdMsMax);
    expect(world.protections.primary).toMatchObject({ state: 'held', since: now });
  });

  it('holds no bye, nor a loss that is older than a mass loss is held', async () => {
    const { world, watch } = setUp();
    const lostAt = now - defaultPolicy.massLoss.holdMsMax - 1;
    world.lostAt = Array.from({ length: 50 }, () => lostAt);
    expect(await watch.protectedUntil(lossAt(lostAt), 'primary', now)).toBeNull();
    expect(await watch.protectedUntil(lossAt(lostAt, 'bye'), 'primary', now)).toBeNull();
    expect(world.protections.primary).toBeNull();
  });

  it('lets the losses go when most are back, by the next judgement', async () => {
    const { world, watch, told } = setUp();
    world.protections.primary = { state: 'held', since: now - 3 * minute, lost: 50 };
    world.absent = 5;
    await watch.judge(now);
    expect(await watch.protectedUntil(lossAt(now - 3 * minute), 'primary', now)).toBeNull();
    expect(told).toEqual(['The primary side is not protected any more.']);
  });

  it('takes the verdict of whoever judged first, and does not tell it again', async () => {
    const { world, watch, told } = setUp();
    world.lostAt = Array.from({ length: 50 }, () => now);
    world.meanwhile = { state: 'held', since: now - 1, lost: 49 };
    await watch.judge(now);
    expect(world.protections.primary).toEqual(world.meanwhile);
    expect(told).toEqual([]);
    expect(await watch.protectedUntil(lossAt(now), 'primary', now)).toBe(now - 1 + defaultPolicy.massLoss.holdMsMax);
  });

  it('gives the pace by the agents who are signed in on that side', async () => {
    const { world, watch } = setUp();
    Object.assign(world, { present: 1_900, absent: 100 });
    expect(await watch.paceOf('primary')).toEqual({ perMinuteMax: 300, perSecondMax: null });
  });
});
