import { encodeMessage } from '#cti-protocol/encode';
import { linkOptions } from './cti-pair.spec-support';
import { openRequest } from './open-request';

const hexOf = (version: 15 | 24, changes: Parameters<typeof linkOptions>[0]): string =>
  encodeMessage(openRequest(linkOptions(changes), version, 1), version).toString('hex');

describe('OPEN_REQ', () => {
  // The bytes of E1 (GED-188), with IdleTimeout 20 s (0x14) and every call event but those of queues and routes.
  const clientId = 'ctimon';

  it('is E1 of the protocol sheet but for the idle timeout and the call mask, at version 24', () => {
    expect(hexOf(24, { clientId })).toBe(
      '0000004200000003000000010000001800000014ffffffff00000014' +
        '0003effd' +
        '00003fff00000000000000000000000000000000000100076374696d6f6e000002000773656372657400',
    );
  });

  it('is E1 of the protocol sheet but for the idle timeout and the call mask, at version 15', () => {
    expect(hexOf(15, { clientId })).toBe(
      '0000003e00000003000000010000000f00000014ffffffff00000014' +
        '0003effd' +
        '00003fff0000000000000000000000000000000001076374696d6f6e00020773656372657400',
    );
  });

  it('carries an empty password as a field of length 0: the field must be there', () => {
    expect(hexOf(24, { clientId, clientPassword: '' }).endsWith('00020000')).toBe(true);
  });

  it('asks for an idle timeout of four heartbeats', () => {
    expect(openRequest(linkOptions({ heartbeatMs: 30_000 }), 24, 1).IdleTimeout).toBe(120);
  });

  it('never asks for an idle timeout below 20 s, which servers refuse', () => {
    expect(openRequest(linkOptions({ heartbeatMs: 100 }), 24, 1).IdleTimeout).toBe(20);
  });
});
