import { decodeMessage } from './decode';
import { encodeMessage } from './encode';
import { HEADER_BYTES, type ProtocolVersion } from './field-types';
import { fixedBytesOf } from './fixed-bytes.spec-support';
import { encodedBytesOfFixed, messageNames, sampleOf } from './samples.spec-support';

const versions: readonly ProtocolVersion[] = [13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25];

describe('a sample of every message', () => {
  it.each(messageNames)('%s is read from bytes put together by hand, in every version', (name) => {
    for (const version of versions) {
      const { message, frame } = sampleOf(name, version);
      const decoded = decodeMessage(frame.readUInt32BE(4), frame.subarray(HEADER_BYTES), version);
      expect(decoded).toStrictEqual({ kind: 'message', message });
    }
  });

  it.each(messageNames)('%s is written as those bytes, in every version', (name) => {
    for (const version of versions) {
      const { message, frame } = sampleOf(name, version);
      expect(encodeMessage(message, version).toString('hex')).toBe(frame.toString('hex'));
    }
  });

  it.each(messageNames)('%s has a fixed part of the size counted elsewhere', (name) => {
    const counted = ([15, 19, 20, 24] as const).map((version) => encodedBytesOfFixed(name, version));
    expect(counted).toEqual(fixedBytesOf[name]);
  });
});
