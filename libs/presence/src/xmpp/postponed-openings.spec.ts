import { AgentRate } from '../agent-rate';
import { type Holding } from '../desktop-table';
import { openingRate } from '../gateway';
import { arriveMsMax, DeskStage, settle } from '../presence-desk.spec-support';
import { PostponedOpenings, postponedMax, postponedMsMax } from './postponed-openings';

class Stage extends DeskStage {
  postponements = 0;
  readonly lines: string[] = [];
  readonly rate = new AgentRate(openingRate, () => performance.now());
  readonly openings = new PostponedOpenings({
    desk: this.desk,
    openings: this.rate,
    tally: { postponed: () => (this.postponements += 1) },
    log: { warn: (_: unknown, text: string) => this.lines.push(text) } as never,
  });
  private count = 0;

  see(agentId = '1001'): Holding {
    const holding = this.holding(`c${String(++this.count)}`, agentId);
    this.desk.hold(holding);
    this.openings.open(holding);
    return holding;
  }

  /** Nothing is left of the rate. */
  use(agentId = '1001'): void {
    while (this.rate.take(agentId));
  }
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const pass = (ms: number): Promise<unknown> => jest.advanceTimersByTimeAsync(ms);

describe('openings that the XMPP server reports', () => {
  it('are told at once within the rate, and one by one beyond it', async () => {
    const stage = new Stage();
    for (let n = 0; n < openingRate.burst + 4; n++) stage.see();
    await settle();
    expect([stage.events.length, stage.openings.size, stage.postponements]).toEqual([openingRate.burst, 4, 4]);
    await pass(1_000);
    expect(stage.events).toHaveLength(openingRate.burst + openingRate.perSecond);
    await pass(1_000);
    expect([stage.events.length, stage.openings.size]).toEqual([openingRate.burst + 4, 0]);
    expect(stage.table.size).toBe(openingRate.burst + 4);
  });

  it('are told by one line a minute, and only of that agent', async () => {
    const stage = new Stage();
    stage.use();
    for (let n = 0; n < 3; n++) stage.see();
    stage.see('1002');
    await settle();
    expect((await stage.record('1002')).phase.name).toBe('present');
    expect(stage.lines).toHaveLength(1);
    await pass(61_000);
    stage.use();
    stage.see();
    expect(stage.lines).toHaveLength(2);
  });

  it('are seen by a last look while they wait, and so is one that is gone again', async () => {
    const stage = new Stage();
    stage.use();
    const holding = stage.see();
    await settle();
    expect([stage.events, stage.table.desktopOf('1001')]).toEqual([[], holding.desktop]);
    stage.openings.close(holding, 'lost');
    await settle();
    expect([stage.events, stage.table.desktopOf('1001')]).toEqual([[], holding.desktop]);
    await pass(1_000);
    expect([stage.events, stage.table.size]).toEqual([['desktopOpened', 'desktopClosed'], 0]);
  });

  it('end in what was seen last, however often it changed before: the agent is there', async () => {
    const stage = new Stage();
    let holding = stage.see();
    stage.use();
    for (let n = 0; n < 500; n++) {
      stage.openings.close(holding, 'lost');
      holding = stage.see();
    }
    expect(stage.table.size).toBe(2);
    await pass(1_000);
    expect(Object.keys((await stage.record()).desktops)).toEqual([holding.desktop.connection]);
    expect((await stage.record()).phase.name).toBe('present');
    // One loss, and its end by the return: not five hundred.
    expect(stage.events).toEqual(['desktopOpened', 'desktopClosed', 'desktopOpened']);
  });

  it('end in what was seen last: the agent is gone, and has a whole grace from then on', async () => {
    const stage = new Stage();
    let holding = stage.see();
    stage.use();
    stage.openings.close(holding, 'lost');
    await pass(400);
    for (let n = 0; n < 500; n++) {
      holding = stage.see();
      stage.openings.close(holding, 'lost');
    }
    const goneAt = stage.store.loadNow({ peripheralId: 5000, agentId: '1001' }).now;
    await pass(1_000);
    const { phase } = await stage.record();
    if (phase.name !== 'grace') throw new Error(phase.name);
    expect(phase.loss.lostAt).toBeGreaterThanOrEqual(goneAt);
    expect([stage.table.size, stage.openings.size]).toEqual([0, 0]);
  });

  it('are told in the end where others take all of the rate', async () => {
    const stage = new Stage();
    stage.use();
    const holding = stage.see();
    for (let ms = 0; ms < postponedMsMax + 1_000; ms += 100) {
      stage.use();
      await pass(100);
    }
    expect(Object.keys((await stage.record()).desktops)).toEqual([holding.desktop.connection]);
  });

  it('are told with their end when the store was told of them meanwhile', async () => {
    const stage = new Stage();
    stage.use();
    const first = stage.see();
    stage.openings.close(first, 'lost');
    // As a server does when the store has changed.
    await stage.desk.assert(first);
    const second = stage.see();
    await pass(arriveMsMax);
    expect(Object.keys((await stage.record()).desktops)).toEqual([second.desktop.connection]);
    expect(stage.table.size).toBe(1);
  });

  it('are told before whatever is told after them, and when the watch stops', async () => {
    const stage = new Stage();
    stage.use();
    const gone = stage.see();
    stage.openings.close(gone, 'lost');
    await stage.openings.tellNow('1001');
    await settle();
    expect(stage.events).toEqual(['desktopOpened', 'desktopClosed']);
    stage.see();
    stage.openings.stop();
    await settle();
    expect([stage.events.length, stage.openings.size]).toEqual([3, 0]);
  });

  it('are told at once where too many wait', async () => {
    const stage = new Stage();
    stage.use();
    for (let n = 0; n < postponedMax; n++) stage.see();
    await settle();
    expect(stage.events).toEqual([]);
    stage.see();
    await settle();
    expect(stage.events).toEqual(['desktopOpened']);
  });
});
