import { decodeMessage, type Decoded } from './decode';
import { encodeMessage } from './encode';
import { HEADER_BYTES } from './field-types';
import { messages, type DraftOf, type MessageName, type MessageOf, type ProtocolVersion } from './messages';
import { sampleOf } from './samples.spec-support';

/** Reads a body given in hexadecimal; blanks are for the eye. */
function decodeHex(name: MessageName, hex: string, version: ProtocolVersion): Decoded {
  return decodeMessage(messages[name].number, Buffer.from(hex.replaceAll(' ', ''), 'hex'), version);
}

function messageOf<N extends MessageName>(name: N, hex: string, version: ProtocolVersion): MessageOf<N> {
  const decoded = decodeHex(name, hex, version);
  if (decoded.kind !== 'message' || decoded.message.name !== name) {
    throw new Error(JSON.stringify(decoded));
  }
  return decoded.message as MessageOf<N>;
}

function bodyOf(draft: DraftOf<'AGENT_STATE_EVENT'>, version: ProtocolVersion): string {
  return encodeMessage(draft, version).subarray(HEADER_BYTES).toString('hex');
}

const agentState: DraftOf<'AGENT_STATE_EVENT'> = {
  name: 'AGENT_STATE_EVENT',
  MonitorID: 0,
  PeripheralID: 5000,
  SessionID: 0,
  PeripheralType: 17,
  SkillGroupState: 2,
  StateDuration: 0,
  SkillGroupNumber: 0xffff_ffff,
  SkillGroupID: 0xffff_ffff,
  SkillGroupPriority: 0,
  AgentState: 2,
  EventReasonCode: 0,
  MRDID: 1,
  NumTasks: 0,
  AgentMode: 1,
  MaxTaskLimit: 1,
  ICMAgentID: 5015,
  AgentAvailabilityStatus: 0,
};

describe('floating fields', () => {
  const fixed = '00000003 00001388 00000001 00000000';

  it('are taken in any order', () => {
    const message = messageOf('QUERY_AGENT_STATE_REQ', `${fixed} 0605333030 3100 0505 3130303100 0402 3700`, 15);
    expect(message).toMatchObject({ AgentInstrument: '3001', AgentID: '1001', AgentExtension: '7' });
  });

  it('are undefined where the frame has none, and every key is there', () => {
    expect(Object.entries(messageOf('QUERY_AGENT_STATE_REQ', fixed, 24))).toEqual(
      Object.entries({
        name: 'QUERY_AGENT_STATE_REQ',
        InvokeID: 3,
        PeripheralID: 5000,
        MRDID: 1,
        ICMAgentID: 0,
        AgentExtension: undefined,
        AgentID: undefined,
        AgentInstrument: undefined,
      }),
    );
  });

  it('of other messages are skipped by their length, as are tags nobody knows', () => {
    const unknown = '0007 0003 414200 ffff 0001 00 00c8 0000';
    const message = messageOf('QUERY_AGENT_STATE_REQ', `${fixed} ${unknown} 0005 0005 3130303100 ${unknown}`, 24);
    expect(message.AgentID).toBe('1001');
  });

  it.each([
    ['with its NUL', '0005 0005 3130303100', '1001'],
    ['without a NUL', '0005 0004 31303031', '1001'],
    ['as a NUL alone', '0005 0001 00', ''],
    ['with no data at all', '0005 0000', ''],
    ['with bytes after the NUL', '0005 0005 3100 414243', '1'],
    ['longer than its limit', '0005 000d 31323334353637383930313233', '1234567890123'],
    ['with bytes above ASCII', '0005 0003 4ae400', 'Jä'],
  ])('hold a string %s', (_title, float, text) => {
    expect(messageOf('QUERY_AGENT_STATE_REQ', `${fixed} ${float}`, 24).AgentID).toBe(text);
  });

  it('hold an agent id as AGENT_ID_LONG, as UCCX sends it', () => {
    expect(messageOf('QUERY_AGENT_STATE_REQ', `${fixed} 00c2 0006 616e6e616c00`, 24).AgentID).toBe('annal');
    expect(messageOf('QUERY_AGENT_STATE_REQ', `${fixed} c206 616e6e616c00`, 15).AgentID).toBe('annal');
  });

  it.each(['03', '17'])('hold the client signature of AGENT_STATE_EVENT under tag 0x%s', (tag) => {
    const body = bodyOf(agentState, 24);
    expect(messageOf('AGENT_STATE_EVENT', `${body} 00${tag} 0003 414200`, 24).CTIClientSignature).toBe('AB');
  });

  it('hold a password with length 0 as no bytes', () => {
    const open = '00000001 00000018 00000078 ffffffff 00000014 0080ffff 00003fff 00000000 00000000 00000000 00000000';
    expect(messageOf('OPEN_REQ', `${open} 0001 0002 6100 0002 0000`, 24).ClientPassword).toEqual(new Uint8Array());
  });

  it('keep no hold of the bytes they came in', () => {
    const key = Buffer.from('00000000b1024142', 'hex');
    const decoded = decodeMessage(231, key, 15);
    key.fill(0);
    expect(decoded).toMatchObject({ kind: 'message', message: { ServiceConfigKey: Uint8Array.of(0x41, 0x42) } });
  });
});

