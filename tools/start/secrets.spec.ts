import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSecrets, writeSecrets } from './secrets';

describe('secrets', () => {
  it('are new with each start', () => {
    expect(makeSecrets({}).CONSOLE_PASSWORD).not.toBe(makeSecrets({}).CONSOLE_PASSWORD);
  });

  it('can be read by their owner only, even in a file that others could read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lastcall-secrets-'));
    const path = join(folder, 'secrets.json');
    writeFileSync(path, 'old', { mode: 0o644 });
    writeSecrets(path, { API_TOKEN: 't' });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ API_TOKEN: 't' });
    rmSync(folder, { recursive: true });
  });
});
