import fc from 'fast-check';
import { LineCutter } from './line-cutter';

function cut(chunks: readonly string[], bytesMax = 10): string[] {
  const cutter = new LineCutter(bytesMax);
  const lines = [...chunks.flatMap((chunk) => cutter.push(Buffer.from(chunk))), ...cutter.end()];
  return lines.map((line) => (line.kind === 'line' ? line.text : '<too long>'));
}

describe('lines of a stream', () => {
  it('end with a line break of either kind, the last one without', () => {
    expect(cut(['a\nb\r\n\nc'])).toEqual(['a', 'b', '', 'c']);
    expect(cut(['a\n'])).toEqual(['a']);
    expect(cut([])).toEqual([]);
  });

  it('are told of when they are too long, and the next one is whole again', () => {
    expect(cut(['0123456789\n0123456789a\nb\n'])).toEqual(['0123456789', '<too long>', 'b']);
    expect(cut(['01234', '56789', 'abcdef', 'g'])).toEqual(['<too long>']);
  });

  it('are the same however the stream was cut', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '\n', '\r', 'é'), maxLength: 60 });
    fc.assert(
      fc.property(text, fc.array(fc.nat(80)), (whole, cuts) => {
        const bytes = Buffer.from(whole);
        const ends = [...new Set(cuts.map((at) => Math.min(at, bytes.length)))].sort((x, y) => x - y);
        const cutter = new LineCutter(10);
        const chunks = [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        const lines = [...chunks.flatMap((chunk) => cutter.push(chunk)), ...cutter.end()];
        expect(lines.map((line) => (line.kind === 'line' ? line.text : '<too long>'))).toEqual(cut([whole]));
      }),
    );
  });
});
