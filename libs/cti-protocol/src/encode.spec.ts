import { decodeMessage } from './decode';
import { encodeMessage } from './encode';
import { HEADER_BYTES } from './field-types';
import { type DraftOf, type ProtocolVersion } from './messages';
import { ProtocolRangeError } from './protocol-fault';

const setState: DraftOf<'SET_AGENT_STATE_REQ'> = {
  name: 'SET_AGENT_STATE_REQ',
  InvokeID: 4,
  PeripheralID: 5000,
  AgentState: 1,
  AgentWorkMode: 0,
  EventReasonCode: 255,
  ForcedFlag: 1,
  AgentServiceReq: 0,
};

const agents: DraftOf<'CONFIG_AGENT_EVENT'> = {
  name: 'CONFIG_AGENT_EVENT',
  Records: [{ RecordType: 0, LoginID: '1001', SSOEnabled: 1, NumMRDs: 1, MRDs: [{ FltAgentMRDID: 1 }] }],
};

function decodedAgain(frame: Buffer, version: ProtocolVersion) {
  return decodeMessage(frame.readUInt32BE(4), frame.subarray(HEADER_BYTES), version);
}

function faultOf(write: () => unknown): { messageName: string; field: string } | undefined {
  try {
    write();
  } catch (error) {
    if (error instanceof ProtocolRangeError) {
      return { messageName: error.messageName, field: error.field };
    }
    throw error;
  }
  return undefined;
}

describe('a draft', () => {
  it('needs no counts: the length of the list is sent', () => {
    const skillGroups = [{ SkillGroupNumber: 20 }, { SkillGroupNumber: 21, SkillGroupPriority: 1 }];
    const frame = encodeMessage({ ...setState, SkillGroups: skillGroups }, 24);
    expect(decodedAgain(frame, 24)).toMatchObject({ message: { NumSkillGroups: 2 } });
    expect(decodedAgain(encodeMessage(setState, 24), 24)).toMatchObject({ message: { NumSkillGroups: 0 } });
  });

  it('may say another count than its list has', () => {
    const frame = encodeMessage({ ...setState, NumSkillGroups: 7 }, 24);
    expect(decodedAgain(frame, 24)).toMatchObject({ message: { NumSkillGroups: 7, SkillGroups: [] } });
  });

  it('sends 0 for a fixed field of later versions that is not given', () => {
    const request = { name: 'CONFIG_REQUEST_EVENT', ConfigInformation: 7, PeripheralID: 5000 } as const;
    expect(encodeMessage(request, 24).toString('hex')).toBe('0000000c000000e8000000070000000000001388');
    expect(encodeMessage({ ...request, ConfigMsgMask: 9 }, 23).toString('hex')).toBe(
      '00000008000000e80000000700001388',
    );
  });

  it('leaves out below version 20 what needs a tag above 255, in lists too', () => {
    const wide = encodeMessage({ ...setState, ActiveTerminal: 'SEP1', SSOEnabled: 1 }, 20);
    expect(decodedAgain(wide, 20)).toMatchObject({ message: { ActiveTerminal: 'SEP1', SSOEnabled: 1 } });
    expect(encodeMessage({ ...setState, ActiveTerminal: 'SEP1', SSOEnabled: 1 }, 19)).toEqual(
      encodeMessage(setState, 19),
    );
    expect(decodedAgain(encodeMessage(agents, 24), 24)).toMatchObject({
      message: { Records: [{ LoginID: '1001', SSOEnabled: 1, NumMRDs: 1, MRDs: [{ FltAgentMRDID: 1 }] }] },
    });
    expect(decodedAgain(encodeMessage(agents, 19), 19)).toMatchObject({
      message: { Records: [{ LoginID: '1001', SSOEnabled: undefined, NumMRDs: undefined, MRDs: [] }] },
    });
  });

  it('sends the client signature of AGENT_STATE_EVENT as tag 3 and an agent id as tag 5', () => {
    const frame = encodeMessage({ ...setState, AgentID: '1' }, 15).toString('hex');
    expect(frame.endsWith('05023100')).toBe(true);
  });
});

