import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { packageRoot } from '#config/package-root';

/** The pure modules of the live page, which is plain JavaScript: only what these tests touch has a type here. */
interface Row {
  readonly agentId: string;
  readonly loss: string;
  readonly outcome: string | null;
  readonly sentence: string;
}
interface PageState {
  readonly connection: { readonly kind: string };
  readonly agents: Readonly<Record<string, unknown>>;
  readonly offsetMs: number;
  readonly lines: readonly { readonly id: string }[];
  readonly losses: { readonly rows: readonly Row[] };
  readonly filters: { readonly agent: string; readonly outcome: string };
}
interface StateModule {
  readonly initialState: PageState;
  readonly linesMax: number;
  reduce(state: PageState, message: object): PageState;
  byUrgency(agents: object): readonly { readonly agentId: string }[];
  ordersFor(agent: object): readonly string[];
  readAddress(hash: string): { readonly kind: string; readonly id: string } | null;
}
interface WordsModule {
  countdown(untilMs: number, nowMs: number): string;
  age(sinceMs: number, nowMs: number): string;
  after(ms: number, startMs: number): string;
}

async function pageModule(name: string): Promise<unknown> {
  return import(pathToFileURL(join(packageRoot(), 'apps/console/page', name)).href);
}

let page: StateModule;
let words: WordsModule;
beforeAll(async () => {
  page = (await pageModule('state.mjs')) as StateModule;
  words = (await pageModule('words.mjs')) as WordsModule;
});

const line = (id: string, differs: object): object => ({
  id,
  at: 5,
  agentId: '1001',
  loss: 7,
  outcome: null,
  cause: 'lost',
  side: 'primary',
  sentence: `line ${id}`,
  ...differs,
});
const began = (id: string, differs: object = {}): object => line(id, { what: 'lossBegan', ...differs });
const lines = (...data: object[]): object => ({ type: 'lines', data });

describe('the state of the page', () => {
  it('reckons with the clock of Redis and not with that of the browser', () => {
    const state = page.reduce(page.initialState, { type: 'overview', data: { now: 90_000 }, at: 30_000 });
    expect(state).toMatchObject({ offsetMs: 60_000, connection: { kind: 'live' } });
  });

  it('says when the console or Redis is away, and that it is back', () => {
    const lost = page.reduce(page.initialState, { type: 'lost', at: 1 });
    expect(lost.connection).toEqual({ kind: 'lost', since: 1 });
    expect(page.reduce(lost, { type: 'lost', at: 9 }).connection).toEqual({ kind: 'lost', since: 1 });
    expect(page.reduce(lost, { type: 'storeAway', at: 9 }).connection.kind).toBe('storeAway');
    const data = { overview: { now: 1 }, agents: [], lines: [] };
    expect(page.reduce(lost, { type: 'snapshot', data, at: 9 }).connection.kind).toBe('live');
  });

  it('takes agents in, changes them and lets them go', () => {
    const data = { overview: { now: 1 }, agents: [{ agentId: '1' }, { agentId: '2' }], lines: [] };
    const state = page.reduce(page.initialState, { type: 'snapshot', data, at: 1 });
    const next = page.reduce(state, { type: 'agents', data: { changed: [{ agentId: '3' }], gone: ['1'] } });
    expect(Object.keys(next.agents).sort()).toEqual(['2', '3']);
  });

  it('lets the list of losses grow by a loss, and tells its outcome when it comes', () => {
    const first = page.reduce(page.initialState, lines(began('1')));
    expect(first.losses.rows).toMatchObject([{ loss: '1001@7', outcome: null }]);
    const ended = page.reduce(first, lines(line('2', { what: 'outcome', outcome: 'returned' })));
    expect(ended.losses.rows).toMatchObject([{ loss: '1001@7', outcome: 'returned', sentence: 'line 2' }]);
  });

  it('keeps a filtered list filtered', () => {
    const filters = { agent: '1002', outcome: '' };
    const filtered = page.reduce(page.initialState, { type: 'change', change: { filters } });
    const grown = page.reduce(filtered, lines(began('1'), began('2', { agentId: '1002' })));
    expect(grown.losses.rows.map(({ loss }) => loss)).toEqual(['1002@7']);
  });

  it('keeps only so many lines, the newest', () => {
    const many = Array.from({ length: page.linesMax + 5 }, (_, index) => line(String(index), { what: 'held' }));
    const state = page.reduce(page.initialState, lines(...many));
    expect(state.lines).toHaveLength(page.linesMax);
    expect(state.lines[0]?.id).toBe(String(page.linesMax + 4));
  });
});

