import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { printedMessages } from './messages-document.spec-support';

/** Set to `yes` to write the table into the document instead of comparing the two. */
const UPDATE = process.env['UPDATE_DOCUMENTS'] === 'yes';

describe('docs/cti-messages.md', () => {
  it('prints the message table as it is', () => {
    const path = join(packageRoot(), 'docs', 'cti-messages.md');
    const document = readFileSync(path, 'utf8');
    const [before = '', after = ''] = document.split('## The table\n');
    if (UPDATE) {
      writeFileSync(path, `${before}## The table\n\n${printedMessages()}\n`);
    }
    expect(UPDATE ? printedMessages() : after.trim()).toBe(printedMessages());
  });
});