describe('named values', () => {
  const fixed = '00000001 03ff 0001 0001';

  it.each([
    ['both NULs', '0052 0008 6162 00 313233 00 00', { Name: 'ab', Value: '123' }],
    ['no NUL at the end', '0052 0006 6162 00 313233', { Name: 'ab', Value: '123' }],
    ['a name alone', '0052 0002 6162', { Name: 'ab', Value: '' }],
    ['nothing', '0052 0000', { Name: '', Value: '' }],
  ])('are read with %s', (_title, float, expected) => {
    expect(messageOf('REGISTER_VARIABLES_REQ', `${fixed} ${float}`, 24).NamedVariables).toEqual([expected]);
  });

  it('of an array have an index, and keep their order', () => {
    const message = messageOf('REGISTER_VARIABLES_REQ', `${fixed} 5306 02 6100 6200 00 5305 01 6100 6300`, 15);
    expect(message.NamedArrays).toEqual([
      { Index: 2, Name: 'a', Value: 'b' },
      { Index: 1, Name: 'a', Value: 'c' },
    ]);
    expect(messageOf('REGISTER_VARIABLES_REQ', `${fixed} 5300`, 15).NamedArrays).toEqual([
      { Index: 0, Name: '', Value: '' },
    ]);
  });
});

describe('lists', () => {
  const one = { FltSkillGroupNumber: 20, FltSkillGroupID: 5020, FltSkillGroupPriority: 0, FltSkillGroupState: 2 };

  it('keep elements apart where some members are missing', () => {
    const body = bodyOf({ ...agentState, SkillGroups: [one, { FltSkillGroupNumber: 21 }, one] }, 24);
    expect(messageOf('AGENT_STATE_EVENT', body, 24).SkillGroups).toEqual([
      one,
      {
        FltSkillGroupNumber: 21,
        FltSkillGroupID: undefined,
        FltSkillGroupPriority: undefined,
        FltSkillGroupState: undefined,
      },
      one,
    ]);
  });

  it('keep elements apart where a peer sends the members in another order', () => {
    const calls = '39 02 0001 38 04 00000007 39 02 0000 38 04 00000008';
    expect(messageOf('SNAPSHOT_DEVICE_CONF', `00000001 0002 ${calls}`, 15).Calls).toMatchObject([
      { CallConnectionCallID: 7, CallConnectionDeviceIDType: 1 },
      { CallConnectionCallID: 8, CallConnectionDeviceIDType: 0 },
    ]);
  });

  it('of one message are never those of another', () => {
    const body = bodyOf({ ...agentState, SkillGroups: [one] }, 24);
    const first = messageOf('AGENT_STATE_EVENT', body, 24).SkillGroups;
    expect(messageOf('AGENT_STATE_EVENT', body, 24).SkillGroups).not.toBe(first);
    expect(messageOf('AGENT_STATE_EVENT', bodyOf(agentState, 24), 24).SkillGroups).toEqual([]);
  });
});

describe('configuration records', () => {
  const agent = (login: string) => `b7 02 0000 d0 04 00001388 be 02 ${login}00 8d 04 00001397 bf 02 0002`;

  it('begin at each record type, with a skill list of repeated fields', () => {
    const skills = '3e 04 00000014 40 02 0000 3e 04 00000015 40 02 0001';
    const message = messageOf('CONFIG_AGENT_EVENT', `0002 ${agent('31')} ${skills} ${agent('32')} 3e 04 00000016`, 15);
    expect(message.Records).toMatchObject([
      {
        RecordType: 0,
        LoginID: '1',
        AgentSkillTargetID: 5015,
        Skills: [
          { FltSkillGroupNumber: 20, FltSkillGroupPriority: 0 },
          { FltSkillGroupNumber: 21, FltSkillGroupPriority: 1 },
        ],
      },
      { RecordType: 0, LoginID: '2', Skills: [{ FltSkillGroupNumber: 22, FltSkillGroupPriority: undefined }] },
    ]);
  });

  it('may have the skill list as arrays', () => {
    const skills = '003e 0008 00000014 00000015 0040 0004 0000 0001';
    const record = `00b7 0002 0000 00be 0002 3100 00bf 0002 0002 ${skills}`;
    const message = messageOf('CONFIG_AGENT_EVENT', `0002 ${record} ${record}`, 24);
    const expected = [
      { FltSkillGroupNumber: 20, FltSkillGroupPriority: 0 },
      { FltSkillGroupNumber: 21, FltSkillGroupPriority: 1 },
    ];
    expect(message.Records.map(({ Skills }) => Skills)).toEqual([expected, expected]);
  });

  it('may have their type in the middle, as one table prints it', () => {
    const record = (id: string) => `008d 0004 0000000${id} 0136 0002 0001 0135 0002 0009 00b7 0002 0002`;
    const message = messageOf('CONFIG_AGENT_SERVICE_EVENT', `0002 ${record('1')} ${record('2')}`, 24);
    expect(message.Records).toEqual(
      [1, 2].map((AgentSkillTargetID) => ({
        RecordType: 2,
        AgentSkillTargetID,
        NumOfEnabledServices: 1,
        EnabledServices: [{ FltEnabledServices: 9 }],
      })),
    );
  });
});

