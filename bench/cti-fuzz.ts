import { isDeepStrictEqual } from 'node:util';
import { decodeMessage, type Decoded } from '#cti-protocol/decode';
import { encodeMessage } from '#cti-protocol/encode';
import { tagBytesOf, type ProtocolVersion } from '#cti-protocol/field-types';
import { FrameReader } from '#cti-protocol/frame';
import { layoutsOfName, type Layout } from '#cti-protocol/layout';
import { messages, type MessageName } from '#cti-protocol/messages';
import { ProtocolRangeError } from '#cti-protocol/protocol-fault';
import { Random } from '../test/kit/random';
import { parseCounts } from './cti-measure';

/**
 * Feeds frames that are nearly right to the decoder for as long as you like. It must answer each of them: no exception,
 * no read outside of the frame, no frame that takes long, and what it reads can be written and read again.
 *
 *   npm run build && node dist/bench/cti-fuzz.js [--frames 10000000] [--seed N]
 *
 * Prints the seed first; the same seed and number of frames give the same frames. Exits with 1 at the first fault.
 */

const { frames, seed } = parseCounts(process.argv.slice(2), { frames: 10_000_000, seed: Date.now() % 0x8000_0000 });
console.log(`seed ${seed}, ${frames} frames`);

const random = new Random(seed);
const names = Object.keys(messages) as MessageName[];

/** Larger than any body made here; what lies around a body in it is poison. */
const ARENA_BYTES = 8192;
const BODY_AT = 1024;
const BODY_BYTES_MAX = 4096;
const BATCH = 1000;
/** One frame in this many is read again amid other poison, and written and read again. */
const SECOND_LOOK_EVERY = 16;

const arena = new Uint8Array(ARENA_BYTES);
const counts = { message: 0, malformed: 0, unknown: 0, rewritten: 0, refused: 0 };

/** Puts a body for this layout into the arena and returns its length: right, but for what chance does to it. */
function putBody(layout: Layout, tagBytes: 1 | 2): number {
  let length = layout.fixedBytes;
  for (let index = 0; index < length; index++) {
    arena[BODY_AT + index] = random.below(4) === 0 ? random.byte() : 0;
  }
  const fields = layout.places.length === 0 ? random.below(2) : random.below(random.below(8) === 0 ? 60 : 8);
  for (let field = 0; field < fields && length < BODY_BYTES_MAX - 600; field++) {
    const place = layout.places[random.below(layout.places.length + 1)];
    const isWrong = random.below(200) === 0;
    const dataBytes = isWrong || place === undefined || place.exactBytes === 0 ? random.below(40) : place.exactBytes;
    const repeat = random.below(20) === 0 ? 2 : 1;
    length = putNumber(length, place?.tag ?? random.below(0x400), tagBytes);
    length = putNumber(length, dataBytes * repeat, tagBytes);
    for (let index = 0; index < dataBytes * repeat; index++) {
      arena[BODY_AT + length++] = random.below(6) === 0 ? 0 : random.byte();
    }
  }
  return mutated(length);
}

function putNumber(at: number, value: number, bytes: 1 | 2): number {
  if (bytes === 2) {
    arena[BODY_AT + at++] = value >>> 8;
  }
  arena[BODY_AT + at++] = value;
  return at;
}

function mutated(length: number): number {
  switch (random.below(6)) {
    case 0:
      for (let changes = 1 + random.below(4); changes > 0; changes--) {
        arena[BODY_AT + random.below(length + 1)] = random.byte();
      }
      return length;
    case 1:
      return random.below(length + 1);
    case 2: {
      const at = random.below(length + 1);
      arena.copyWithin(BODY_AT + at + 1, BODY_AT + at, BODY_AT + length);
      return length + 1;
    }
    default:
      return length;
  }
}

function poison(byte: number, length: number): void {
  arena.fill(byte, BODY_AT - 64, BODY_AT);
  arena.fill(byte, BODY_AT + length, BODY_AT + length + 64);
}

/** Reads the body again where other bytes lie around it, and writes what it has read. */
function lookAgain(type: number, body: Uint8Array, version: ProtocolVersion, decoded: Decoded): void {
  poison(random.byte(), body.length);
  if (!isDeepStrictEqual(decodeMessage(type, body, version), decoded)) {
    throw new Error('the decoder read bytes outside of the body');
  }
  if (decoded.kind !== 'message') {
    return;
  }
  let frame: Buffer;
  try {
    frame = encodeMessage(decoded.message, version);
  } catch (error) {
    // A peer may send more than we may: a longer text, more elements.
    if (error instanceof ProtocolRangeError) {
      counts.refused++;
      return;
    }
    throw error;
  }
  const [again] = new FrameReader().push(frame);
  const read = again === undefined ? undefined : decodeMessage(again.type, again.body, version);
  if (read?.kind !== 'message' || !encodeMessage(read.message, version).equals(frame)) {
    throw new Error('a written message was not read as it was written');
  }
  counts.rewritten++;
}

let slowestBatchMs = 0;
const startedAt = performance.now();
let done = 0;
let now: { version: number; type: number; body: Uint8Array } = { version: 0, type: 0, body: arena };
try {
  while (done < frames) {
    const batchAt = performance.now();
    for (const end = Math.min(done + BATCH, frames); done < end; done++) {
      const version = (13 + random.below(13)) as ProtocolVersion;
      const name = names[random.below(names.length)]!;
      const layouts = layoutsOfName(name)!.byVersion[version - 13]!;
      const layout = layouts[random.below(10) === 0 ? random.below(layouts.length) : 0]!;
      const length = putBody(layout, tagBytesOf(version));
      const type = random.below(500) === 0 ? random.below(0x1_0000) : layout.number;
      const body = arena.subarray(BODY_AT, BODY_AT + length);
      now = { version, type, body };
      const decoded = decodeMessage(type, body, version);
      counts[decoded.kind]++;
      if (done % SECOND_LOOK_EVERY === 0) {
        lookAgain(type, body, version, decoded);
      }
    }
    slowestBatchMs = Math.max(slowestBatchMs, performance.now() - batchAt);
  }
} catch (error) {
  console.log(`frame ${done}: version ${now.version}, type ${now.type}, body ${Buffer.from(now.body).toString('hex')}`);
  console.log(error);
  process.exitCode = 1;
}
const seconds = (performance.now() - startedAt) / 1000;
console.log(`${done} frames in ${seconds.toFixed(1)} s: ${Math.round(done / seconds)} frames/s`);
console.log(`decoded ${counts.message}, malformed ${counts.malformed}, unknown ${counts.unknown}`);
console.log(`written and read again ${counts.rewritten}, not to be written ${counts.refused}`);
console.log(`slowest ${BATCH} frames: ${slowestBatchMs.toFixed(1)} ms`);
