import { decodeMessage } from './decode';
import { encodeMessage } from './encode';
import { FrameReader } from './frame';
import { workedExamples } from './worked-examples.spec-support';

/** Bytes that other, independent codecs read and write alike. */
describe('worked examples', () => {
  const cases = workedExamples.flatMap(({ title, draft, frames }) =>
    frames.flatMap(({ versions, hex }) => versions.map((version) => ({ title, draft, version, hex }))),
  );

  it.each(cases)('$title, version $version: is written byte by byte', ({ draft, version, hex }) => {
    expect(encodeMessage(draft(version), version).toString('hex')).toBe(hex);
  });

  it.each(cases)('$title, version $version: is read, and written again as it was', ({ draft, version, hex }) => {
    const [frame] = new FrameReader().push(Buffer.from(hex, 'hex'));
    const decoded = decodeMessage(frame!.type, frame!.body, version);
    if (decoded.kind !== 'message') {
      throw new Error(`decoded as ${decoded.kind}`);
    }
    expect(decoded.message.name).toBe(draft(version).name);
    expect(encodeMessage(decoded.message, version).toString('hex')).toBe(hex);
  });
});