describe('layouts in dispute', () => {
  it('reads FAILURE_CONF with a status of four bytes, and the ten bytes that later guides print', () => {
    expect(messageOf('FAILURE_CONF', '00000007 00000024', 24)).toMatchObject({ InvokeID: 7, Status: 36 });
    expect(messageOf('FAILURE_CONF', '00000007 00000024 0007 0003 414200', 24)).toMatchObject({ Status: 36 });
    expect(messageOf('FAILURE_CONF', '00000007 00000024 0700', 15)).toMatchObject({ Status: 36 });
    expect(messageOf('FAILURE_CONF', '00000007 0024 00002780', 24)).toMatchObject({
      InvokeID: 7,
      Status: 36,
      PeripheralErrorCode: 10112,
    });
    // Below version 20 the last two bytes could be a tag and its length; a status of 0x10000 and more there is none.
    for (const peripheralErrorCode of [0, 0x100, 10112]) {
      const hex = `00000007 0001 ${peripheralErrorCode.toString(16).padStart(8, '0')}`;
      const failure = { InvokeID: 7, Status: 1, PeripheralErrorCode: peripheralErrorCode };
      for (const version of [13, 19, 20, 25] as const)
        expect(messageOf('FAILURE_CONF', hex, version)).toMatchObject(failure);
    }
    expect(messageOf('FAILURE_CONF', '00000007 00000024', 24).PeripheralErrorCode).toBeUndefined();
    // Only where the ten bytes are all there is: here a floating field is cut.
    expect(decodeHex('FAILURE_CONF', '00000007 00000024 0007 00ff 0000', 24).kind).toBe('malformed');
  });

  const openConf = '00000001 00000014 00000000 00000000 65920080 0001 0011 0009';
  const peripherals = '00e4 0002 0001 00d0 0004 00001388 00e0 0002 0000';

  it.each([
    [19, `${openConf} 00000007`, 7, undefined],
    [23, `${openConf} 00000007 0002`, 7, 2],
    [23, `${openConf} 00000007 0001 ${peripherals}`, 7, 1],
    [23, `${openConf} 00000007 ${peripherals}`, 7, undefined],
    [23, `${openConf} 00000007`, 7, undefined],
    [24, `${openConf} 00000007 0001 ${peripherals}`, 7, 1],
    [24, `${openConf} 00000007 ${peripherals}`, 7, undefined],
  ] as const)('reads OPEN_CONF at version %i as it was meant: %s', (version, hex, DepartmentID, SessionType) => {
    const message = messageOf('OPEN_CONF', hex, version);
    expect(message).toMatchObject({ AgentState: 9, DepartmentID, SessionType });
    expect(message.Peripherals).toHaveLength(hex.includes(peripherals) ? 1 : 0);
  });

  it.each([19, 24] as const)('takes AGENT_STATE_EVENT without a department at version %i', (version) => {
    const draft = { ...agentState, AgentID: '1001', AgentExtension: '3001', SkillGroups: [{ FltSkillGroupNumber: 1 }] };
    const whole = bodyOf(draft, version);
    const withoutDepartment = whole.slice(0, 2 * 58) + whole.slice(2 * 62);
    expect(messageOf('AGENT_STATE_EVENT', whole, version)).toMatchObject({ AgentID: '1001', DepartmentID: 0 });
    const { DepartmentID, ...rest } = messageOf('AGENT_STATE_EVENT', withoutDepartment, version);
    expect(DepartmentID).toBeUndefined();
    expect(rest).toMatchObject(draft);
  });

  it('keeps the department of a known version when an unknown tag comes', () => {
    const body = bodyOf({ ...agentState, DepartmentID: 12, AgentID: '1001' }, 19);
    const message = messageOf('AGENT_STATE_EVENT', `${body} fe 02 0001`, 19);
    expect(message).toMatchObject({ DepartmentID: 12, AgentID: '1001' });
    const old = bodyOf({ ...agentState, AgentID: '1001' }, 15);
    expect(messageOf('AGENT_STATE_EVENT', `${old.slice(0, 116)} fe020001 ${old.slice(116)}`, 15)).toMatchObject({
      DepartmentID: undefined,
      AgentID: '1001',
    });
  });

  it.each([
    [15, '00000005 00001388', undefined],
    [15, '00000005 00000007 00001388', 7],
    [24, '00000005 00000007 00001388', 7],
    [24, '00000005 00001388', undefined],
    [24, '00000005 00001388 0083 0004 00010000', undefined],
    [24, '00000005 00000007 00001388 0083 0004 00010000', 7],
  ] as const)('reads CONFIG_REQUEST_EVENT in both forms at version %i: %s', (version, hex, ConfigMsgMask) => {
    expect(messageOf('CONFIG_REQUEST_EVENT', hex, version)).toMatchObject({
      ConfigInformation: 5,
      ConfigMsgMask,
      PeripheralID: 5000,
      CustomerID: hex.includes('0083') ? 0x10000 : undefined,
    });
  });
});

