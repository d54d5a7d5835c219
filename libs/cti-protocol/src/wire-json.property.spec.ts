import fc from 'fast-check';
import { messageArbitrary, sentArbitrary, versionArbitrary } from './arbitrary-messages.spec-support';
import { blankSecrets } from './blank-secrets';
import { decodeMessage } from './decode';
import { encodeMessage } from './encode';
import { FRAME_BYTES_MAX, HEADER_BYTES } from './field-types';
import { messages } from './messages';
import { messageNames } from './samples.spec-support';
import { hexOf, readWire, writeWire } from './wire-json';

function withHeader(type: number, body: Uint8Array): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(body.length, 0);
  header.writeUInt32BE(type, 4);
  return Buffer.concat([header, body]);
}

describe('frames as plain values', () => {
  it('come back byte by byte: every message in every version', () => {
    fc.assert(
      fc.property(sentArbitrary(messageNames), ({ message, version }) => {
        const frame = encodeMessage(message, version);
        const read = readWire(frame, version);
        expect(read).toMatchObject({ kind: 'message', message: { name: message.name } });
        // Through JSON, as on the command line.
        const written = read.kind === 'message' && writeWire(JSON.parse(JSON.stringify(read.message)), version);
        expect(written).toEqual({ kind: 'frame', frame: Uint8Array.from(frame) });
      }),
      { numRuns: 400 },
    );
  });

  it('come back byte by byte whatever was added to them, or are faults for the decoder as well', () => {
    const tail = fc.uint8Array({ maxLength: 24 });
    fc.assert(
      fc.property(sentArbitrary(messageNames), tail, ({ message, version }, bytes) => {
        const type = messages[message.name].number;
        const body = Buffer.concat([encodeMessage(message, version).subarray(HEADER_BYTES), bytes]);
        fc.pre(body.length <= FRAME_BYTES_MAX - HEADER_BYTES);
        const frame = withHeader(type, body);
        const read = readWire(frame, version);
        expect(read.kind).toBe(decodeMessage(type, body, version).kind === 'message' ? 'message' : 'fault');
        if (read.kind === 'message') {
          expect(writeWire(read.message, version)).toEqual({ kind: 'frame', frame: Uint8Array.from(frame) });
        }
      }),
      { numRuns: 400 },
    );
  });

  it('are values or faults for any bytes and any JSON, never an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.jsonValue(), versionArbitrary, (bytes, json, version) => {
        expect(['message', 'fault']).toContain(readWire(bytes, version).kind);
        expect(writeWire(json, version).kind).toBe('fault');
        const named = { name: 'SET_AGENT_STATE_REQ', fields: json, floating: json };
        expect(writeWire(named, version).kind).toBe('fault');
      }),
      { numRuns: 300 },
    );
  });
});

describe('a frame without its secrets', () => {
  const secretWords = fc.string({ unit: fc.constantFrom('k', 'q', 'z'), minLength: 3, maxLength: 30 });

  it('holds no password, tells no length of one, and is read as before otherwise', () => {
    fc.assert(
      fc.property(versionArbitrary, secretWords, secretWords, (version, first, second) => {
        const sample = fc.sample(messageArbitrary('OPEN_REQ', version), { numRuns: 1, seed: 1 })[0]!;
        const open = (text: string) =>
          encodeMessage(
            { ...sample, name: 'OPEN_REQ', VersionNumber: version, ClientPassword: Buffer.from(text) } as never,
            version,
          );
        const blanked = blankSecrets(open(first), version);
        expect(blanked).toBeDefined();
        expect(hexOf(blanked!)).not.toContain(Buffer.from(first).toString('hex'));
        expect(blanked).toEqual(blankSecrets(open(second), version));
        expect(readWire(blanked!, version).kind).toBe('message');
      }),
      { numRuns: 50 },
    );
  });
});
