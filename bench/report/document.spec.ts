import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { readArguments } from '../arguments';
import { benches } from '../benches';
import { commandOf, endMarker, notMeasured, replaceBlock, startMarker } from './markdown';

/** docs/performance.md quotes what a command of it has measured, and nothing else. */

const document = readFileSync(join(packageRoot(), 'docs', 'performance.md'), 'utf8');
const names = benches.map(({ name }) => name);
const blockPattern = /<!-- bench ([a-z-]+):.*?-->(.*?)<!-- end of bench \1 -->/gs;
const blocks = new Map([...document.matchAll(blockPattern)].map(([, name = '', block = '']) => [name, block]));
const prose = document.replaceAll(blockPattern, '');

/** In code spans and code blocks. */
const commands = [...document.matchAll(/(?:^|`)((?:npm|npx|node) [^`\n#]*)/gm)].map(([, command = '']) =>
  command.trim(),
);

describe('docs/performance.md', () => {
  it.each(names)('has the markers of %s once, and between them what it measured, or that it has not yet', (name) => {
    const block = blocks.get(name) ?? '';
    expect(replaceBlock(document, name, block.trim())).toBe(document);
    if (block.trim() === notMeasured(name)) return;
    expect(block).toContain(`- \`${commandOf(name)}\`: `);
    expect(block).toMatch(/^\| --- /m);
  });

  it('has no markers of a bench that is not there', () => {
    expect([...blocks.keys()].filter((name) => !names.includes(name))).toEqual([]);
    const markers = document.match(/<!--.*?-->/g) ?? [];
    const known = names.flatMap((name) => [startMarker(name), endMarker(name)]);
    expect(markers.filter((marker) => !known.includes(marker))).toEqual([]);
  });

  it('names only commands that npm run bench takes, so that its small form runs all of them', () => {
    expect(commands.length).toBeGreaterThanOrEqual(names.length);
    const refused = commands.filter((command) => {
      const [, args] = /^npm run bench(?: -- (.*))?$/.exec(command) ?? [];
      if (!command.startsWith('npm run bench')) return true;
      try {
        readArguments(args?.split(' ') ?? [], benches);
        return false;
      } catch {
        return true;
      }
    });
    expect(refused).toEqual([]);
  });

  it('has every table between markers', () => {
    expect(prose.split('\n').filter((line) => line.startsWith('|'))).toEqual([]);
  });

  it('quotes in its prose no number that the tables of its section do not hold', () => {
    const faults = document.split(/^## /m).flatMap((section) => {
      const inTables = numbersOf([...section.matchAll(blockPattern)].map(([, , block]) => block).join('\n'));
      const text = section.replaceAll(blockPattern, '');
      return numbersOf(text).filter((number) => !inTables.includes(number));
    });
    expect(faults).toEqual([]);
  });

  it('has lines of at most 100 characters', () => {
    expect(document.split('\n').filter((line) => line.length > 100)).toEqual([]);
  });
});

/** `16 900` and `0.7`; not the numbers of names (I1, decision 0022), of code and of links. */
function numbersOf(text: string): string[] {
  const plain = text
    .replaceAll(/```.*?```/gs, '')
    .replaceAll(/`[^`]*`/g, '')
    .replaceAll(/\[[^\]]*\]\([^)]*\)/g, '');
  return (plain.match(/(?<![\w.])\d+(?: \d{3})*(?:\.\d+)?/g) ?? []).map((number) => number.replaceAll(' ', ''));
}
