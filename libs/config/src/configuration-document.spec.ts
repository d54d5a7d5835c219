import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeAbsence } from './help';
import { type AnyKey, type App } from './key';
import { packageRoot } from './package-root';
import { table } from './table';

/** docs/configuration.md says of each key what the table says; a failure prints the row that belongs there. */

const document = readFileSync(join(packageRoot(), 'docs', 'configuration.md'), 'utf8');
const rowsInDocument = document.split('\n').filter((line) => line.startsWith('| `'));

function absenceInDocument(row: AnyKey): string {
  const words = new Map<string, App[]>();
  for (const app of row.apps) {
    const word = describeAbsence(row, app).replace(/^default: /, '');
    words.set(word, [...(words.get(word) ?? []), app]);
  }
  if (words.size === 1) return [...words.keys()].join('');
  return [...words].map(([word, users]) => `${users.join(', ')}: ${word}`).join('; ');
}

function documentRow(row: AnyKey): string {
  const name = row.secret ? `\`${row.env}\` (secret)` : `\`${row.env}\``;
  return `| ${[name, row.apps.join(', '), row.expected, absenceInDocument(row), row.sentence].join(' | ')} |`;
}

describe('docs/configuration.md', () => {
  it.each(Object.values<AnyKey>(table).map((row) => [row.env, documentRow(row)]))(
    'says of %s what the table says',
    (_, row) => {
      expect(rowsInDocument).toContain(row);
    },
  );

  it('documents nothing else', () => {
    expect([...rowsInDocument].sort()).toEqual(Object.values<AnyKey>(table).map(documentRow).sort());
  });
});
