import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { ApiError, apiErrors } from './api-error';

describe('the errors of the API', () => {
  it('are all in docs/console.md, with their status, and nothing else is', () => {
    const document = readFileSync(join(packageRoot(), 'docs/console.md'), 'utf8');
    const rows = [...document.matchAll(/^\| `([A-Z_]+)`\s*\| (\d{3})\s*\|/gm)].map(([, code, status]) => [
      code,
      Number(status),
    ]);
    expect(rows).toEqual(Object.entries(apiErrors).map(([code, { status }]) => [code, status]));
  });

  it('name the field that is wrong, and say more than the table where there is more to say', () => {
    const error = new ApiError('FIELD_INVALID', { field: 'limit', sentence: 'limit is not a whole number.' });
    expect(error.status).toBe(400);
    expect(error.body).toEqual({
      error: { code: 'FIELD_INVALID', sentence: 'limit is not a whole number.', field: 'limit' },
    });
    expect(new ApiError('AGENT_UNKNOWN').body.error).toEqual({
      code: 'AGENT_UNKNOWN',
      sentence: 'There is no agent with this id.',
    });
    expect(new ApiError('AGENT_UNKNOWN', { near: ['A001'] }).body.error).toMatchObject({ near: ['A001'] });
  });
});
