import { type Entry } from '#domain/command';
import { type JournalLine } from '#store/journal-line';
import { tellWhy } from './tell-why';

const desktop = { connection: 'c1', desktopId: 'd1', side: 'primary', serverId: 'srv-p1' } as const;
const began: Entry = { what: 'lossBegan', loss: 7, cause: 'lost', desktop, dueAt: 61_000, sentence: 'Gone.' };
const held: Entry = { what: 'held', loss: 7, reasons: ['call'], sentence: 'Held: the agent is on a call.' };
const out: Entry = { what: 'outcome', loss: 7, outcome: 'loggedOut', sentence: 'The CTI server says LOGOUT.' };
const back: Entry = { what: 'outcome', loss: 7, outcome: 'returned', sentence: 'Back after 4.2 s.' };

function lines(...entries: Entry[]): JournalLine[] {
  return entries.map((entry, index) => ({ id: `${String(index)}-0`, at: index, agentId: '1001', epoch: 7, entry }));
}

describe('why an agent was signed out, or was not', () => {
  it('is told from how the loss began and how it ended', () => {
    expect(tellWhy('1001', lines(began, held, out))).toBe(
      'Agent 1001 was signed out: the connection of its last desktop was lost (d1, primary side, srv-p1). The CTI server says LOGOUT.',
    );
    expect(tellWhy('1001', lines(began, back))).toBe(
      'Agent 1001 was not signed out: the connection of its last desktop was lost (d1, primary side, srv-p1). Back after 4.2 s.',
    );
  });

  it('is told of a loss that goes on by what keeps it', () => {
    expect(tellWhy('1001', lines(began, held))).toBe(
      'Agent 1001 is not signed out yet: the connection of its last desktop was lost (d1, primary side, srv-p1). Held: the agent is on a call.',
    );
  });

  it('is told of an order without a desktop', () => {
    const ordered: Entry = { ...began, cause: 'operator', desktop: null };
    expect(tellWhy('1001', lines(ordered, out))).toBe(
      'Agent 1001 was signed out: an operator ordered it. The CTI server says LOGOUT.',
    );
  });

  it('says so when the beginning was trimmed away', () => {
    expect(tellWhy('1001', lines(out))).toMatch(/the beginning is no longer in the journal/);
  });
});
