import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from './package-root';

describe('packageRoot', () => {
  it('finds the folder of our package.json from below', () => {
    const root = packageRoot();
    expect(readFileSync(join(root, 'package.json'), 'utf8')).toContain('"name": "lastcall"');
    expect(packageRoot(join(root, 'libs', 'config', 'src'))).toBe(root);
  });

  it('says so when there is none above', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lastcall-root-'));
    mkdirSync(join(folder, 'dist'));
    expect(() => packageRoot(join(folder, 'dist'))).toThrow('No package.json of lastcall above');
    rmSync(folder, { recursive: true });
  });
});
