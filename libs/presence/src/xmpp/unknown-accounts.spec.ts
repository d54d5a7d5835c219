import { UnknownAccounts } from './unknown-accounts';

describe('accounts that are no agents', () => {
  const lines: object[] = [];
  const known = new Set<string>();
  let nowMs = 0;
  let accounts: UnknownAccounts;

  beforeEach(() => {
    lines.length = 0;
    known.clear();
    nowMs = 0;
    accounts = new UnknownAccounts({
      ids: { canonical: (account) => (known.has(account) ? account : undefined) },
      log: { warn: (line: object) => void lines.push(line) },
      monotonicMs: () => nowMs,
    });
  });

  it('are one line a minute, with how many there were since the one before', () => {
    for (const account of ['guest', 'visitor', 'guest']) accounts.saw(account);
    expect(lines).toEqual([{ account: 'guest', presences: 1 }]);
    nowMs = 60_000;
    accounts.saw('bot');
    expect(lines.at(-1)).toEqual({ account: 'bot', presences: 3 });
  });

  it('are remembered until the directory knows one of them, or a new stream shows who is there', () => {
    accounts.saw('guest');
    expect(accounts.isAnyKnown).toBe(false);
    known.add('guest');
    expect(accounts.isAnyKnown).toBe(true);
    accounts.forget();
    expect(accounts.isAnyKnown).toBe(false);
  });

  it('may be anybody when there are more of them than are remembered', () => {
    for (let count = 0; count <= 20_000; count += 1) accounts.saw(`guest${String(count)}`);
    expect(accounts.isAnyKnown).toBe(true);
  });
});