describe('the list of agents', () => {
  it('has the most urgent first: issuing, alarmed, held longest, due next', () => {
    const agents = [
      { agentId: 'later', phase: 'grace', alarmed: false, dueAt: 20 },
      { agentId: 'sooner', phase: 'grace', alarmed: false, dueAt: 10 },
      { agentId: 'held', phase: 'held', alarmed: false, since: 5 },
      { agentId: 'held longer', phase: 'held', alarmed: false, since: 1 },
      { agentId: 'alarmed', phase: 'held', alarmed: true, since: 9 },
      { agentId: 'issuing', phase: 'issuing', alarmed: false, dueAt: 99 },
    ];
    const order = page.byUrgency(Object.fromEntries(agents.map((agent) => [agent.agentId, agent])));
    expect(order.map(({ agentId }) => agentId)).toEqual([
      'issuing',
      'alarmed',
      'held longer',
      'held',
      'sooner',
      'later',
    ]);
  });

  it('offers only orders that can have an effect', () => {
    expect(page.ordersFor({ phase: 'grace', loss: { released: false } })).toEqual(['cancel', 'logout']);
    expect(page.ordersFor({ phase: 'grace', loss: { released: true } })).toEqual(['cancel']);
    expect(page.ordersFor({ phase: 'held', reasons: ['call'] })).toEqual(['cancel']);
    expect(page.ordersFor({ phase: 'held', reasons: ['massLoss'] })).toEqual(['release', 'cancel']);
    expect(page.ordersFor({ phase: 'held', reasons: ['rejected'] })).toEqual(['cancel', 'logout']);
    expect(page.ordersFor({ phase: 'present' })).toEqual([]);
    expect(page.ordersFor({ phase: 'issuing' })).toEqual([]);
  });
});

describe('an address of the page', () => {
  it('names a loss or an agent, and nothing else', () => {
    expect(page.readAddress('#/losses/1001@7')).toEqual({ kind: 'loss', id: '1001@7' });
    expect(page.readAddress('#/agents/1001')).toEqual({ kind: 'agent', id: '1001' });
    expect(page.readAddress('#/agents/ada%40example.com')).toEqual({ kind: 'agent', id: 'ada@example.com' });
    for (const hash of ['', '#', '#/agents/%', '#/agents/a%20b', '#/agents/../x', '#/losses/1001', '#/agents/<b>']) {
      expect(page.readAddress(hash)).toBeNull();
    }
  });
});

describe('times on the page', () => {
  it('count down to zero and never below', () => {
    expect(words.countdown(60_000, 0)).toBe('1:00');
    expect(words.countdown(59_001, 0)).toBe('1:00');
    expect(words.countdown(59_000, 0)).toBe('0:59');
    expect(words.countdown(3_723_000, 0)).toBe('1:02:03');
    expect(words.countdown(0, 5_000)).toBe('0:00');
  });

  it('tell ages in the unit that matters', () => {
    expect(words.age(0, 8_900)).toBe('8 s');
    expect(words.age(0, 180_000)).toBe('3 min');
    expect(words.age(0, 7_500_000)).toBe('2 h 05 min');
    expect(words.age(0, 4 * 86_400_000)).toBe('4 d');
    expect(words.age(10, 0)).toBe('0 s');
    expect(words.after(4_240, 0)).toBe('+4.2 s');
    expect(words.after(61_000, 0)).toBe('+1 min 01 s');
  });
});