describe('what cannot be read', () => {
  it('is unknown where the number is not in the table', () => {
    expect(decodeMessage(999, new Uint8Array(4), 24)).toEqual({ kind: 'unknown', type: 999 });
    expect(decodeMessage(0xffff_ffff, new Uint8Array(4), 24)).toEqual({ kind: 'unknown', type: 0xffff_ffff });
  });

  const fixed = '00000003 00001388 00000001 00000000';

  it.each([
    ['fixedPartCut', 'PeripheralID', 12, '00000003 000013'],
    ['tagCut', 'tag', 24, `${fixed} 000500`],
    ['fieldPastEnd', 'AgentID', 24, `${fixed} 0005 00ff 3100`],
    ['fieldPastEnd', 'tag 999', 24, `${fixed} 03e7 0001`],
  ])('is malformed with %s, naming the field %s at offset %i', (code, field, offset, hex) => {
    const decoded = decodeHex('QUERY_AGENT_STATE_REQ', hex, 24);
    expect(decoded).toMatchObject({
      kind: 'malformed',
      fault: { code, message: 'QUERY_AGENT_STATE_REQ', field, offset },
    });
  });

  it('says it in one sentence', () => {
    const decoded = decodeHex('QUERY_AGENT_STATE_REQ', `${fixed} 0005 00ff 3100`, 24);
    expect(decoded.kind === 'malformed' ? decoded.fault.sentence : '').toBe(
      'QUERY_AGENT_STATE_REQ: AgentID at offset 24: the field is longer than what is left of the body' +
        ' (tag 5 says 255 bytes, 2 are left).',
    );
  });

  it.each([
    ['a UINT of three bytes', '96 03 000001', 'Duration'],
    ['a UINT of no bytes', '96 00', 'Duration'],
    ['a USHORT of four bytes', '7b 04 00000001', 'NextAgentState'],
    ['an array where only numbers are sent', '3e 08 0000000100000002', 'FltSkillGroupNumber'],
  ])('is malformed with %s', (_title, float, field) => {
    const decoded = decodeHex('AGENT_STATE_EVENT', `${bodyOf(agentState, 15)} ${float}`, 15);
    expect(decoded).toMatchObject({ kind: 'malformed', fault: { code: 'fieldLength', field, offset: 8 + 58 } });
  });

  it('is an array that does not hold whole numbers', () => {
    expect(decodeHex('CONFIG_AGENT_EVENT', '0001 b7 02 0000 3e 07 00000014000000', 15)).toMatchObject({
      kind: 'malformed',
      fault: { code: 'fieldLength', field: 'FltSkillGroupNumber' },
    });
    expect(decodeHex('CONFIG_AGENT_EVENT', '0001 b7 02 0000 3e 00', 15)).toMatchObject({ kind: 'malformed' });
  });

  it('is every frame that ends early, at whatever byte of its fixed part or of a floating field', () => {
    const { frame } = sampleOf('CALL_DELIVERED_EVENT', 24);
    const body = frame.subarray(HEADER_BYTES);
    const boundaries = new Set<number>();
    for (let at = 54; at < body.length; at += 4 + body.readUInt16BE(at + 2)) {
      boundaries.add(at);
    }
    for (let bytes = 0; bytes < body.length; bytes++) {
      const { kind } = decodeMessage(9, body.subarray(0, bytes), 24);
      expect([bytes, kind]).toEqual([bytes, boundaries.has(bytes) ? 'message' : 'malformed']);
    }
  });
});
