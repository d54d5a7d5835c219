import { type Side } from '#domain/agent';
import { type Pace } from '#domain/mass-loss';
import { type AgentStore, type CommitAnswer } from '#engine/ports';
import { lineMsMax, placeKeptMs, triesMax } from '../lua/admission.lua';
import { issuingCommit, keyOf } from './agents.spec-support';
import { startedForEach, type UnderTest, within } from './under-test.spec-support';

export interface RateLimitsUnderTest extends UnderTest {
  readonly store: AgentStore;
  readonly issuingPerSecondMax: number;
  /** Limits of the requests about that side's losses; at first so high that none is reached. At least 3 pass in a second. */
  setPace(side: Side, pace: Pace): void;
}

const secondMs = 1_000;
const minuteMs = 60_000;
/** A commit is on its way for less than that in every store whose clock can be set. */
const wayMs = 5;

/** Requests, one after the other, each about an agent of its own. */
class Requests {
  private agentNumber = 1_000;

  constructor(private readonly under: () => RateLimitsUnderTest) {}

  next(): string {
    return String(++this.agentNumber);
  }

  ask(agentId = this.next(), serverId: string | null = 'primary-1'): Promise<CommitAnswer> {
    return this.under().store.commit(issuingCommit(agentId, { serverId }));
  }

  async askFor(count: number, serverId?: string | null): Promise<CommitAnswer[]> {
    const answers: CommitAnswer[] = [];
    for (let n = 0; n < count; n++) answers.push(await this.ask(this.next(), serverId));
    return answers;
  }

  /**
   * What `look` answers when it took less than a second, and no request was counted in the second before it; `before` is
   * done before that second, each time.
   */
  inOneSecond<T>(look: () => Promise<T>, before?: () => Promise<unknown>): Promise<T> {
    const { clock } = this.under();
    const prepare = async (): Promise<void> => {
      await before?.();
      await clock.advance(secondMs + 1);
    };
    return within({ clock, ms: secondMs, prepare }, look);
  }
}

/** When a refused request is to be tried again; NaN for one that was not refused. */
function nextAtOf(answer: CommitAnswer | undefined): number {
  return typeof answer === 'object' ? (answer.nextAt ?? Number.NaN) : Number.NaN;
}

function committedIn(answers: readonly CommitAnswer[]): number {
  return answers.filter((answer) => answer === 'committed').length;
}

/** How many requests may go out, and whose turn is next. */
export function describeRateLimits(name: string, start: () => Promise<RateLimitsUnderTest>): void {
  describe(`the limits of requests ${name}`, () => {
    const under = startedForEach(start);
    const requests = new Requests(under);
    limitsOfAll(under, requests);
    limitsOfSides(under, requests);
  });
}

function limitsOfAll(under: () => RateLimitsUnderTest, requests: Requests): void {
  it('lets no more out within a second than allowed, and gives the others places one behind the other', async () => {
    const { clock, issuingPerSecondMax, store } = under();
    const { answers, lastId, now } = await requests.inOneSecond(async () => {
      const first = await requests.askFor(issuingPerSecondMax + 1);
      const id = requests.next();
      const last = await requests.ask(id);
      return { answers: [...first, last], lastId: id, now: await clock.now() };
    });
    expect(committedIn(answers)).toBe(issuingPerSecondMax);
    const [place, behind] = answers.slice(issuingPerSecondMax).map(nextAtOf);
    expect(place).toBeGreaterThan(now - secondMs);
    expect(behind).toBe((place ?? 0) + Math.ceil(secondMs / issuingPerSecondMax));
    expect((await store.load(keyOf(lastId))).version).toBe('');
  });

  it('lets the next one out when the oldest is a second old', async () => {
    const { clock, issuingPerSecondMax } = under();
    const freeAt = await requests.inOneSecond(async () => {
      await requests.askFor(issuingPerSecondMax);
      return nextAtOf(await requests.ask());
    });
    await clock.advance(Math.max(0, freeAt - (await clock.now())));
    expect(await requests.ask()).toBe('committed');
  });

  it('keeps the place of one that comes too early', async () => {
    const { issuingPerSecondMax } = under();
    const { place, again } = await requests.inOneSecond(async () => {
      await requests.askFor(issuingPerSecondMax);
      const early = requests.next();
      const first = await requests.ask(early);
      await requests.askFor(2 * issuingPerSecondMax);
      return { place: first, again: await requests.ask(early) };
    });
    expect(place).toMatchObject({ refused: 'rate' });
    expect(again).toEqual(place);
  });

  it('lets one that comes in time and finds the limit reached again try when it is free next, not at the end', async () => {
    const { issuingPerSecondMax } = under();
    let early = '';
    const givePlaces = async (): Promise<void> => {
      await requests.askFor(issuingPerSecondMax);
      early = requests.next();
      await requests.ask(early);
      await requests.askFor(2 * issuingPerSecondMax);
    };
    const { again, end } = await requests.inOneSecond(
      async () => {
        await requests.askFor(issuingPerSecondMax);
        return { again: nextAtOf(await requests.ask(early)), end: nextAtOf(await requests.ask()) };
      },
      () => requests.inOneSecond(givePlaces),
    );
    expect(again).toBeLessThan(end);
  });
}

