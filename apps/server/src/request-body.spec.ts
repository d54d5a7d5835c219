import { Problem } from './problems';
import { readBye, readHeartbeat, readPresence } from './request-body';

function fieldOf(read: () => unknown): string | undefined {
  try {
    read();
  } catch (error) {
    if (error instanceof Problem) return error.body.error.field ?? error.code;
    throw error;
  }
  return undefined;
}

const available = { agentId: '1001', desktopId: '1001@desk.example/tab', presence: 'available' };

describe('the body of a feed', () => {
  it('is read field by field', () => {
    expect(readPresence(available)).toEqual({ ...available, feed: 'default' });
    const named = { ...available, feed: 'site-2', expiresInMs: 60_000 };
    expect(readPresence(named)).toEqual(named);
    expect(readHeartbeat({})).toEqual({ feed: 'default' });
    expect(readPresence({ ...available, presence: 'unavailable' })).toMatchObject({ cause: 'lost' });
    expect(readPresence({ ...available, presence: 'unavailable', cause: 'bye' })).toMatchObject({ cause: 'bye' });
  });

  it.each([
    ['agentId', { ...available, agentId: 'x'.repeat(51) }],
    ['agentId', { ...available, agentId: 1001 }],
    ['agentId', { ...available, agentId: 'a b' }],
    ['desktopId', { ...available, desktopId: '' }],
    ['presence', { ...available, presence: 'away' }],
    ['presence', { agentId: '1001', desktopId: 'd' }],
    ['cause', { ...available, presence: 'unavailable', cause: 'lunch' }],
    ['cause', { ...available, cause: 'bye' }],
    ['feed', { ...available, feed: 'a b' }],
    ['expiresInMs', { ...available, expiresInMs: 999 }],
    ['expiresInMs', { ...available, presence: 'unavailable', expiresInMs: 5_000 }],
    ['casue', { ...available, presence: 'unavailable', casue: 'bye' }],
    ['BODY_UNREADABLE', null],
    ['BODY_UNREADABLE', 'available'],
    ['BODY_UNREADABLE', undefined],
  ])('is refused for %s: %j', (field, body) => {
    expect(fieldOf(() => readPresence(body))).toBe(field);
  });
});

describe('the body of a bye', () => {
  it('is JSON in whatever type it came', () => {
    expect(readBye('{"token":"secret"}')).toEqual({ token: 'secret' });
  });

  it.each([
    ['BODY_UNREADABLE', '{'],
    ['BODY_UNREADABLE', '"token"'],
    ['BODY_UNREADABLE', undefined],
    ['token', '{}'],
    ['token', '{"token":""}'],
    ['token', `{"token":"${'x'.repeat(257)}"}`],
  ])('is refused for %s: %s', (field, body) => {
    expect(fieldOf(() => readBye(body))).toBe(field);
  });
});
