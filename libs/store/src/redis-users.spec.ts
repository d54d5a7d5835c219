import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { aclFileOf, usedCommands } from './redis-users';

describe('the users of Redis', () => {
  it('are those that docs/redis.md prints', () => {
    const document = readFileSync(join(packageRoot(), 'docs', 'redis.md'), 'utf8');
    const printed = /```acl\n([^`]*)```/.exec(document)?.[1];
    expect(printed).toBe(aclFileOf(5000, (user) => `change-me-${user}`));
  });

  it('use every command that a script of the store calls', () => {
    const folder = join(packageRoot(), 'libs', 'store', 'src', 'lua');
    const text = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    const called = [...text.join('\n').matchAll(/call\(\s*'([A-Z]+)'/g)].map(([, command = '']) =>
      command.toLowerCase(),
    );
    expect(called).toContain('xadd');
    expect(called.filter((command) => !usedCommands.some((used) => used === command))).toEqual([]);
  });
});
