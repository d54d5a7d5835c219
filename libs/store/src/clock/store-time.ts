import { type ChainableCommander } from 'ioredis';
import { type Keys } from '../keys';

/** The offset returns to 0 at 1 % of the time that passes: a grace is shortened or stretched by no more than that. */
export const offsetReturnDivisor = 100;

/** What Redis says of the time: its own clock, and the value that stands against the steps of that clock. */
export interface ClockSample {
  /** Redis TIME, epoch ms. */
  readonly raw: number;
  /** The text at `Keys.clock`; '' while no step was ever corrected. */
  readonly text: string;
}

/** `offset|since|forward|back|span|shift`: the last correction, and how far store time was put forward and back in all. */
export interface ClockValue {
  /** What is added to TIME at `since`, ms. */
  readonly offsetMs: number;
  /** TIME at the last correction, epoch ms; 0: there was none. */
  readonly since: number;
  readonly forwardMs: number;
  readonly backMs: number;
  /** How old the reference of the process was that put store time back, ms. */
  readonly spanMs: number;
  /** What the last correction added, ms. */
  readonly shiftMs: number;
}

const none: ClockValue = { offsetMs: 0, since: 0, forwardMs: 0, backMs: 0, spanMs: 0, shiftMs: 0 };

const shape = /^(-?\d+)\|(\d+)\|(\d+)\|(\d+)\|(\d+)\|(-?\d+)$/;

/** A text that is none of ours counts as no offset; the next correction replaces it. */
export function readClockValue(text: string): ClockValue {
  const match = shape.exec(text);
  if (match === null) return none;
  const [offsetMs = 0, since = 0, forwardMs = 0, backMs = 0, spanMs = 0, shiftMs = 0] = match.slice(1).map(Number);
  return { offsetMs, since, forwardMs, backMs, spanMs, shiftMs };
}

export function offsetOf({ raw, text }: ClockSample): number {
  const { offsetMs, since } = readClockValue(text);
  const returned = Math.floor(Math.max(0, raw - since) / offsetReturnDivisor);
  return offsetMs > 0 ? Math.max(0, offsetMs - returned) : Math.min(0, offsetMs + returned);
}

/** Store time, epoch ms. */
export function storeTimeOf(sample: ClockSample): number {
  return sample.raw + offsetOf(sample);
}

/** The first two commands of a pipeline; `sampleOf` reads what they answer. */
export function askTime(pipeline: ChainableCommander, keys: Keys): ChainableCommander {
  return pipeline.time().get(keys.clock);
}

export function sampleOf(time: unknown, text: unknown): ClockSample {
  const [seconds, microseconds] = time as [string | number, string | number];
  const raw = Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  return { raw, text: typeof text === 'string' ? text : '' };
}

/** A correction as the script correct-clock and its double carry it out. */
export interface ClockCorrection {
  /** The text that the value must still have. */
  readonly expected: string;
  /** What is added to store time, whole ms. */
  readonly shiftMs: number;
  /** How old the reference is that the step was measured against, ms. */
  readonly spanMs: number;
}

/** Spans of corrections that follow each other within this time count together: the longest is kept. */
export const spanKeptMs = 60_000;

/** The text after a correction of the value in `sample`; the script correct-clock computes the same. */
export function correctedText(sample: ClockSample, { shiftMs, spanMs }: Omit<ClockCorrection, 'expected'>): string {
  const before = readClockValue(sample.text);
  const offsetMs = offsetOf(sample) + shiftMs;
  const isRecent = Math.abs(sample.raw - before.since) < spanKeptMs;
  const ownSpanMs = shiftMs < 0 ? spanMs : 0;
  const forwardMs = before.forwardMs + Math.max(0, shiftMs);
  const backMs = before.backMs + Math.max(0, -shiftMs);
  const span = isRecent ? Math.max(before.spanMs, ownSpanMs) : ownSpanMs;
  return [offsetMs, sample.raw, forwardMs, backMs, span, shiftMs].join('|');
}
