import { desktopsMax, UnknownAccounts } from './unknown-accounts';

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
    for (const account of ['guest', 'visitor', 'guest']) accounts.available(`${account}@host/desk`, account);
    expect(lines).toEqual([{ account: 'guest', presences: 1 }]);
    nowMs = 60_000;
    accounts.available('bot@host/desk', 'bot');
    expect(lines.at(-1)).toEqual({ account: 'bot', presences: 3 });
  });

  it('are remembered by connection until the directory knows them, they are gone, or a new stream begins', () => {
    for (const resource of ['one', 'two']) accounts.available(`guest@host/${resource}`, 'guest');
    accounts.available('visitor@host/desk', 'visitor');
    expect(accounts.takeKnown()).toEqual([]);
    accounts.unavailable('guest@host/two');
    known.add('guest');
    expect(accounts.takeKnown()).toEqual([{ jid: 'guest@host/one', agentId: 'guest' }]);
    expect(accounts.takeKnown()).toEqual([]);
    known.add('visitor');
    accounts.forget();
    expect(accounts.takeKnown()).toEqual([]);
  });

  it('say when there are more of them than are remembered', () => {
    for (let count = 0; count < desktopsMax; count += 1) accounts.available(`guest@host/${String(count)}`, 'guest');
    expect(accounts.isOverfull).toBe(false);
    accounts.available('guest@host/more', 'guest');
    expect(accounts.isOverfull).toBe(true);
    accounts.forget();
    expect(accounts.isOverfull).toBe(false);
  });
});
