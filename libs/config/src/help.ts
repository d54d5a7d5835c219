import { type AnyKey, type App } from './key';
import { table } from './table';

/**
 * The configuration table of one app as text, for `--help`: one paragraph per key. Ends with a line break.
 */
export function printHelp(app: App): string {
  const rows = Object.values<AnyKey>(table).filter((row) => row.apps.includes(app));
  const width = Math.max(...rows.map((row) => row.env.length));
  const lines = rows.flatMap((row) => [
    `  ${row.env.padEnd(width)}  ${row.sentence}`,
    `  ${' '.repeat(width)}  ${[row.expected, describeAbsence(row, app), ...secretNote(row)].join('; ')}`,
  ]);
  return [`Configuration of ${app}, from the environment:`, '', ...lines, ''].join('\n');
}

/** What happens when the key is not given, in words. */
export function describeAbsence(row: AnyKey, app: App): string {
  switch (row.whenAbsent.kind) {
    case 'required':
      return 'required';
    case 'optional':
      return 'optional';
    case 'default':
      return row.whenAbsent.text === '' ? 'default: empty' : `default: ${row.whenAbsent.text}`;
    case 'defaultIn': {
      const text = row.whenAbsent.texts[app];
      return text === undefined ? 'required' : `default: ${text}`;
    }
    case 'derived':
      return `default: ${row.whenAbsent.description}`;
  }
}

function secretNote(row: AnyKey): string[] {
  return row.secret ? [`secret, also from ${row.env}_FILE`] : [];
}
