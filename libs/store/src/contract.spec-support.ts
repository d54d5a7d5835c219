import { type Agent, type Desktop, type Loss, type Phase, unseenAgent } from '#domain/agent';
import { type Entry } from '#domain/command';
import { type Pace } from '#domain/mass-loss';
import { type AgentStore, type CommitAnswer, type CommitRequest } from '#engine/ports';
import { type JournalLine } from './journal-line';

/** What a store must offer so that the contract can be run on it. One agent id is used by one test only. */
export interface StoreUnderTest {
  readonly store: AgentStore;
  readonly issuingPerSecondMax: number;
  lines(): Promise<readonly JournalLine[]>;
  /** Makes rule GEN refuse, or pass. */
  setGenerationReady(isReady: boolean): Promise<void>;
  /** Waits until no request was counted for a second of the store's time. */
  quietSecond(): Promise<void>;
  /** Limits of the side whose losses the requests are about. */
  setPace(pace: Pace): void;
}

const peripheralId = 5000;
const desktop: Desktop = { connection: 'c-1', desktopId: 'desk "1"|é', side: 'primary', serverId: 'primary-1' };
const elsewhere: Desktop = { connection: 'c-2', desktopId: 'desk-2', side: 'secondary', serverId: 'secondary-1' };
const loss: Loss = {
  epoch: 2,
  cause: 'lost',
  lostAt: 1_700_000_000_000,
  desktop,
  stage: 0,
  attempts: 0,
  released: false,
  wasReady: false,
};
const worn: Loss = { ...loss, epoch: 1, cause: 'serverLost', stage: 1, attempts: 3, released: true, wasReady: true };
const dueAt = 1_700_000_060_000;

const phases: readonly Phase[] = [
  { name: 'unseen' },
  { name: 'present', restoreDue: false },
  { name: 'present', restoreDue: true },
  { name: 'grace', loss, dueAt },
  { name: 'grace', loss: { ...worn, desktop: null, cause: 'operator' }, dueAt },
  { name: 'held', loss: worn, dueAt, reasons: ['call', 'massLoss'], since: dueAt + 5, alarmed: true },
  { name: 'held', loss, dueAt, reasons: ['outage'], since: dueAt, alarmed: false },
  { name: 'issuing', loss: worn, dueAt, action: 'logout', since: dueAt, deadline: dueAt + 45_000, alarmed: false },
  { name: 'settled', outcome: 'loggedOut', at: dueAt + 100 },
];

const suppressed: Entry = { what: 'suppressed', loss: null, sentence: 'A line with "quotes", a | and é.' };

/** One agent for each test, and the requests that the tests vary. */
class Scene {
  private agentNumber = 1000;
  private current: Agent = unseenAgent({ peripheralId, agentId: '0' });
  private running: StoreUnderTest | undefined;

  get under(): StoreUnderTest {
    if (this.running === undefined) throw new Error('the store was not started');
    return this.running;
  }
  set under(value: StoreUnderTest) {
    this.running = value;
  }
  /** An agent that no test has used. */
  get fresh(): Agent {
    return this.current;
  }
  next(): Agent {
    this.current = unseenAgent({ peripheralId, agentId: String(++this.agentNumber) });
    return this.current;
  }
  async lines(): Promise<readonly JournalLine[]> {
    return (await this.under.lines()).filter((line) => line.agentId === this.fresh.key.agentId);
  }
  present(): Agent {
    return {
      ...this.fresh,
      epoch: 1,
      desktops: { [desktop.connection]: desktop },
      phase: { name: 'present', restoreDue: false },
    };
  }
  request(change: Partial<CommitRequest>): CommitRequest {
    return {
      before: this.fresh,
      agent: this.present(),
      expectedVersion: '',
      entries: [],
      issuing: null,
      ...change,
    };
  }
  issuingRequest(notBefore: number, lost = desktop): CommitRequest {
    const its: Loss = { ...loss, desktop: lost };
    const phase = {
      name: 'issuing',
      loss: its,
      dueAt,
      action: 'logout',
      since: 1,
      deadline: 2,
      alarmed: false,
    } as const;
    return this.request({ agent: { ...this.fresh, epoch: 2, phase }, issuing: { notBefore } });
  }
}

/** The rules every store keeps, whatever it is made of. */
export function describeAgentStore(name: string, start: () => Promise<StoreUnderTest>): void {
  describe(`the contract of a store: ${name}`, () => {
    const scene = new Scene();
    beforeAll(async () => {
      scene.under = await start();
      await scene.under.setGenerationReady(true);
    });
    beforeEach(() => {
      scene.next();
    });
    recordRules(scene);
    versionRules(scene);
    journalRules(scene);
    issuingRules(scene);
    limitsOfRequests(scene);
  });
}

