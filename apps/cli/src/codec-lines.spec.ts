import fc from 'fast-check';
import { type ProtocolVersion } from '#cti-protocol/messages';
import { annotateHex, frameToJson, jsonToFrame } from './codec-lines';

const heartbeat = '000000040000000500000002';
const open =
  '0000004200000003000000010000001800000078ffffffff000000140080ffff00003fff00000000000000000000000000000000000100076374696d6f6e000002000773656372657400';

describe('a line with a frame', () => {
  it('becomes a line with its message', () => {
    expect(frameToJson(heartbeat, 24)).toBe('{"name":"HEARTBEAT_REQ","fields":{"InvokeID":2},"floating":[]}');
    expect(frameToJson(` 0x${heartbeat.toUpperCase()} `, 24)).toBe(frameToJson(heartbeat, 24));
    expect(frameToJson('00:00:00:04 00000005 00000002', 24)).toBe(frameToJson(heartbeat, 24));
  });

  it.each([
    ['', 'expected one frame as pairs of hexadecimal digits'],
    ['0', 'expected one frame as pairs of hexadecimal digits'],
    ['hello', 'expected one frame as pairs of hexadecimal digits'],
    ['00000004000000050000', 'HEARTBEAT_REQ: MessageLength says 4 bytes after the header, 2 follow'],
    [`${heartbeat}${heartbeat}`, 'HEARTBEAT_REQ: MessageLength says 4 bytes after the header, 16 follow'],
  ])('with %j becomes a line with an error', (line, error) => {
    expect(JSON.parse(frameToJson(line, 24))).toEqual({ error });
  });
});

describe('a line with a message', () => {
  it('becomes a line with its frame', () => {
    expect(jsonToFrame('{"name":"HEARTBEAT_REQ","fields":{"InvokeID":2}}', 24)).toBe(heartbeat);
    expect(jsonToFrame(frameToJson(open, 24), 24)).toBe(open);
  });

  it.each([
    ['', 'the line is no JSON'],
    ['{"name":', 'the line is no JSON'],
    ['[]', 'a message is an object {name, fields, floating}'],
    ['{"name":"PING","fields":{}}', 'no message is called "PING"'],
  ])('with %j becomes a line with an error', (line, error) => {
    expect(JSON.parse(jsonToFrame(line, 24))).toEqual({ error });
  });
});

describe('any line at all', () => {
  it('becomes exactly one line', () => {
    const version = fc.constantFrom<ProtocolVersion>(13, 19, 20, 24, 25);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.stringMatching(/^[0-9a-f]*$/)), version, (line, each) => {
        for (const convert of [frameToJson, jsonToFrame]) expect(convert(line, each)).toMatch(/^[^\n]+$/);
      }),
    );
  });
});

describe('frames that are explained', () => {
  it('have a heading with name and version, and a line with their fields', () => {
    expect(annotateHex(heartbeat, 24)).toEqual({
      lines: [
        'HEARTBEAT_REQ, protocol 24:',
        '`00000004` MessageLength 4 · `00000005` MessageType 5 · `00000002` InvokeID 2',
      ],
      isWhole: true,
    });
  });

  it('are taken apart when several stand in a row', () => {
    const { lines, isWhole } = annotateHex(heartbeat + open + heartbeat, 24);
    expect(lines.filter((line) => line.endsWith('protocol 24:'))).toEqual([
      'HEARTBEAT_REQ, protocol 24:',
      'OPEN_REQ, protocol 24:',
      'HEARTBEAT_REQ, protocol 24:',
    ]);
    expect(isWhole).toBe(true);
  });

  it('show no password', () => {
    expect(annotateHex(open, 24).lines.join('\n')).not.toContain('736563726574');
  });

  it('are explained as far as they go when they are cut, unknown or no frames', () => {
    const cut = annotateHex(open.slice(0, 100), 24);
    expect(cut.isWhole).toBe(false);
    expect(cut.lines.join('\n')).toContain('VersionNumber 24');
    expect(annotateHex('00000000000003e7', 24)).toMatchObject({
      isWhole: false,
      lines: ['type 999, protocol 24:', expect.any(String), 'MessageType 999 is not in the table'],
    });
    expect(annotateHex('0000', 24)).toMatchObject({ isWhole: false });
    expect(annotateHex('xyz', 24)).toMatchObject({ isWhole: false });
    // A length that says more than there is must not become a loop or an allocation.
    expect(annotateHex('ffffffff00000005', 24)).toMatchObject({ isWhole: false });
  });
});
