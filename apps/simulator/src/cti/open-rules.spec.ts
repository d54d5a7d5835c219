import { defaultSettings } from '../model/settings';
import { judgeOpen, type OpenRequest, supportedVersion } from './open-rules';

const good: OpenRequest = {
  name: 'OPEN_REQ',
  InvokeID: 1,
  VersionNumber: 24,
  IdleTimeout: 120,
  PeripheralID: 0xffff_ffff,
  ServicesRequested: 0x14,
  CallMsgMask: 0x80_ffff,
  AgentStateMask: 0x3fff,
  ConfigMsgMask: 0,
  Reserved1: 0,
  Reserved2: 0,
  Reserved3: 0,
  ClientID: 'ctimon',
  ClientPassword: Buffer.from('secret\0'),
  ClientSignature: undefined,
  AgentExtension: undefined,
  AgentID: undefined,
  AgentInstrument: undefined,
  ApplicationPathID: undefined,
};
const server = {
  peripheralId: 5000,
  standby: false,
  inMaintenance: false,
  knowsAgent: (request: OpenRequest) => request.AgentID === '1001',
};

/** The services granted, or the status of the refusal as an object: 20 is both a mask and a status. */
function judge(changes: Partial<OpenRequest>, settings = {}, state = {}) {
  const verdict = judgeOpen({ ...good, ...changes }, { ...defaultSettings, ...settings }, { ...server, ...state });
  return verdict.kind === 'refused' ? { status: verdict.status } : verdict.services;
}

describe('OPEN_REQ', () => {
  it('is granted with the services it asked for', () => {
    expect(judge({})).toBe(0x14);
  });

  it.each([
    [18, { IdleTimeout: 19 }],
    [19, { ServicesRequested: 0x0002_0014 }],
    [20, { CallMsgMask: 0xff9f_ffff, VersionNumber: 22 }],
    [20, { CallMsgMask: 0x20_0000 }],
    [20, { CallMsgMask: 0x40_0000 }],
    [21, { AgentStateMask: 0x7fff }],
    [95, { ConfigMsgMask: 0x400 }],
    [22, { Reserved2: 1 }],
    [7, { PeripheralID: 5001 }],
    [7, { ServicesRequested: 0x5, AgentID: '1001' }],
    [8, { ServicesRequested: 0x5, PeripheralID: 5000, AgentID: '9' }],
    [6, { ClientPassword: undefined }],
    [6, { ClientID: undefined }],
  ])('is refused with status %d', (status, changes) => {
    expect(judge(changes)).toEqual({ status });
  });

  it('tolerates unused mask bits and a missing password when lenient', () => {
    expect(judge({ CallMsgMask: 0xffff_ffff, VersionNumber: 15, ClientPassword: undefined }, { lenient: true })).toBe(
      0x14,
    );
  });

  it('takes all call bits from version 23 on but those of RTP events, which it takes when lenient', () => {
    expect(judge({ CallMsgMask: 0xff9f_ffff, VersionNumber: 23 })).toBe(0x14);
    expect(judge({ CallMsgMask: 0xffff_ffff, VersionNumber: 23 })).toEqual({ status: 20 });
    expect(judge({ CallMsgMask: 0xffff_ffff, VersionNumber: 23 }, { lenient: true })).toBe(0x14);
  });

  it('is granted 0x200 and 0x40000, as real servers do', () => {
    expect(judge({ ServicesRequested: 0x0004_0214 })).toBe(0x0004_0214);
    // What CTI OS asks for, but the changing of call data and the updates of statistics.
    expect(judge({ ServicesRequested: 0x001c_0296 })).toBe(0x0014_0294);
  });

  it('is refused with 36 when the password is not the one that is set, with or without its NUL', () => {
    expect(judge({}, { clientPassword: 'other' })).toEqual({ status: 36 });
    expect(judge({}, { clientPassword: 'secret' })).toBe(0x14);
    expect(judge({ ClientPassword: Buffer.from('secret') }, { clientPassword: 'secret' })).toBe(0x14);
  });

  it('is refused with 107 by a standby server unless the client is ready for that', () => {
    expect(judge({}, {}, { standby: true })).toEqual({ status: 107 });
    expect(judge({ ServicesRequested: 0x0200_0014 }, {}, { standby: true })).toBe(0x0200_0014);
  });

  it('is refused with 15 by a standby server below version 24, where nobody knows of standby', () => {
    expect(judge({ VersionNumber: 23 }, {}, { standby: true })).toEqual({ status: 15 });
    expect(judge({ VersionNumber: 23, ServicesRequested: 0x0200_0014 }, { lenient: true }, { standby: true })).toEqual({
      status: 15,
    });
  });

  it('is refused by a server in maintenance, with 110, or 15 below version 24', () => {
    expect(judge({ ServicesRequested: 0x0200_0014 }, {}, { inMaintenance: true })).toEqual({ status: 110 });
    expect(judge({ VersionNumber: 23 }, {}, { inMaintenance: true })).toEqual({ status: 15 });
  });

  it('is granted less control than asked for when control is restricted', () => {
    expect(judge({}, { control: 'agentStateOnly' })).toBe(0x2010);
    expect(judge({}, { control: 'none' })).toBe(0x10);
  });

  it('names a version from 13 to the newest that is granted', () => {
    expect([12, 13, 25, 26].map((version) => supportedVersion(version, 25))).toEqual([undefined, 13, 25, undefined]);
    expect(supportedVersion(24, 20)).toBeUndefined();
  });
});