/** What was committed is what is read. */
function recordRules(scene: Scene): void {
  it('answers an unseen agent without a version for one it does not know', async () => {
    const { agent, version, now } = await scene.under.store.load(scene.fresh.key);
    expect({ agent, version }).toEqual({ agent: scene.fresh, version: '' });
    expect(Number.isSafeInteger(now)).toBe(true);
  });

  it.each(phases)('gives back a record as it was committed: $name', async (phase) => {
    const agent: Agent = {
      ...scene.fresh,
      epoch: 2,
      desktops: phase.name === 'present' ? { 'c-1': desktop, 'c-2': elsewhere } : {},
      signedIn: phase.name === 'settled' ? 'no' : 'yes',
      phase,
    };
    expect(await scene.under.store.commit(scene.request({ agent }))).toBe('committed');
    const loaded = await scene.under.store.load(scene.fresh.key);
    expect(loaded.agent).toEqual(agent);
    expect(loaded.version).not.toBe('');
  });
}

/** The first commit against a version wins, and only that one. */
function versionRules(scene: Scene): void {
  it('refuses a second record for an agent that has one', async () => {
    await scene.under.store.commit(scene.request({}));
    expect(await scene.under.store.commit(scene.request({ agent: { ...scene.present(), epoch: 9 } }))).toBe('conflict');
    expect((await scene.under.store.load(scene.fresh.key)).agent.epoch).toBe(1);
  });

  it('refuses a version of an agent that has no record', async () => {
    expect(await scene.under.store.commit(scene.request({ expectedVersion: 'zzzzzzzz' }))).toBe('conflict');
    expect((await scene.under.store.load(scene.fresh.key)).version).toBe('');
  });

  it('lets exactly one of many commits against the same version pass, and writes nothing for the others', async () => {
    await scene.under.store.commit(scene.request({}));
    const { version } = await scene.under.store.load(scene.fresh.key);
    const rivals = [2, 3, 4, 5, 6].map((epoch) =>
      scene.request({
        before: scene.present(),
        agent: { ...scene.present(), epoch },
        expectedVersion: version,
        entries: [suppressed],
      }),
    );
    const answers = await Promise.all(rivals.map((rival) => scene.under.store.commit(rival)));
    expect(answers.filter((answer) => answer === 'committed')).toHaveLength(1);
    expect(answers.filter((answer) => answer === 'conflict')).toHaveLength(4);
    const winner = rivals[answers.indexOf('committed')]?.agent;
    expect((await scene.under.store.load(scene.fresh.key)).agent).toEqual(winner);
    expect(await scene.lines()).toHaveLength(1);
  });

  it('never gives the same version to two commits, not even of the same content', async () => {
    await scene.under.store.commit(scene.request({}));
    const first = await scene.under.store.load(scene.fresh.key);
    const again = scene.request({ before: first.agent, agent: { ...first.agent }, expectedVersion: first.version });
    expect(await scene.under.store.commit(again)).toBe('committed');
    expect((await scene.under.store.load(scene.fresh.key)).version).not.toBe(first.version);
  });

  it('keeps commits of different agents apart, also when they are made together', async () => {
    const key = (n: number): Agent => unseenAgent({ peripheralId, agentId: `${scene.fresh.key.agentId}-${String(n)}` });
    const agents = Array.from({ length: 150 }, (_, n) => key(n));
    await scene.under.store.commit(scene.request({ before: key(7), agent: { ...key(7), epoch: 99 } }));
    const answers = await Promise.all(
      agents.map((agent, n) =>
        scene.under.store.commit(scene.request({ before: agent, agent: { ...agent, epoch: n } })),
      ),
    );
    expect(answers.map((answer, n) => (answer === 'conflict' ? n : -1)).filter((n) => n >= 0)).toEqual([7]);
    const loaded = await Promise.all(agents.map((agent) => scene.under.store.load(agent.key)));
    expect(loaded.map(({ agent }) => agent.epoch)).toEqual(agents.map((_, n) => (n === 7 ? 99 : n)));
  });
}

/** What is in the journal was committed, and the other way round. */
function journalRules(scene: Scene): void {
  it('writes the journal with the commit, in order, with agent, epoch and time', async () => {
    const other: Entry = { what: 'outcome', loss: 2, outcome: 'returned', sentence: 'Back.' };
    await scene.under.store.commit(scene.request({ entries: [suppressed, other] }));
    const { now } = await scene.under.store.load(scene.fresh.key);
    const lines = await scene.lines();
    expect(lines.map(({ epoch, entry }) => ({ epoch, entry }))).toEqual([
      { epoch: 1, entry: suppressed },
      { epoch: 1, entry: other },
    ]);
    for (const { at } of lines) expect(Math.abs(now - at)).toBeLessThan(10_000);
  });

  it('writes only the journal when the record stays as it is', async () => {
    await scene.under.store.commit(scene.request({}));
    const { agent, version } = await scene.under.store.load(scene.fresh.key);
    const note = scene.request({ before: agent, agent, expectedVersion: version, entries: [suppressed] });
    expect(await scene.under.store.commit(note)).toBe('committed');
    expect(await scene.under.store.load(scene.fresh.key)).toMatchObject({ agent, version });
    expect(await scene.lines()).toHaveLength(1);
  });

  it('writes only the journal for an agent that is not known', async () => {
    expect(await scene.under.store.commit(scene.request({ agent: scene.fresh, entries: [suppressed] }))).toBe(
      'committed',
    );
    expect((await scene.under.store.load(scene.fresh.key)).version).toBe('');
    expect(await scene.lines()).toHaveLength(1);
  });
}

