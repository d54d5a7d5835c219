import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCa } from './read-ca';

describe('the file of a CA', () => {
  const dir = mkdtempSync(join(tmpdir(), 'ca-'));
  afterAll(() => {
    rmSync(dir, { recursive: true, force: true });
  });

  const fileOf = (content: string): string => {
    const path = join(dir, 'ca.pem');
    writeFileSync(path, content);
    return path;
  };

  it('that is not there is refused by its key', () => {
    expect(() => readCa('server', 'REDIS_TLS_CA', join(dir, 'none.pem'))).toThrow(
      /REDIS_TLS_CA names the file .*ENOENT/,
    );
  });

  it('that holds something else is refused', () => {
    expect(() => readCa('server', 'REDIS_TLS_CA', fileOf('a key?'))).toThrow('which holds no PEM certificate');
  });
});
