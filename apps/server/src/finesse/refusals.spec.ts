import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NotFoundException } from '@nestjs/common';
import { packageRoot } from '#config/package-root';
import { Refusal, refusalOf, refusals } from './refusals';

const document = readFileSync(join(packageRoot(), 'docs', 'finesse-api.md'), 'utf8');

describe('the table of refusals', () => {
  it('is that of the document, word by word', () => {
    const [, section = ''] = document.split('## Refusals');
    const rows = section.split('\n').filter((line) => /^\| `[A-Z_]+`/.test(line));
    const expected = Object.entries(refusals).map(
      ([code, { status, errorType, errorMessage }]) =>
        `| \`${code}\` | ${String(status)} | ${errorType} | ${errorMessage} |`,
    );
    expect(rows).toEqual(expected);
  });

  it('is written as Finesse writes it, whatever the caller had sent', () => {
    expect(new Refusal('USER_NOT_FOUND', { data: '<script>' }).body).toBe(
      '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><ApiErrors><ApiError><ErrorType>User Not Found</ErrorType>' +
        '<ErrorMessage>UNKNOWN_USER</ErrorMessage><ErrorData>&lt;script&gt;</ErrorData></ApiError></ApiErrors>',
    );
  });

  it('names what Nest and the parsers of bodies throw by their status, and explains no fault of its own', () => {
    expect(refusalOf(new NotFoundException()).code).toBe('NOT_FOUND');
    expect(refusalOf(Object.assign(new Error('entity too large'), { status: 413 })).code).toBe('BODY_TOO_LARGE');
    const fault = refusalOf(new Error('password is hunter2'));
    expect([fault.status, fault.body.includes('hunter2')]).toEqual([500, false]);
  });
});
