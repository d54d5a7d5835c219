import fc from 'fast-check';
import { annotateFrame } from './annotate';
import { messageArbitrary, sentArbitrary, versionArbitrary, versions } from './arbitrary-messages.spec-support';
import { decodeMessage } from './decode';
import { encodeMessage } from './encode';
import { HEADER_BYTES, type ProtocolVersion } from './field-types';
import { FrameReader } from './frame';
import { messages } from './messages';
import { ProtocolRangeError } from './protocol-fault';
import { messageNames, sampleOf } from './samples.spec-support';

function decodeFrame(frame: Buffer, version: ProtocolVersion) {
  return decodeMessage(frame.readUInt32BE(4), frame.subarray(HEADER_BYTES), version);
}

/** A copy of a body between two runs of a byte, so that a read outside of it shows. */
function surrounded(body: Uint8Array, byte: number): Uint8Array {
  const around = new Uint8Array(body.length + 64).fill(byte);
  around.set(body, 32);
  return around.subarray(32, 32 + body.length);
}

/** Bytes changed, put in, taken out, and cut off. */
const mutation = fc.oneof(
  fc.record({ kind: fc.constant('set'), at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ kind: fc.constant('insert'), at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ kind: fc.constant('remove'), at: fc.nat(), byte: fc.constant(0) }),
  fc.record({ kind: fc.constant('cut'), at: fc.nat(), byte: fc.constant(0) }),
);

function mutate(body: Uint8Array, changes: readonly { kind: string; at: number; byte: number }[]): Uint8Array {
  const bytes = [...body];
  for (const { kind, at, byte } of changes) {
    const index = at % (bytes.length + 1);
    if (kind === 'set' && index < bytes.length) {
      bytes[index] = byte;
    } else if (kind === 'insert') {
      bytes.splice(index, 0, byte);
    } else if (kind === 'remove') {
      bytes.splice(index, 1);
    } else if (kind === 'cut') {
      bytes.length = index;
    }
  }
  return Uint8Array.from(bytes);
}

const mutatedFrame = fc
  .tuple(fc.constantFrom(...messageNames), versionArbitrary, fc.array(mutation, { minLength: 1, maxLength: 4 }))
  .map(([name, version, changes]) => {
    const body = mutate(sampleOf(name, version).frame.subarray(HEADER_BYTES), changes);
    return { name, type: messages[name].number, body, version };
  });

describe('the codec', () => {
  it.each(messageNames)('reads every %s that it writes as the same message, in every version', (name) => {
    const oneInEach = fc.tuple(
      ...versions.map((version) => messageArbitrary(name, version).map((message) => ({ message, version }))),
    );
    fc.assert(
      fc.property(oneInEach, (all) => {
        for (const { message, version } of all) {
          const frame = encodeMessage(message, version);
          expect(decodeFrame(frame, version)).toStrictEqual({ kind: 'message', message });
        }
      }),
      { numRuns: 1 },
    );
  });

  it('writes what it has read, however it was written, in a form that it reads and writes the same', () => {
    fc.assert(
      fc.property(mutatedFrame, ({ type, body, version }) => {
        const decoded = decodeMessage(type, body, version);
        fc.pre(decoded.kind === 'message');
        const frame = writtenOrRefused(() => encodeMessage(decoded.message, version));
        fc.pre(frame !== undefined);
        const again = decodeFrame(frame, version);
        expect(again.kind).toBe('message');
        expect(again.kind === 'message' && encodeMessage(again.message, version)).toEqual(frame);
      }),
      { numRuns: 250 },
    );
  });

  it('reads mutated frames without throwing, and nothing beside them', () => {
    fc.assert(
      fc.property(mutatedFrame, ({ type, body, version }) => {
        const decoded = decodeMessage(type, surrounded(body, 0x00), version);
        expect(decodeMessage(type, surrounded(body, 0x05), version)).toEqual(decoded);
        if (decoded.kind === 'malformed') {
          expect(decoded.fault.offset).toBeGreaterThanOrEqual(HEADER_BYTES);
          expect(decoded.fault.offset).toBeLessThanOrEqual(HEADER_BYTES + body.length);
          expect(decoded.fault.field).not.toBe('');
        }
      }),
      { numRuns: 800 },
    );
  });

  it('reads any bytes as any message without throwing, and explains them byte for byte', () => {
    const anything = fc.tuple(fc.constantFrom(...messageNames), fc.uint8Array({ maxLength: 200 }), versionArbitrary);
    fc.assert(
      fc.property(anything, ([name, body, version]) => {
        const type = messages[name].number;
        expect(['message', 'malformed']).toContain(decodeMessage(type, body, version).kind);
        const header = Buffer.alloc(HEADER_BYTES);
        header.writeUInt32BE(body.length, 0);
        header.writeUInt32BE(type, 4);
        const frame = Buffer.concat([header, body]);
        const { parts } = annotateFrame(frame, version, true);
        expect(parts.map(({ hex }) => hex.replaceAll(' ', '')).join('')).toBe(frame.toString('hex'));
      }),
      { numRuns: 500 },
    );
  });
});

/** The frame, or nothing where the value is one that a peer may send and we may not (a text beyond its limit). */
function writtenOrRefused(write: () => Buffer): Buffer | undefined {
  try {
    return write();
  } catch (error) {
    if (error instanceof ProtocolRangeError) {
      return undefined;
    }
    throw error;
  }
}

describe('a frame reader', () => {
  const stream = fc
    .array(sentArbitrary(messageNames), { minLength: 1, maxLength: 8 })
    .map((sent) => sent.map(({ message, version }) => encodeMessage(message, version)));
  const plain = (frames: readonly { type: number; body: Uint8Array }[]) =>
    frames.map(({ type, body }) => [type, Buffer.from(body).toString('hex')]);

  it('returns the same frames however the stream is cut', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat()), (frames, cuts) => {
        const bytes = Buffer.concat(frames);
        const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1))), bytes.length].sort((a, b) => a - b);
        const reader = new FrameReader();
        const read = ends.flatMap((end, index) => reader.push(bytes.subarray(ends[index - 1] ?? 0, end)));
        expect(plain(read)).toEqual(frames.map((frame) => [frame.readUInt32BE(4), frame.toString('hex', 8)]));
        expect(reader.fault).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });

  it('returns the same frames and the same fault from single bytes as from one piece', () => {
    const tooLong = Buffer.from('00003100000000051234', 'hex');
    fc.assert(
      fc.property(stream, fc.boolean(), (frames, ends) => {
        const bytes = Buffer.concat([...frames, ...(ends ? [tooLong] : [])]);
        const whole = new FrameReader(12_000);
        const bytewise = new FrameReader(12_000);
        const expected = plain(whole.push(bytes));
        expect(plain([...bytes].flatMap((byte) => bytewise.push(Uint8Array.of(byte))))).toEqual(expected);
        expect(bytewise.fault).toEqual(whole.fault);
        expect(whole.fault?.code).toBe(ends ? 'frameTooLong' : undefined);
      }),
      { numRuns: 50 },
    );
  });
});
