import { printHelp } from './help';
import { apps } from './key';
import { table } from './table';

describe('printHelp', () => {
  it.each(apps)('lists every key of %s with its sentence, and no other', (app) => {
    const help = printHelp(app);
    for (const row of Object.values(table)) {
      const isOurs = (row.apps as readonly string[]).includes(app);
      expect(help.includes(`  ${row.env} `) && help.includes(row.sentence)).toBe(isOurs);
    }
  });

  it('says what happens without a value', () => {
    const help = printHelp('worker');
    expect(help).toMatch(/SIDE .*\n.*primary or secondary; required\n/);
    expect(help).toMatch(/GRACE_MS .*\n.*default: 60000\n/);
    expect(help).toMatch(/CTI_A .*\n.*host:port; required\n/);
    expect(help).toMatch(/CTI_CLIENT_PASSWORD .*\n.*default: empty; secret, also from CTI_CLIENT_PASSWORD_FILE\n/);
  });
});
