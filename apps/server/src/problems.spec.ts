import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NotFoundException } from '@nestjs/common';
import { Problem, problemOf, problems } from './problems';

const document = readFileSync(join(__dirname, '../../../docs/desktop-protocol.md'), 'utf8');

describe('the table of problems', () => {
  it('is that of the document, word by word', () => {
    const [, section = ''] = document.split('## Errors over HTTP');
    const rows = section.split('\n').filter((line) => /^\| `[A-Z_]+`/.test(line));
    const expected = Object.entries(problems).map(
      ([code, { status, sentence }]) => `| \`${code}\` | ${String(status)} | ${sentence} |`,
    );
    expect(rows).toEqual(expected);
  });

  it('names what Nest and the parsers of bodies throw by their status', () => {
    expect(problemOf(new NotFoundException()).code).toBe('NOT_FOUND');
    expect(problemOf(Object.assign(new Error('entity too large'), { status: 413 })).code).toBe('BODY_TOO_LARGE');
    expect(problemOf(Object.assign(new Error('Unexpected token'), { status: 400 })).code).toBe('BODY_UNREADABLE');
  });

  it('explains nothing of a fault of its own', () => {
    const { status, body } = problemOf(new Error('password is hunter2'));
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });

  it('carries the field that is wrong', () => {
    const problem = new Problem('FIELD_INVALID', { field: 'agentId', sentence: 'agentId: is not an agent id' });
    expect(problem.body).toEqual({
      error: { code: 'FIELD_INVALID', sentence: 'agentId: is not an agent id', field: 'agentId' },
    });
  });
});