/** What must hold before a request may go out. */
function issuingRules(scene: Scene): void {
  it('does not let a record enter issuing before its time', async () => {
    const { now } = await scene.under.store.load(scene.fresh.key);
    expect(await scene.under.store.commit(scene.issuingRequest(now + 60_000))).toBe('early');
    expect((await scene.under.store.load(scene.fresh.key)).version).toBe('');
    expect(await scene.under.store.commit(scene.issuingRequest(now))).toBe('committed');
    expect((await scene.under.store.load(scene.fresh.key)).agent.phase.name).toBe('issuing');
  });

  it('does not let a record enter issuing while a server has not re-asserted for this generation', async () => {
    await scene.under.setGenerationReady(false);
    expect(await scene.under.store.commit(scene.issuingRequest(0))).toBe('generation');
    expect((await scene.under.store.load(scene.fresh.key)).version).toBe('');
    await scene.under.setGenerationReady(true);
    expect(await scene.under.store.commit(scene.issuingRequest(0))).toBe('committed');
  });

  it('looks at the version before anything else', async () => {
    await scene.under.store.commit(scene.request({}));
    expect(await scene.under.store.commit(scene.issuingRequest(Number.MAX_SAFE_INTEGER))).toBe('conflict');
  });
}

/** How many may go out, and who is next. */
function limitsOfRequests(scene: Scene): void {
  it('lets no more records enter issuing within a second than allowed, and gives the others places in a line', async () => {
    await scene.under.quietSecond();
    const { now } = await scene.under.store.load(scene.fresh.key);
    const answers: CommitAnswer[] = [];
    for (let n = 0; n < scene.under.issuingPerSecondMax + 2; n++) {
      scene.next();
      answers.push(await scene.under.store.commit(scene.issuingRequest(0)));
    }
    const refused = answers.flatMap((answer) => (typeof answer === 'string' ? [] : [answer.nextAt]));
    expect(answers.filter((answer) => answer === 'committed')).toHaveLength(scene.under.issuingPerSecondMax);
    expect(refused).toHaveLength(2);
    expect(refused[0]).toBeGreaterThan(now);
    expect(refused[1]).toBeGreaterThan(refused[0] ?? 0);
    expect((await scene.under.store.load(scene.fresh.key)).version).toBe('');
  });

  it('keeps the place in the line of whoever comes too early, and of whoever comes in time and finds the limit reached again', async () => {
    await scene.under.quietSecond();
    const { issuingPerSecondMax, store } = scene.under;
    const issueFresh = async (count: number): Promise<CommitAnswer[]> => {
      const answers: CommitAnswer[] = [];
      for (let n = 0; n < count; n++) {
        scene.next();
        answers.push(await store.commit(scene.issuingRequest(0)));
      }
      return answers;
    };
    await issueFresh(issuingPerSecondMax);
    const [place] = await issueFresh(1);
    const early = scene.issuingRequest(0);
    await issueFresh(2 * issuingPerSecondMax);
    expect(place).toMatchObject({ refused: 'rate' });
    expect(await store.commit(early)).toEqual(place);
    await scene.under.quietSecond();
    await issueFresh(issuingPerSecondMax);
    const { now } = await store.load(scene.fresh.key);
    const again = await store.commit(early);
    // At the end of the line it would be two seconds.
    expect(typeof again === 'object' ? again.nextAt - now : Number.NaN).toBeLessThanOrEqual(1_000);
  });

  it('lets no more records of one side enter issuing within a minute than its pace allows, even when the pace shrinks with each (rule M4)', async () => {
    const { now } = await scene.under.store.load(scene.fresh.key);
    const answers: CommitAnswer[] = [];
    for (let n = 0; n < 3; n++) {
      await scene.under.quietSecond();
      scene.next();
      scene.under.setPace({ perMinuteMax: Math.max(2 - n, 1), perSecondMax: null });
      // The other tests are about the other side.
      answers.push(await scene.under.store.commit(scene.issuingRequest(0, elsewhere)));
    }
    expect(answers.slice(0, 2)).toEqual(['committed', 'committed']);
    const last = answers[2];
    expect(typeof last === 'object' ? last.nextAt - now : 0).toBeGreaterThan(50_000);
  });
}
