import { Admission, OneTimeStore, ticketMs, ticketRate } from './admission';
import { type Found } from './agent-ids';
import { type AgentVerdict } from './agent-tokens';

const nowMs = 1_750_000_000_000;

class StoreInMemory extends OneTimeStore {
  readonly tickets = new Map<string, string>();
  readonly spent = new Map<string, number>();
  isAway = false;

  override async keepTicket(hash: string, agentId: string, forMs: number): Promise<void> {
    await this.answer();
    expect(forMs).toBe(ticketMs);
    this.tickets.set(hash, agentId);
  }
  override async takeTicket(hash: string): Promise<string | null> {
    await this.answer();
    const agentId = this.tickets.get(hash) ?? null;
    this.tickets.delete(hash);
    return agentId;
  }
  override async spendToken(hash: string, forMs: number): Promise<boolean> {
    await this.answer();
    if (this.spent.has(hash)) return false;
    this.spent.set(hash, forMs);
    return true;
  }
  override async isTokenSpent(hash: string): Promise<boolean> {
    await this.answer();
    return this.spent.has(hash);
  }
  private answer(): Promise<void> {
    return this.isAway ? Promise.reject(new Error('connect ECONNREFUSED')) : Promise.resolve();
  }
}

const expiresAtS = nowMs / 1000 + 60;
const verdicts: Readonly<Record<string, AgentVerdict>> = {
  'of 1001': { kind: 'agent', agentId: '1001', expiresAtS, tokenId: undefined },
  'once of 1001': { kind: 'agent', agentId: '1001', expiresAtS, tokenId: 'one' },
  'once of 1002': { kind: 'agent', agentId: '1002', expiresAtS, tokenId: 'one' },
  'of AGENT001': { kind: 'agent', agentId: 'AGENT001', expiresAtS, tokenId: undefined },
  'of nobody': { kind: 'agent', agentId: 'nobody', expiresAtS, tokenId: 'one' },
  unjudged: { kind: 'unjudged', sentence: 'the OpenID provider does not give its keys' },
};

