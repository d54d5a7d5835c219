import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { askingMessages } from './asking-wires';
import { ExitCode, exitCodesHelp, exitCodeSentences } from './exit-codes';

/** docs/cti-tool.md promises what the code keeps. */

const document = readFileSync(join(packageRoot(), 'docs', 'cti-tool.md'), 'utf8');

describe('docs/cti-tool.md', () => {
  it('says of each exit code what --help says, and knows no other', () => {
    const rows = Object.entries(ExitCode).map(
      ([name, code]) => `| ${code} | ${exitCodeSentences[name as keyof typeof ExitCode]} |`,
    );
    expect([...document.matchAll(/^\| \d \| .* \|$/gm)].map(([row]) => row)).toEqual(rows);
    for (const row of rows) expect(exitCodesHelp()).toContain(row.split('|')[2]?.trim());
  });

  it('lists the messages that an observer may send, and no other', () => {
    const promise = /refuse to send any other:([^]*?)\n3\. /.exec(document)?.[1] ?? '';
    expect((promise.match(/\b[A-Z]+(_[A-Z]+)+\b/g) ?? []).sort()).toEqual([...askingMessages].sort());
  });
});
