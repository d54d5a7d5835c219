import { type AnyKey } from './key';
import { table } from './table';

describe('the table of keys', () => {
  const rows = Object.entries<AnyKey>(table);

  it.each(rows)('%s is the camel case of its environment key', (name, row) => {
    const camel = row.env.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    expect(name).toBe(camel);
  });

  it.each(rows)('%s has a default that its own schema accepts', (_, row) => {
    const texts =
      row.whenAbsent.kind === 'default'
        ? [row.whenAbsent.text]
        : Object.values('texts' in row.whenAbsent ? row.whenAbsent.texts : {});
    for (const text of texts) expect(row.schema.safeParse(text)).toMatchObject({ success: true });
  });

  it.each(rows)('%s ends its name with its unit when it has one in milliseconds', (name, row) => {
    expect(name.endsWith('Ms')).toBe(row.unit === 'ms');
  });
});
