import { encodeMessage } from './encode';
import { isProtocolVersion, messages, type Draft, type DraftOf, type Message, type MessageOf } from './messages';
import { messageNames } from './samples.spec-support';

/**
 * The types are made from the rows. `@ts-expect-error` is checked by `npm run types`: a line below that compiles is an
 * error there.
 */
describe('the types of messages', () => {
  it('refuse a fixed field that is missing or misspelt', () => {
    // @ts-expect-error InvokeID is missing
    expect(() => encodeMessage({ name: 'HEARTBEAT_REQ' }, 24)).toThrow('HEARTBEAT_REQ.InvokeID');
    // @ts-expect-error it is InvokeID
    expect(() => encodeMessage({ name: 'HEARTBEAT_REQ', InvokeId: 1 }, 24)).toThrow('HEARTBEAT_REQ.InvokeID');
    // @ts-expect-error no message has this name
    expect(() => encodeMessage({ name: 'HEARTBEAT', InvokeID: 1 }, 24)).toThrow('HEARTBEAT.name');
    // @ts-expect-error a field of another message
    expect(encodeMessage({ name: 'CLOSE_CONF', InvokeID: 1, Status: 0 }, 24)).toHaveLength(12);
  });

  it('refuse a value of another type, and a version that is none', () => {
    // @ts-expect-error a number is wanted
    expect(() => encodeMessage({ name: 'HEARTBEAT_REQ', InvokeID: '1' }, 24)).toThrow('HEARTBEAT_REQ.InvokeID');
    // @ts-expect-error version 12 is not spoken
    expect(() => encodeMessage({ name: 'HEARTBEAT_REQ', InvokeID: 1 }, 12)).toThrow('version 12');
  });

  it('refuse a misspelt floating field, alone and in a list', () => {
    const request = { name: 'QUERY_AGENT_STATE_REQ', InvokeID: 1, PeripheralID: 1, MRDID: 1, ICMAgentID: 0 } as const;
    // @ts-expect-error it is AgentID
    const misspelt: DraftOf<'QUERY_AGENT_STATE_REQ'> = { ...request, AgentId: '1' };
    const snapshot: DraftOf<'SNAPSHOT_DEVICE_CONF'> = {
      name: 'SNAPSHOT_DEVICE_CONF',
      InvokeID: 1,
      // @ts-expect-error it is CallConnectionCallID
      Calls: [{ CallConnectionCallId: 1 }],
    };
    expect(encodeMessage(misspelt, 24)).toEqual(encodeMessage(request, 24));
    expect(() => encodeMessage(snapshot, 24)).toThrow('Calls.CallConnectionCallID');
  });

  it('narrow a message by its name, and say what may be absent', () => {
    const stateOf = (message: Message): string => {
      switch (message.name) {
        case 'AGENT_STATE_EVENT': {
          const agentId: string | undefined = message.AgentID;
          const department: number | undefined = message.DepartmentID;
          // @ts-expect-error the frame may have had no AgentID
          const certain: string = message.AgentID;
          return [agentId, department, certain].join(' ');
        }
        case 'OPEN_CONF':
          return String(message.PeripheralOnline satisfies boolean);
        default:
          // @ts-expect-error not every message has an agent
          return String(message.AgentID);
      }
    };
    const event = { name: 'AGENT_STATE_EVENT', AgentID: '1001', DepartmentID: 3 } as MessageOf<'AGENT_STATE_EVENT'>;
    expect(stateOf(event)).toBe('1001 3 1001');
    expect(stateOf({ name: 'HEARTBEAT_CONF', InvokeID: 1 })).toBe('undefined');
  });

  it('let a decoded message be sent as it is', () => {
    const draftOf = (message: Message): Draft => message;
    const heartbeat: Message = { name: 'HEARTBEAT_CONF', InvokeID: 1 };
    expect(encodeMessage(draftOf(heartbeat), 24)).toHaveLength(12);
  });
});

describe('the message table', () => {
  it('gives each number to one message', () => {
    const numbers = messageNames.map((name) => messages[name].number);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.length).toBeGreaterThanOrEqual(85);
  });

  it('speaks versions 13 to 25', () => {
    expect([12, 13, 19.5, 25, 26, NaN].filter(isProtocolVersion)).toEqual([13, 25]);
  });
});
