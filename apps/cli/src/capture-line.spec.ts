import { type CaptureLine, readCaptureLine, writeCaptureLine } from './capture-line';
import { wordsOf } from './replay';

const at = '2026-01-01T00:00:00.000Z';
const heartbeat = Uint8Array.from(Buffer.from('000000040000000500000002', 'hex'));
const lines: CaptureLine[] = [
  { kind: 'header', header: { at, capture: 1, a: 'x:1', b: 'y:2', peripheralId: 5000 } },
  { kind: 'event', event: { at, connection: 1, side: 'a', event: 'connecting' } },
  { kind: 'event', event: { at, connection: 1, side: 'a', event: 'closed', why: 'gone' } },
  {
    kind: 'frame',
    frame: { at, connection: 1, side: 'b', direction: 'sent', version: 24, name: 'HEARTBEAT_REQ', frame: heartbeat },
  },
  { kind: 'frame', frame: { at, connection: 1, side: 'b', direction: 'received', version: 13, name: 'OPEN_REQ' } },
];

describe('a line of a capture', () => {
  it.each(lines)('is read as it was written: %j', (line) => {
    expect(readCaptureLine(writeCaptureLine(line))).toEqual(line);
  });

  it('reads well', () => {
    expect(lines.map(wordsOf)).toEqual([
      `${at}  captured from A x:1, B y:2, peripheral 5000`,
      `${at}  A#1 connecting`,
      `${at}  A#1 closed: gone`,
      `${at}  B#1 → HEARTBEAT_REQ, protocol 24\n    \`00000004\` MessageLength 4 · \`00000005\` MessageType 5 · \`00000002\` InvokeID 2`,
      `${at}  B#1 ← OPEN_REQ, protocol 13\n    withheld: it could not be read`,
    ]);
  });

  const frame = { at, connection: 1, side: 'b', direction: 'sent', version: 24, name: 'X', frame: '00' };
  it.each([
    ['{', 'is no JSON'],
    ['7', 'is no object'],
    [JSON.stringify({ ...frame, frame: '0' }), 'has a wrong frame'],
    [JSON.stringify({ ...frame, version: 12 }), 'has a wrong version'],
    [JSON.stringify({ ...frame, side: 'c' }), 'has a wrong side'],
    [JSON.stringify({ ...frame, at: 'noon' }), 'has a wrong at'],
    [JSON.stringify({ capture: 2 }), 'has a wrong'],
    [JSON.stringify({ event: 'opened' }), 'has a wrong'],
  ])('is refused when it is %s', (text, sentence) => {
    expect(readCaptureLine(text)).toContain(sentence);
  });
});