describe('a value that does not fit is refused by name:', () => {
  it.each<[string, Partial<DraftOf<'SET_AGENT_STATE_REQ'>>, string]>([
    ['a number below its type', { AgentState: -1 }, 'AgentState'],
    ['a number above its type', { AgentState: 0x1_0000 }, 'AgentState'],
    ['a byte above 255', { ForcedFlag: 256 }, 'ForcedFlag'],
    ['a fraction', { InvokeID: 1.5 }, 'InvokeID'],
    ['a number that is none', { InvokeID: NaN }, 'InvokeID'],
    ['a string longer than its limit', { AgentID: '123456789012' }, 'AgentID'],
    ['a string with a NUL', { AgentID: '1\u00001' }, 'AgentID'],
    ['a character beyond ISO 8859-1', { AgentID: '1€' }, 'AgentID'],
    ['an integer below INT', { SkillGroups: [{ SkillGroupNumber: -0x8000_0001 }] }, 'SkillGroupNumber'],
    [
      'an element without its first member',
      { SkillGroups: [{ SkillGroupPriority: 1 }] },
      'SkillGroups.SkillGroupNumber',
    ],
    [
      'more elements than a list may have',
      { SkillGroups: Array.from({ length: 11 }, (_, index) => ({ SkillGroupNumber: index })) },
      'SkillGroups',
    ],
  ])('%s', (_title, change, field) => {
    expect(faultOf(() => encodeMessage({ ...setState, ...change }, 24))).toEqual({
      messageName: 'SET_AGENT_STATE_REQ',
      field,
    });
  });

  it('the longest agent id is taken', () => {
    expect(faultOf(() => encodeMessage({ ...setState, AgentID: '12345678901' }, 24))).toBeUndefined();
  });

  it('a field that is missing, for callers without types', () => {
    const draft = { name: 'HEARTBEAT_REQ' } as unknown as DraftOf<'HEARTBEAT_REQ'>;
    expect(faultOf(() => encodeMessage(draft, 24))).toEqual({ messageName: 'HEARTBEAT_REQ', field: 'InvokeID' });
    const nameless = { name: 'NO_SUCH_MESSAGE' } as unknown as DraftOf<'HEARTBEAT_REQ'>;
    expect(faultOf(() => encodeMessage(nameless, 24))).toEqual({ messageName: 'NO_SUCH_MESSAGE', field: 'name' });
  });

  it('a named value that is too long, or an index that is no byte', () => {
    const register = (NamedArrays: DraftOf<'REGISTER_VARIABLES_REQ'>['NamedArrays']) => () =>
      encodeMessage({ name: 'REGISTER_VARIABLES_REQ', InvokeID: 1, CallVariableMask: 0, NamedArrays }, 24);
    expect(faultOf(register([{ Index: 255, Name: 'a'.repeat(38), Value: 'b'.repeat(211) }]))).toBeUndefined();
    expect(faultOf(register([{ Index: 1, Name: 'a'.repeat(38), Value: 'b'.repeat(212) }]))).toMatchObject({
      field: 'NamedArrays',
    });
    expect(faultOf(register([{ Index: 256, Name: 'a', Value: 'b' }]))).toMatchObject({ field: 'NamedArrays.Index' });
  });

  it('a list that makes the frame longer than the largest one', () => {
    const draft = (count: number): DraftOf<'LIST_AGENT_TEAM_CONF'> => ({
      name: 'LIST_AGENT_TEAM_CONF',
      InvokeID: 1,
      SegmentNumber: 0,
      More: 0,
      AgentTeams: Array.from({ length: count }, (_, index) => ({ TeamID: index })),
    });
    expect(encodeMessage(draft(1560), 24)).toHaveLength(18 + 1560 * 8);
    expect(faultOf(() => encodeMessage(draft(1561), 24))).toEqual({
      messageName: 'LIST_AGENT_TEAM_CONF',
      field: 'TeamID',
    });
  });

  it('and the text of the error holds no value', () => {
    expect(() => encodeMessage({ ...setState, AgentPassword: '€secret' }, 24)).toThrow(
      'SET_AGENT_STATE_REQ.AgentPassword has a character that is not in ISO 8859-1',
    );
  });

  it('a failed encoding leaves nothing behind in the next frame', () => {
    const before = encodeMessage(setState, 24);
    faultOf(() => encodeMessage({ ...setState, AgentID: '1€' }, 24));
    expect(encodeMessage(setState, 24)).toEqual(before);
  });
});