/** Rule M4. */
function limitsOfSides(under: () => RateLimitsUnderTest, requests: Requests): void {
  it('lets no more of one side out within a minute than its pace allows, even when the pace shrinks with each', async () => {
    const begun = await under().clock.now();
    const answers: CommitAnswer[] = [];
    for (const perMinuteMax of [2, 1, 1]) {
      under().setPace('secondary', { perMinuteMax, perSecondMax: null });
      answers.push(await requests.ask(undefined, 'secondary-1'));
    }
    expect(answers.slice(0, 2)).toEqual(['committed', 'committed']);
    expect(nextAtOf(answers[2])).toBeGreaterThanOrEqual(begun + minuteMs);
  });

  it('does not hold one side up for the limit of the other, nor an order about an agent without a side', async () => {
    under().setPace('primary', { perMinuteMax: 1, perSecondMax: 1 });
    expect(await requests.ask()).toBe('committed');
    expect(await requests.ask()).toMatchObject({ refused: 'rate' });
    expect(await requests.ask(undefined, 'secondary-1')).toBe('committed');
    expect(await requests.ask(undefined, null)).toBe('committed');
  });

  it('counts no goodbye for the limit of a side: it is an act of the agent, not a loss of ours', async () => {
    under().setPace('primary', { perMinuteMax: 0, perSecondMax: null });
    const agentId = requests.next();
    expect(await under().store.commit(issuingCommit(agentId, { cause: 'bye' }))).toBe('committed');
    expect(await requests.ask()).toMatchObject({ refused: 'rate' });
  });

  it('lets none out where the pace is none', async () => {
    const { clock } = under();
    under().setPace('primary', { perMinuteMax: 0, perSecondMax: null });
    const before = await clock.now();
    const place = nextAtOf(await requests.ask());
    expect(place).toBeGreaterThanOrEqual(before + minuteMs);
    expect(nextAtOf(await requests.ask())).toBe(place + minuteMs);
  });

  it('counts for a limit per second only what was let out since there is one', async () => {
    const answers = await requests.inOneSecond(async () => {
      under().setPace('primary', { perMinuteMax: 1_000, perSecondMax: null });
      const before = await requests.ask();
      under().setPace('primary', { perMinuteMax: 1_000, perSecondMax: 1 });
      return [before, await requests.ask(), await requests.ask()];
    });
    expect(answers.slice(0, 2)).toEqual(['committed', 'committed']);
    expect(answers[2]).toMatchObject({ refused: 'rate', nextAt: expect.any(Number) as number });
  });
}

/** The same over minutes, for stores whose clock can be set. */
export function describeRateLimitsOverMinutes(name: string, start: () => Promise<RateLimitsUnderTest>): void {
  describe(`the limits of requests over minutes ${name}`, () => {
    const under = startedForEach(start);
    const requests = new Requests(under);
    const slow: Pace = { perMinuteMax: 1, perSecondMax: null };
    windowsOfMinutes(under, requests, slow);
    placesOfMinutes(under, requests, slow);
  });
}

