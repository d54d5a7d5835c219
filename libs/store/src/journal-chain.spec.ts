import fc from 'fast-check';
import { ChainCheck, hashOf, type RawLine } from './journal-chain';

/** A journal as the scripts write it. */
function chained(contents: readonly string[]): RawLine[] {
  const lines: RawLine[] = [];
  for (const [index, json] of contents.entries()) {
    const last = lines.at(-1);
    const previous = last === undefined ? '' : hashOf(last);
    lines.push({ id: `${String(1_000 + index)}-0`, agentId: '1001', epoch: String(index), json, previous });
  }
  return lines;
}

function check(lines: readonly RawLine[], head: string | null, ...anchor: ConstructorParameters<typeof ChainCheck>) {
  const checked = new ChainCheck(...anchor);
  for (const line of lines) checked.add(line);
  checked.finish(head);
  return checked;
}

const headOf = (lines: readonly RawLine[]): string | null => {
  const last = lines.at(-1);
  return last === undefined ? null : hashOf(last);
};

describe('the chain of the journal', () => {
  const journals = fc.array(fc.string(), { minLength: 1, maxLength: 12 }).map(chained);

  it('is unbroken as it was written, and after its oldest lines were trimmed', () => {
    fc.assert(
      fc.property(journals, fc.nat(11), (lines, trimmed) => {
        const left = lines.slice(Math.min(trimmed, lines.length - 1));
        expect(check(left, headOf(lines)).breaks).toEqual([]);
      }),
    );
  });

  it('shows every line that was changed afterwards', () => {
    const fields = fc.constantFrom('id', 'agentId', 'epoch', 'json');
    fc.assert(
      fc.property(journals, fc.nat(11), fields, (lines, at, field) => {
        const index = at % lines.length;
        const forged = lines.map((line, n) => (n === index ? { ...line, [field]: `${line[field as 'json']}!` } : line));
        expect(check(forged, headOf(lines)).breaks).not.toEqual([]);
      }),
    );
  });

  it('shows a line that was removed from the middle or the end', () => {
    fc.assert(
      fc.property(journals, fc.nat(11), (lines, at) => {
        const index = at % lines.length;
        fc.pre(index > 0);
        expect(check(lines.toSpliced(index, 1), headOf(lines)).breaks).not.toEqual([]);
      }),
    );
  });

  it('shows by an anchor that the whole of it was written anew', () => {
    const lines = chained(['a', 'b', 'c']);
    const anchor = check(lines, headOf(lines)).head;
    const anew = chained(['a', 'x', 'c']);
    expect(check(anew, headOf(anew)).breaks).toEqual([]);
    expect(check(anew, headOf(anew), anchor).breaks).toMatchObject([{ kind: 'anchor' }]);
    const longer = chained(['a', 'b', 'c', 'd']);
    expect(check(longer, headOf(longer), anchor).breaks).toEqual([]);
  });

  it('counts the lines of an older version at its beginning, and refuses them further on', () => {
    const old: RawLine = { id: '1-0', agentId: '1001', epoch: '1', json: '{}', previous: null };
    const lines = chained(['a', 'b']);
    const checked = check([old, ...lines], headOf(lines));
    expect([checked.unchained, checked.breaks]).toEqual([1, []]);
    expect(check([...lines, { ...old, id: '2000-0' }], headOf(lines)).breaks).toMatchObject([{ kind: 'unchained' }]);
  });
});
