import { readWire, writeWire, type WireMessage } from './wire-json';
import { workedExamples } from './worked-examples.spec-support';

const frameOf = (hex: string) => Buffer.from(hex, 'hex');
const failure = '00000008000000010000000100000024';
const notReady =
  '000000590000001e0000000000001388000000000011000200000000ffffffffffffffff00000002c3520000000100000000000100000001' +
  '0000139700000000000000000000000500053130303100000400053330303100000600053330303100';

function messageOf(hex: string, version: 13 | 19 | 24 = 24): WireMessage {
  const read = readWire(frameOf(hex), version);
  if (read.kind === 'fault') throw new Error(read.sentence);
  return read.message;
}

function hexWritten(message: unknown, version: 13 | 19 | 24 = 24): string {
  const written = writeWire(message, version);
  return written.kind === 'fault' ? written.sentence : Buffer.from(written.frame).toString('hex');
}

describe('a frame as plain values', () => {
  it('has the fixed fields by name and in order, and the floating ones as they were sent', () => {
    expect(messageOf(failure)).toEqual({ name: 'FAILURE_CONF', fields: { InvokeID: 1, Status: 36 }, floating: [] });
    const { fields, floating } = messageOf(notReady);
    expect(Object.keys(fields).slice(0, 4)).toEqual(['MonitorID', 'PeripheralID', 'SessionID', 'PeripheralType']);
    expect(fields).toMatchObject({ AgentState: 2, EventReasonCode: 50002, ICMAgentID: 5015, DepartmentID: 0 });
    expect(floating).toEqual([
      [5, '3130303100'],
      [4, '3330303100'],
      [6, '3330303100'],
    ]);
  });

  it('is written again byte by byte, for every worked example in every version', () => {
    for (const { frames } of workedExamples) {
      for (const { versions, hex } of frames) {
        for (const version of versions) {
          const read = readWire(frameOf(hex), version);
          expect(read.kind === 'message' && writeWire(read.message, version)).toEqual({
            kind: 'frame',
            frame: Uint8Array.from(frameOf(hex)),
          });
        }
      }
    }
  });

  it('keeps what a decoded message does not: order, unknown tags, a missing NUL, doubled fields', () => {
    const odd = '00000023000000180000000000001388001100010100012300190004333030310' + '3e7000101001900023838';
    const message = messageOf(odd);
    expect(message.floating).toEqual([
      [25, '33303031'],
      [999, '01'],
      [25, '3838'],
    ]);
    expect(hexWritten(message)).toBe(odd);
  });

  it('keeps a BOOL that is neither 0 nor 1, and a negative INT', () => {
    const confirmed = '0000002000000004000000010000001400000000000000006592008000070011000900000000' + '0001';
    expect(messageOf(confirmed).fields).toMatchObject({ PeripheralOnline: 7 });
    expect(hexWritten(messageOf(confirmed))).toBe(confirmed);
    const negative = notReady.replace('00001397', 'fffffffe');
    expect(messageOf(negative).fields).toMatchObject({ ICMAgentID: -2 });
    expect(hexWritten(messageOf(negative))).toBe(negative);
  });

  it('takes the fixed fields as an array too', () => {
    expect(hexWritten({ name: 'FAILURE_CONF', fields: [1, 36] })).toBe(failure);
  });

  it('reads and writes the other body of FAILURE_CONF, whose fields say which it is', () => {
    const long = '0000000a0000000100000004001600002780';
    expect(messageOf(long).fields).toEqual({ InvokeID: 4, Status: 22, PeripheralErrorCode: 10112 });
    expect(hexWritten(messageOf(long))).toBe(long);
  });

  it.each([
    ['000000', 'a frame has a header of 8 bytes, this has 3'],
    ['0000000900000001000000010000002400', undefined],
    ['0000000800000001000000010000', 'FAILURE_CONF: MessageLength says 8 bytes after the header, 6 follow'],
    ['00000000000003e7', 'MessageType 999 is not in the table'],
    ['0000000300000006000000', 'HEARTBEAT_CONF: InvokeID at offset 8: the body ends before the field does'],
  ])('says of %s what is wrong with it', (hex, sentence) => {
    const read = readWire(frameOf(hex), 24);
    expect(read.kind).toBe('fault');
    expect(read.kind === 'fault' && read.sentence).toContain(sentence ?? 'FAILURE_CONF: tag at offset 16');
  });

  it('refuses a frame that is longer than any', () => {
    expect(readWire(Buffer.alloc(12_501), 24)).toEqual({
      kind: 'fault',
      sentence: 'a frame has at most 12500 bytes, this has 12501',
    });
  });

  const fields = { InvokeID: 1 };
  it.each([
    ['a text', 'HEARTBEAT_REQ', 'a message is an object {name, fields, floating}'],
    ['null', null, 'a message is an object'],
    ['no name', { fields }, 'name is missing or no text'],
    ['an unknown name', { name: 'toString', fields }, 'no message is called "toString"'],
    ['no fields', { name: 'HEARTBEAT_REQ' }, 'HEARTBEAT_REQ: fields is missing'],
    ['a missing field', { name: 'HEARTBEAT_REQ', fields: {} }, 'HEARTBEAT_REQ: InvokeID is missing in version 24'],
    ['a stranger', { name: 'HEARTBEAT_REQ', fields: { InvokeID: 1, X: 1 } }, 'there is no fixed field "X"'],
    ['too few values', { name: 'HEARTBEAT_REQ', fields: [] }, 'fields has 0 values, there are 1'],
    ['a text for a number', { name: 'HEARTBEAT_REQ', fields: { InvokeID: '1' } }, 'InvokeID is no integer from 0'],
    ['too big a number', { name: 'HEARTBEAT_REQ', fields: [2 ** 32] }, 'InvokeID is no integer from 0 to 4294967295'],
    ['no list', { name: 'HEARTBEAT_REQ', fields, floating: {} }, 'floating is no array'],
    ['half a pair', { name: 'HEARTBEAT_REQ', fields, floating: [[5]] }, 'floating[0] is no [tag, hex]'],
    ['a wide tag', { name: 'HEARTBEAT_REQ', fields, floating: [[70_000, '']] }, 'a tag from 0 to 65535'],
    ['half a byte', { name: 'HEARTBEAT_REQ', fields, floating: [[5, '3']] }, 'floating[0], tag 5, has no hexadecimal'],
    ['no digit', { name: 'HEARTBEAT_REQ', fields, floating: [[5, 'zz']] }, 'has no hexadecimal data'],
  ])('refuses %s and says why', (_, message, sentence) => {
    expect(hexWritten(message)).toContain(sentence);
  });

  it('refuses data whose length does not fit its type, as the decoder does', () => {
    const message = { ...messageOf(notReady), floating: [[150, '01']] };
    expect(hexWritten(message)).toContain('Duration at offset 70: the length does not fit the type');
  });

  it('has no tag above 255 and no data above 255 bytes where these take one byte', () => {
    expect(hexWritten({ name: 'HEARTBEAT_REQ', fields, floating: [[303, '']] }, 19)).toContain('a tag from 0 to 255');
    const long = { name: 'HEARTBEAT_REQ', fields, floating: [[5, '00'.repeat(256)]] };
    expect(hexWritten(long, 19)).toContain('at most 255 bytes');
    expect(hexWritten(long, 24)).toMatch(/^0000010800000005/);
  });

  it('puts no frame together that is longer than any', () => {
    const floating = Array.from({ length: 4 }, () => [5, '00'.repeat(4_000)]);
    expect(hexWritten({ name: 'HEARTBEAT_REQ', fields, floating })).toContain('floating[3] makes the frame longer');
  });

  it('wants the fields of the version', () => {
    const { fields: newer } = messageOf(notReady);
    const { DepartmentID, ...older } = newer;
    expect(DepartmentID).toBe(0);
    expect(hexWritten({ name: 'AGENT_STATE_EVENT', fields: older }, 13)).toMatch(/^0000003a0000001e/);
  });
});
