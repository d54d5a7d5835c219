import { annotateFrame, annotationLine } from './annotate';
import { workedExamples } from './worked-examples.spec-support';

function frameOf(title: string, version: number): Buffer {
  const example = workedExamples.find((candidate) => candidate.title.startsWith(`${title} `));
  const hex = example?.frames.find(({ versions }) => versions.some((known) => known === version))?.hex;
  return Buffer.from(hex ?? '', 'hex');
}

describe('an annotated frame', () => {
  it('names every field with its bytes, value and offset', () => {
    const { parts, fault } = annotateFrame(frameOf('E11', 24), 24);
    expect(fault).toBeUndefined();
    expect(parts).toHaveLength(12);
    expect(parts[0]).toEqual({ hex: '00000027', name: 'MessageLength', value: '39', offset: 0 });
    expect(parts[8]).toEqual({ hex: '01', name: 'ForcedFlag', value: '1', offset: 24 });
    expect(parts[11]).toEqual({
      hex: '0005 0005 3130303100',
      name: 'tag 5 len 5 AgentID',
      value: '"1001"',
      offset: 38,
    });
  });

  it('reads as one line', () => {
    expect(annotationLine(annotateFrame(frameOf('E2', 24), 24))).toBe(
      [
        '`00000034` MessageLength 52',
        '`00000004` MessageType 4',
        '`00000001` InvokeID 1',
        '`00000014` ServicesGranted 20',
        '`00000000` MonitorID 0',
        '`00000000` PGStatus 0',
        '`65920080` ICMCentralControllerTime 0x65920080',
        '`0001` PeripheralOnline 1',
        '`0011` PeripheralType 17',
        '`0009` AgentState 9',
        '`00000000` DepartmentID 0',
        '`0001` SessionType 1',
        '`00e4 0002 0001` tag 228 len 2 NumPeripherals 1',
        '`00d0 0004 00001388` tag 208 len 4 FltPeripheralID 5000',
        '`00e0 0002 0000` tag 224 len 2 MultilineAgentControl 0',
      ].join(' · '),
    );
  });

  it('shows a password only when asked', () => {
    const frame = frameOf('E1', 24);
    const hidden = annotateFrame(frame, 24).parts.at(-1);
    expect(hidden).toMatchObject({ hex: '0002 0007 ··············', name: 'tag 2 len 7 ClientPassword', value: '' });
    expect(annotateFrame(frame, 24, true).parts.at(-1)?.hex).toBe('0002 0007 73656372657400');
  });

  it('covers every byte of every worked example once', () => {
    for (const { frames } of workedExamples) {
      for (const { versions, hex } of frames) {
        const { parts } = annotateFrame(Buffer.from(hex, 'hex'), versions[0]!, true);
        expect(parts.map((part) => part.hex.replaceAll(' ', '')).join('')).toBe(hex);
        let offset = 0;
        for (const part of parts) {
          expect(part.offset).toBe(offset);
          offset += part.hex.replaceAll(' ', '').length / 2;
        }
      }
    }
  });

  it('ends with the bytes that are left, and with the fault', () => {
    const cut = annotateFrame(frameOf('E11', 24).subarray(0, 44), 24);
    expect(cut.parts.at(-1)).toEqual({ hex: '000500053130', name: '?', value: '', offset: 38 });
    expect(cut.fault).toMatchObject({ code: 'fieldPastEnd', field: 'AgentID', offset: 38 });
    expect(annotationLine(cut)).toMatch(/tag 5 says 5 bytes, 2 are left\)\.$/);
    const fixedCut = annotateFrame(frameOf('E11', 24).subarray(0, 18 + 1), 24);
    expect(fixedCut.parts.at(-1)).toMatchObject({ hex: '00', name: '?', offset: 18 });
    expect(fixedCut.fault?.field).toBe('AgentWorkMode');
  });

  it('shows what it cannot name: unknown types, unknown tags, and less than a header', () => {
    expect(annotateFrame(Buffer.from('00000002000003e7abcd', 'hex'), 24).parts.at(-1)).toEqual({
      hex: 'abcd',
      name: '?',
      value: '',
      offset: 8,
    });
    expect(annotateFrame(Buffer.from('00000004 00000018'.replace(' ', ''), 'hex').subarray(0, 3), 24).parts).toEqual([
      { hex: '000000', name: '?', value: '', offset: 0 },
    ]);
    const unknownTag = Buffer.concat([frameOf('E23', 24), Buffer.from('03e7000101', 'hex')]);
    expect(annotateFrame(unknownTag, 24).parts.at(-1)).toMatchObject({ hex: '03e7 0001 01', name: 'tag 999 len 1' });
  });

  it('shows all numbers of an array, and both halves of a named value', () => {
    const agent = Buffer.from('0000001200000' + '0ed000100b700020000003e000800000014000000' + '15', 'hex');
    expect(annotateFrame(agent, 24).parts.at(-1)?.value).toBe('20, 21');
    const variable = Buffer.from(
      '00000012' + '0000006e' + '00000001' + '03ff' + '0001' + '0000' + '00520004' + '61006200',
      'hex',
    );
    expect(annotateFrame(variable, 24).parts.at(-1)?.value).toBe('{"Name":"a","Value":"b"}');
  });
});
