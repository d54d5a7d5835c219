import { readRefusal } from './redis-refusal';

/** As Redis 7.0 answers. */
const answers = {
  right: "NOPERM this user has no permissions to run the 'evalsha' command",
  rightInScript:
    "ERR The user executing the script can't run this command or subcommand script: f3a1, on @user_script:2.",
  key: 'NOPERM this user has no permissions to access one of the keys used as arguments',
  renamed: "ERR unknown command 'INFO', with args beginning with: ",
  renamedInScript: 'ERR Unknown Redis command called from script script: f3a1, on @user_script:2.',
  full: "OOM command not allowed when used memory > 'maxmemory'.",
  disk: 'MISCONF Errors writing to the AOF file: No space left on device',
} as const;

const lua = "local function generation()\n  return redis.call('INFO', 'server')\nend";

describe('what Redis refuses', () => {
  it.each([
    ['right', 'may not use EVALSHA', '+evalsha'],
    ['rightInScript', 'may not use INFO', '+info'],
    ['key', 'key or channel', 'docs/redis.md'],
    ['renamed', 'does not know INFO', 'rename-command'],
    ['renamedInScript', 'does not know INFO', 'rename-command'],
    ['full', 'maxmemory is reached', 'more memory'],
    ['disk', 'cannot write its file', 'disk'],
  ] as const)('is named with its remedy: %s', (which, sentence, remedy) => {
    const refusal = readRefusal(answers[which], lua);
    expect(refusal.sentence).toContain(sentence);
    expect(refusal.remedy).toContain(remedy);
  });

  it('is told as Redis said it where nothing better is known', () => {
    expect(readRefusal('ERR something new').sentence).toContain('ERR something new');
  });
});