function windowsOfMinutes(under: () => RateLimitsUnderTest, requests: Requests, slow: Pace): void {
  it('frees a place a minute after the request that took it, and not before', async () => {
    const { clock } = under();
    under().setPace('primary', slow);
    const before = await clock.now();
    expect(await requests.ask()).toBe('committed');
    const after = await clock.now();
    const freeAt = nextAtOf(await requests.ask('2001'));
    expect(freeAt).toBeGreaterThanOrEqual(before + minuteMs);
    expect(freeAt).toBeLessThanOrEqual(after + minuteMs);
    await clock.advance(freeAt - (await clock.now()) - wayMs);
    expect(nextAtOf(await requests.ask('2001'))).toBe(freeAt);
    await clock.advance(wayMs);
    expect(await requests.ask('2001')).toBe('committed');
  });

  it('keeps the highest limit that was given for a minute, and then takes the one that is given', async () => {
    const { clock } = under();
    under().setPace('primary', { perMinuteMax: 3, perSecondMax: null });
    expect(await requests.ask()).toBe('committed');
    under().setPace('primary', slow);
    await clock.advance(minuteMs / 2);
    expect(await requests.ask()).toBe('committed');
    await clock.advance(minuteMs / 2 - secondMs);
    expect(await requests.ask()).toBe('committed');
    await clock.advance(secondMs + wayMs);
    // One of the three is a minute old; two are counted still, and one would be allowed.
    expect(await requests.ask()).toMatchObject({ refused: 'rate' });
    await clock.advance(minuteMs / 2);
    expect(await requests.ask()).toMatchObject({ refused: 'rate' });
  });
}

function placesOfMinutes(under: () => RateLimitsUnderTest, requests: Requests, slow: Pace): void {
  it('sends nobody further back than ten minutes', async () => {
    const { clock } = under();
    under().setPace('primary', slow);
    await requests.ask();
    const places = await requests.askFor(15);
    const last = nextAtOf(places.at(-1));
    expect(last).toBeGreaterThanOrEqual(nextAtOf(places[0]) + lineMsMax - 2 * minuteMs);
    expect(last).toBeLessThanOrEqual((await clock.now()) + lineMsMax);
    expect(nextAtOf(places.at(-2))).toBeLessThanOrEqual(last);
    // Nine turns of a minute are within ten; the last of fifteen has none, and is not told that it has.
    expect(places[0]).toMatchObject({ isTurn: true });
    expect(places.at(-1)).toMatchObject({
      isTurn: false,
      evidence: expect.stringContaining('within 10 min') as string,
    });
  });

  it('gives a place up when nobody came to take it for a while', async () => {
    const { clock } = under();
    under().setPace('primary', slow);
    await requests.ask();
    const place = nextAtOf(await requests.ask('2001'));
    const behind = nextAtOf(await requests.ask('2002'));
    expect(behind).toBe(place + minuteMs);
    await clock.advance(behind - (await clock.now()) + placeKeptMs + wayMs);
    expect(await requests.ask('2003')).toBe('committed');
    const before = await clock.now();
    // Both places are given up: whoever had them is new.
    const again = nextAtOf(await requests.ask('2002'));
    expect(again).toBeLessThanOrEqual(before + minuteMs);
    expect(nextAtOf(await requests.ask('2001'))).toBe(again + minuteMs);
  });

  it('lets a few try at the same free moment, and sends the others to the end', async () => {
    const { clock } = under();
    under().setPace('primary', { perMinuteMax: 10, perSecondMax: 1 });
    await requests.ask();
    const ids = Array.from({ length: triesMax + 2 }, (_, n) => String(2_001 + n));
    for (const id of ids) await requests.ask(id);
    await clock.advance((triesMax + 2) * secondMs);
    expect(await requests.ask()).toBe('committed');
    const places: number[] = [];
    for (const id of ids) places.push(nextAtOf(await requests.ask(id)));
    const [first = Number.NaN] = places;
    expect(places.filter((at) => at === first)).toHaveLength(triesMax);
    expect(places.slice(triesMax).every((at) => at > first)).toBe(true);
  });
}