describe('the admission of desktops', () => {
  let once: StoreInMemory;
  let admission: Admission;
  let clockMs: number;

  beforeEach(() => {
    once = new StoreInMemory();
    clockMs = 0;
    const check = (token: string | null): Promise<AgentVerdict> =>
      Promise.resolve(verdicts[token ?? ''] ?? { kind: 'refused', sentence: 'the token is not a signed JWT' });
    admission = new Admission({ tokens: { check }, ids, once, now: () => nowMs, monotonicMs: () => clockMs });
  });

  const directory: Readonly<Record<string, string>> = { '1001': '1001', '1002': '1002', agent001: 'Agent001' };
  const find = (given: string): Promise<Found> => {
    const agentId = directory[given.toLowerCase()];
    return Promise.resolve(agentId === undefined ? { kind: 'unknownAgent' } : { kind: 'agent', agentId });
  };
  const ids = { find };

  const admit = (parameters: Record<string, string>): Promise<unknown> =>
    admission.admit(new URLSearchParams(parameters));

  async function ticketFor(token: string): Promise<string> {
    const answer = await admission.ticketFor(token);
    if (answer.kind !== 'ticket') throw new Error(answer.sentence);
    return answer.ticket;
  }

  it('lets the agent in whom a token means, however it spells the id', async () => {
    expect(await admit({ token: 'of AGENT001' })).toMatchObject({ kind: 'agent', agentId: 'Agent001' });
    const ticket = await ticketFor('of AGENT001');
    expect(await admit({ ticket })).toEqual({ kind: 'agent', agentId: 'Agent001' });
  });

  it('refuses an agent whom the directory does not know, and spends no token for that', async () => {
    const refusal = { kind: 'unknownAgent', sentence: 'the directory of agents knows no agent nobody' };
    expect(await admit({ token: 'of nobody' })).toEqual(refusal);
    expect(await admission.ticketFor('of nobody')).toEqual(refusal);
    expect([once.spent.size, once.tickets.size]).toEqual([0, 0]);
  });

  it('lets a ticket in once', async () => {
    const ticket = await ticketFor('of 1001');
    expect(await admit({ ticket })).toEqual({ kind: 'agent', agentId: '1001' });
    expect(await admit({ ticket })).toMatchObject({ kind: 'refused' });
  });

  it('lets one of two in who bring the same ticket at the same time', async () => {
    const ticket = await ticketFor('of 1001');
    const kinds = (await Promise.all([admit({ ticket }), admit({ ticket })])).map((one) => (one as Admitted).kind);
    expect(kinds.sort()).toEqual(['agent', 'refused']);
  });

  it('keeps tickets as hashes, and none is like another', async () => {
    const tickets = [await ticketFor('of 1001'), await ticketFor('of 1001')];
    expect(new Set(tickets).size).toBe(2);
    for (const ticket of tickets) {
      expect(ticket).toMatch(/^[\w-]{43}$/);
      expect([...once.tickets.keys()]).not.toContain(ticket);
    }
  });

  it('refuses a ticket that it did not give out, and does not fall back to a token beside it', async () => {
    expect(await admit({ ticket: 'x', token: 'of 1001' })).toMatchObject({
      kind: 'refused',
      sentence: expect.stringMatching(/ticket/) as string,
    });
    expect(await admit({ ticket: '', token: 'of 1001' })).toMatchObject({ kind: 'refused' });
  });

  it('lets a token without an id in as often as it comes, one with an id once', async () => {
    for (let n = 0; n < 3; n += 1) expect(await admit({ token: 'of 1001' })).toMatchObject({ kind: 'agent' });
    expect(await admit({ token: 'once of 1001' })).toMatchObject({ kind: 'agent' });
    expect(await admit({ token: 'once of 1001' })).toEqual({
      kind: 'refused',
      sentence: 'the token was used before, and it opens one desktop only',
    });
    expect(await admit({ token: 'once of 1002' })).toMatchObject({ kind: 'agent' });
  });

  it('remembers a spent token for longer than any server would accept it', async () => {
    await admit({ token: 'once of 1001' });
    const [forMs] = [...once.spent.values()];
    expect(forMs).toBeGreaterThan(60_000 + 5_000);
  });

  it('gives no ticket for a token that was seen in an address, but any number for one that was not', async () => {
    for (let n = 0; n < 3; n += 1) await ticketFor('once of 1001');
    await admit({ token: 'once of 1001' });
    expect(await admission.ticketFor('once of 1001')).toMatchObject({ kind: 'refused' });
  });

  it('gives no ticket without a token that is good', async () => {
    expect(await admission.ticketFor(null)).toMatchObject({ kind: 'refused' });
    expect(await admission.ticketFor('forged')).toMatchObject({ kind: 'refused' });
    expect(await admission.ticketFor('unjudged')).toMatchObject({
      kind: 'unjudged',
      sentence: expect.stringMatching(/OpenID/) as string,
    });
    expect(once.tickets.size).toBe(0);
  });

  it('lets nobody in on a doubt: with the store away it says so', async () => {
    const ticket = await ticketFor('of 1001');
    once.isAway = true;
    const away = { kind: 'unavailable', sentence: 'the store (Redis) cannot be reached, try again' };
    expect(await admit({ ticket })).toEqual(away);
    expect(await admit({ token: 'once of 1001' })).toEqual(away);
    expect(await admission.ticketFor('of 1001')).toEqual(away);
    expect(await admit({ token: 'of 1001' })).toMatchObject({ kind: 'agent' });
  });

  it('bounds the tickets of one agent, and of no other', async () => {
    for (let n = 0; n < ticketRate.burst; n += 1) await ticketFor('once of 1001');
    expect(await admission.ticketFor('once of 1001')).toMatchObject({ kind: 'tooMany' });
    expect(await admission.ticketFor('once of 1002')).toMatchObject({ kind: 'ticket' });
    clockMs += 1_000 / ticketRate.perSecond;
    expect(await admission.ticketFor('once of 1001')).toMatchObject({ kind: 'ticket' });
  });
});

interface Admitted {
  readonly kind: string;
}
