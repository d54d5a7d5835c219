import { type ClockSample, readClockValue, storeTimeOf } from './store-time';

/** A shift of store time against the monotonic clock that is certainly greater is a step. */
export const stepToleranceMs = 500;

/** Store time and a monotonic clock may drift apart by this share of the time: the offset returns at this rate. */
export const driftMax = 0.01;

/** Between the last reading of a process that puts store time back and the arrival of its correction. */
export const correctionMsMax = 5_000;

/** A sample, and when it was asked for and answered by the monotonic clock of this process. */
export interface ClockReading extends ClockSample {
  readonly sentMs: number;
  readonly receivedMs: number;
}

/** What a process knows of store time: bounds of store time less its monotonic clock. */
export interface ClockReference {
  readonly lowMs: number;
  readonly highMs: number;
  /** When that was so, monotonic. */
  readonly atMs: number;
  /** Since when nothing that another process corrected had to be taken on trust, monotonic. */
  readonly startMs: number;
  /** How far store time had been put forward and back in all. */
  readonly forwardMs: number;
  readonly backMs: number;
}

/** `step`: adding `shiftMs` to store time takes it back. `spanMs`: the age of the reference. */
export type ClockVerdict =
  | { readonly kind: 'steady'; readonly reference: ClockReference }
  | { readonly kind: 'step'; readonly shiftMs: number; readonly spanMs: number };

/** Takes the reading as it is. */
export function referenceOf(reading: ClockReading): ClockReference {
  const { sentMs, receivedMs, text } = reading;
  const store = storeTimeOf(reading);
  const { forwardMs, backMs } = readClockValue(text);
  return { lowMs: store - receivedMs, highMs: store - sentMs, atMs: sentMs, startMs: sentMs, forwardMs, backMs };
}

/**
 * Compares a reading with what was known. TIME was read at some moment between question and answer, so only that part of a
 * shift counts which is certain.
 *
 * Store time that fell behind is put forward: a monotonic clock never runs ahead, so this is always right. Only where another process put
 * store time back, and this one may have begun to look between the step and that correction, its reference is what is wrong.
 *
 * Store time that is ahead is put back, less what another process put it forward meanwhile: that process saw more time
 * pass, so this one stood still. Docs/decisions/0032 has the whole argument.
 */
export function judgeReading(known: ClockReference, reading: ClockReading): ClockVerdict {
  const fresh = referenceOf(reading);
  const driftMs = Math.max(0, reading.receivedMs - known.atMs) * driftMax;
  const lowMs = known.lowMs - driftMs;
  const highMs = known.highMs + driftMs;
  const aheadMs = fresh.lowMs - highMs;
  const behindMs = lowMs - fresh.highMs;
  const putForwardMs = Math.max(0, fresh.forwardMs - known.forwardMs);
  const putBackMs = mayOverrule(known, reading) ? 0 : Math.max(0, fresh.backMs - known.backMs);
  const spanMs = Math.ceil(reading.receivedMs - known.atMs);
  if (behindMs - putBackMs > stepToleranceMs) return step(Math.floor(behindMs - putBackMs), spanMs);
  if (aheadMs - putForwardMs > stepToleranceMs) return step(-Math.floor(aheadMs - putForwardMs), spanMs);
  // Asked for before what is known now: it is judged, and nothing is learned from it.
  if (reading.sentMs < known.atMs) return { kind: 'steady', reference: known };
  if (Math.max(aheadMs, behindMs) > stepToleranceMs) return { kind: 'steady', reference: fresh };
  const both = { lowMs: Math.max(lowMs, fresh.lowMs), highMs: Math.min(highMs, fresh.highMs) };
  const bounds = both.lowMs <= both.highMs ? both : { lowMs, highMs };
  return { kind: 'steady', reference: { ...fresh, ...bounds, startMs: known.startMs } };
}

/** Whether this process has looked since before the step that the last put-back was about. */
function mayOverrule({ atMs, startMs }: ClockReference, { text }: ClockReading): boolean {
  return atMs - startMs > readClockValue(text).spanMs + correctionMsMax;
}

function step(shiftMs: number, spanMs: number): ClockVerdict {
  return { kind: 'step', shiftMs, spanMs };
}
