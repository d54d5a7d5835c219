import { annotateFrame } from './annotate';
import { blankSecrets, versionOfOpenRequest } from './blank-secrets';
import { encodeMessage } from './encode';
import { type ProtocolVersion } from './messages';
import { workedExamples } from './worked-examples.spec-support';

const open = workedExamples.find(({ title }) => title.startsWith('E1 '))!;
const openFrame = (version: ProtocolVersion) =>
  Buffer.from(open.frames.find(({ versions }) => versions.includes(version))!.hex, 'hex');

const logout = (AgentPassword: string | undefined) =>
  encodeMessage(
    {
      name: 'SET_AGENT_STATE_REQ',
      InvokeID: 4,
      PeripheralID: 5000,
      AgentState: 1,
      AgentWorkMode: 0,
      EventReasonCode: 255,
      ForcedFlag: 1,
      AgentServiceReq: 0,
      AgentID: '1001',
      AgentPassword,
    },
    24,
  );

describe('a frame without its secrets', () => {
  it.each([15, 24] as const)('is an OPEN_REQ of version %s without ClientPassword', (version) => {
    const frame = openFrame(version);
    expect(frame.includes('secret')).toBe(true);
    const blanked = Buffer.from(blankSecrets(frame, 24)!);
    expect(blanked.includes('secret')).toBe(false);
    expect(annotateFrame(blanked, version, true).parts.at(-1)).toMatchObject({
      name: 'tag 2 len 9 ClientPassword',
      value: Buffer.from('********\0').toString('hex'),
    });
    expect(annotateFrame(blanked, version).fault).toBeUndefined();
  });

  it('is a SET_AGENT_STATE_REQ without AgentPassword, and the same frame where it has none', () => {
    const blanked = Buffer.from(blankSecrets(logout('open sesame'), 24)!);
    expect(blanked.includes('sesame')).toBe(false);
    expect(blanked.equals(logout('********'))).toBe(true);
    expect(blankSecrets(logout(undefined), 24)).toEqual(Uint8Array.from(logout(undefined)));
  });

  it('is nothing at all when a message with a password cannot be read', () => {
    expect(blankSecrets(logout('open sesame').subarray(0, 50), 24)).toBeUndefined();
    expect(blankSecrets(openFrame(24).subarray(0, 70), 24)).toBeUndefined();
  });

  it('is the same frame for all other messages, readable or not', () => {
    const heartbeat = Buffer.from('000000040000000500000002', 'hex');
    expect(blankSecrets(heartbeat, 24)).toBe(heartbeat);
    expect(blankSecrets(heartbeat.subarray(0, 5), 24)).toHaveLength(5);
  });

  it('reads the version that an OPEN_REQ asks for', () => {
    expect(versionOfOpenRequest(openFrame(15))).toBe(15);
    expect(versionOfOpenRequest(Buffer.alloc(20))).toBe(25);
  });
});
