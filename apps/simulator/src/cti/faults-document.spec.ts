import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { faultTable } from './faults';

describe('docs/simulator.md', () => {
  it('lists every fault with its kind and sentence, in the order of the table', () => {
    const text = readFileSync(join(packageRoot(), 'docs/simulator.md'), 'utf8');
    const listed = [...text.matchAll(/^\| `(\w+)` +\| (action|switch|counted) +\| (.*?) +\|$/gm)].map((match) =>
      match.slice(1),
    );
    expect(listed).toEqual(Object.entries(faultTable).map(([name, { kind, sentence }]) => [name, kind, sentence]));
  });
});
