import { type ClockSource } from '../clock/store-clock';
import { readClockValue, storeTimeOf } from '../clock/store-time';
import { type Roll } from '../roll';
import { issuingCommit, keyOf } from './agents.spec-support';
import { type IssuingUnderTest } from './issuing.spec-support';
import { startedForEach } from './under-test.spec-support';

export interface ClockUnderTest extends IssuingUnderTest {
  readonly source: ClockSource;
  readonly roll: Pick<Roll, 'now'>;
  renew(serverId: string): Promise<{ readonly now: number }>;
}

const sentence = 'It stepped.';
const hourMs = 3_600_000;

/** Store time: the clock of the store's host, and the offset that stands against its steps. */
export function describeClock(name: string, start: () => Promise<ClockUnderTest>): void {
  describe(`the time of the store ${name}`, () => {
    const under = startedForEach(start);
    corrections(under);
    users(under);
  });
}

function corrections(under: () => ClockUnderTest): void {
  it('is that of its host while nothing was corrected', async () => {
    const { source, clock } = under();
    const before = await clock.now();
    const sample = await source.sample();
    expect(sample.text).toBe('');
    expect(storeTimeOf(sample)).toBe(sample.raw);
    expect(sample.raw).toBeGreaterThanOrEqual(before);
    expect(await clock.now()).toBeGreaterThanOrEqual(sample.raw);
  });

  it('is corrected once by those who saw the same step, with one line in the journal', async () => {
    const { source } = under();
    const { text: expected } = await source.sample();
    const correction = { expected, shiftMs: hourMs, spanMs: 1_234 };
    expect(await source.correct(correction, sentence)).toBe(true);
    expect(await source.correct(correction, sentence)).toBe(false);
    const sample = await source.sample();
    const value = { offsetMs: hourMs, forwardMs: hourMs, backMs: 0, spanMs: 0, shiftMs: hourMs };
    expect(readClockValue(sample.text)).toMatchObject(value);
    const entry = { what: 'clockCorrected', loss: null, shiftMs: hourMs, sentence };
    expect((await under().lines()).map((line) => line.entry)).toEqual([entry]);
  });

  it('adds corrections up, keeps both sums, and the longest span of those that follow each other', async () => {
    const { source } = under();
    const correct = async (shiftMs: number, spanMs: number): Promise<void> => {
      const { text: expected } = await source.sample();
      expect(await source.correct({ expected, shiftMs, spanMs }, sentence)).toBe(true);
    };
    await correct(-2_000, 5_000);
    await correct(-1_000, 3_000);
    await correct(500, 9_000);
    const { offsetMs, ...rest } = readClockValue((await source.sample()).text);
    expect(rest).toMatchObject({ forwardMs: 500, backMs: 3_000, spanMs: 5_000, shiftMs: 500 });
    // What returned to 0 between them is little.
    expect(offsetMs).toBeGreaterThanOrEqual(-2_500);
    expect(offsetMs).toBeLessThan(-2_000);
  });

  it('survives a restart', async () => {
    const { source } = under();
    await source.correct({ expected: '', shiftMs: hourMs, spanMs: 1 }, sentence);
    const { text } = await source.sample();
    const restore = await under().backUp();
    await source.correct({ expected: text, shiftMs: -hourMs, spanMs: 1 }, sentence);
    await restore();
    expect((await source.sample()).text).toBe(text);
  });
}

function users(under: () => ClockUnderTest): void {
  it.each([
    ['ahead of', hourMs],
    ['behind', -hourMs],
  ])('is the same for all who ask for it, %s the clock of its host', async (_, shiftMs) => {
    const { source, clock, roll, store } = under();
    await source.correct({ expected: '', shiftMs, spanMs: 1 }, sentence);
    await clock.advance(300);
    const asked = [
      async () => storeTimeOf(await source.sample()),
      () => roll.now(),
      async () => (await store.load(keyOf('1001'))).now,
      async () => (await under().renew('primary-2')).now,
    ];
    for (const ask of asked) {
      const before = storeTimeOf(await source.sample());
      const now = await ask();
      expect(now).toBeGreaterThanOrEqual(before);
      expect(now).toBeLessThanOrEqual(storeTimeOf(await source.sample()));
    }
  });

  it('returns to that of its host by itself', async () => {
    const { source, clock, roll } = under();
    await source.correct({ expected: '', shiftMs: 2, spanMs: 1 }, sentence);
    await clock.advance(250);
    const [before, now, after] = [await source.sample(), await roll.now(), await source.sample()];
    expect(storeTimeOf(after)).toBe(after.raw);
    expect(now).toBeGreaterThanOrEqual(before.raw);
    expect(now).toBeLessThanOrEqual(after.raw);
  });

  it('decides whether the commit of a request is too early', async () => {
    const { source, store } = under();
    const notBefore = storeTimeOf(await source.sample()) + 60_000;
    expect(await store.commit(issuingCommit('1001', { notBefore }))).toBe('early');
    await source.correct({ expected: '', shiftMs: 61_000, spanMs: 1 }, sentence);
    await under().setGenerationReady(true);
    expect(await store.commit(issuingCommit('1001', { notBefore }))).toBe('committed');
  });
}
