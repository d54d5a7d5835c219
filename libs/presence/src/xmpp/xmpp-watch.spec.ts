import { xml } from '@xmpp/client';
import { pino } from 'pino';
import { AgentRate } from '../agent-rate';
import { openingRate } from '../gateway';
import { DeskStage, settle } from '../presence-desk.spec-support';
import { type Passage } from './ping-barrier';
import { FakeServer } from './fake-server.spec-support';
import { type StreamSettings } from './stream';
import { lastLookMsMax, XmppWatch } from './xmpp-watch';
import { XmppTally } from './xmpp-tally';

class Counted extends XmppTally {
  readonly passages: Passage[] = [];
  readonly ends: string[] = [];
  presences = 0;
  postponements = 0;
  ignores = 0;

  override presence(): void {
    this.presences += 1;
  }
  override postponed(): void {
    this.postponements += 1;
  }
  override ignored(): void {
    this.ignores += 1;
  }
  override streamEnded(kind: string): void {
    this.ends.push(kind);
  }
  override barrier(passage: Passage): void {
    this.passages.push(passage);
  }
}

const desk = '1001@localhost/desk';

class Stage extends DeskStage {
  readonly servers: FakeServer[] = [];
  readonly tally = new Counted();
  readonly lines: { msg: string; why?: string }[] = [];
  /** Accounts that are nobody's by the directory. */
  readonly strangers = new Set<string>();
  readonly ids = {
    canonical: (account: string): string | undefined =>
      this.strangers.has(account) ? undefined : account.replace(/^agent/, 'Agent'),
  };
  readonly watch: XmppWatch;

  constructor(mode: StreamSettings['mode'] = 'component') {
    super();
    const { lines } = this;
    this.watch = new XmppWatch({
      settings: {
        mode,
        url: 'xmpp://h:1',
        domain: 'localhost',
        user: 'presence',
        password: 'p',
        tls: 'off',
        ca: undefined,
      },
      openStream: (_, listener) => {
        const server = new FakeServer(listener);
        this.servers.push(server);
        return server;
      },
      desk: this.desk,
      table: this.table,
      ids: this.ids,
      tally: this.tally,
      openings: new AgentRate(openingRate, () => performance.now()),
      side: 'primary',
      serverId: 'primary-1',
      log: pino({}, { write: (line: string) => lines.push(JSON.parse(line) as never) }),
    });
    this.watch.start();
  }

  get server(): FakeServer {
    return this.servers.at(-1)!;
  }

  /** The server accepts the stream; these are there. */
  async see(...jids: readonly string[]): Promise<void> {
    for (const jid of jids) this.server.presence(jid);
    this.server.privilege();
    this.server.listener.online('presence');
    await settle();
  }

  async nextStream(): Promise<FakeServer> {
    const before = this.servers.length;
    for (let waits = 0; this.servers.length === before && waits < 60; waits++) await jest.advanceTimersByTimeAsync(200);
    return this.server;
  }

  async phase(agentId = '1001'): Promise<string> {
    return (await this.record(agentId)).phase.name;
  }
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

describe('a watch of an XMPP server', () => {
  it('holds what is there when it comes, though the snapshot arrives before the stream is on line', async () => {
    const stage = new Stage();
    await stage.see(desk, '1002@localhost/desk');
    expect(stage.watch.blindness).toBeNull();
    expect(await stage.phase()).toBe('present');
    expect(Object.values((await stage.record()).desktops)).toEqual([
      { connection: `primary-1:xmpp:1:${desk}`, desktopId: desk, side: 'primary', serverId: 'primary-1' },
    ]);
    expect(stage.table.size).toBe(2);
  });

  it('tells what comes and goes, each opening as a connection of its own', async () => {
    const stage = new Stage();
    await stage.see(desk);
    stage.server.presence(desk, 'unavailable');
    stage.server.presence(desk);
    await settle();
    expect(stage.events).toEqual(['desktopOpened', 'desktopClosed', 'desktopOpened']);
    expect(Object.keys((await stage.record()).desktops)).toEqual([`primary-1:xmpp:2:${desk}`]);
    stage.server.presence(desk, 'unavailable');
    await settle();
    expect(await stage.phase()).toBe('grace');
    expect(stage.table.size).toBe(0);
  });

  it('holds the desktop of an agent under the spelling of the directory, whatever the account is called', async () => {
    const stage = new Stage();
    await stage.see('AGENT001@localhost/desk');
    expect(stage.table.agentIds()).toEqual(['Agent001']);
    stage.server.presence('agent001@localhost/desk', 'unavailable');
    await settle();
    expect(stage.table.agentIds()).toEqual([]);
    await stage.watch.stop();
  });

  it('ignores whom the directory does not know, and holds the desktop when it does, without losing sight of the others', async () => {
    const stage = new Stage();
    stage.strangers.add('guest').add('visitor');
    await stage.see(desk, 'guest@localhost/desk', 'visitor@localhost/desk');
    expect([stage.table.agentIds(), stage.tally.ignores]).toEqual([['1001'], 2]);
    stage.server.presence('visitor@localhost/desk', 'unavailable');
    stage.watch.directoryChanged();
    expect(stage.table.agentIds()).toEqual(['1001']);
    stage.strangers.clear();
    stage.watch.directoryChanged();
    await settle();
    expect(stage.watch.blindness).toBeNull();
    expect(stage.table.agentIds()).toEqual(['1001', 'guest']);
    await stage.watch.stop();
  });

  it('keeps everybody when the stream ends, and compares with the next', async () => {
    const stage = new Stage();
    await stage.see(desk, '1002@localhost/desk');
    stage.server.end();
    await settle();
    expect([stage.table.size, await stage.phase()]).toEqual([2, 'present']);
    await stage.nextStream();
    await stage.see(desk);
    expect([await stage.phase('1001'), await stage.phase('1002')]).toEqual(['present', 'grace']);
    expect(stage.events).toEqual(['desktopOpened', 'desktopOpened', 'desktopClosed']);
  });

  it('renews the grace of those that were reported as gone just before the end', async () => {
    const stage = new Stage();
    await stage.see(desk);
    stage.server.presence(desk, 'unavailable');
    stage.server.end();
    await settle();
    const { phase } = await stage.record();
    await jest.advanceTimersByTimeAsync(20_000);
    await stage.nextStream();
    await stage.see();
    const renewed = (await stage.record()).phase;
    if (phase.name !== 'grace' || renewed.name !== 'grace') throw new Error(`${phase.name}, then ${renewed.name}`);
    expect(renewed.dueAt - phase.dueAt).toBeGreaterThan(15_000);
    expect(stage.events.at(-1)).toBe('sourceReturned');
  });

  it('renews the grace of an agent who flapped until just before the end, with all that was still to be told', async () => {
    const stage = new Stage();
    await stage.see(desk);
    for (let n = 0; n < 2 * openingRate.burst; n++) {
      stage.server.presence(desk, 'unavailable');
      stage.server.presence(desk);
    }
    stage.server.presence(desk, 'unavailable');
    stage.server.end();
    await settle();
    expect([stage.tally.postponements > 0, await stage.phase()]).toEqual([true, 'grace']);
    await stage.nextStream();
    await stage.see();
    expect([stage.events.at(-1), await stage.phase(), stage.table.size]).toEqual(['sourceReturned', 'grace', 0]);
    expect((await stage.record()).phase).toMatchObject({ loss: { desktop: { desktopId: desk } } });
    expect(stage.store.lines.at(-1)?.entry.what).toBe('graceRenewed');
  });

  it('goes on with a store that was away, in order', async () => {
    const stage = new Stage();
    stage.store.mood = 'away';
    await stage.see(desk);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(stage.table.size).toBe(1);
    stage.store.mood = 'well';
    stage.lanes.resume();
    await settle();
    expect(await stage.phase()).toBe('present');
  });

  it('opens no stream after its stop, and none is lost by it', async () => {
    const stage = new Stage();
    await stage.see(desk);
    await stage.watch.stop();
    await jest.advanceTimersByTimeAsync(60_000);
    expect([stage.servers.length, stage.table.size, await stage.phase()]).toEqual([1, 1, 'present']);
  });

  it('says once that it does not see, once why that changed, and once that it sees', async () => {
    const stage = new Stage();
    for (let attempt = 0; attempt < 5; attempt++) {
      stage.server.end({ kind: 'unreachable', sentence: 'ECONNREFUSED' });
      await stage.nextStream();
    }
    stage.server.end({ kind: 'conflict', sentence: 'another connection uses this name' });
    await stage.nextStream();
    await stage.see(desk);
    expect(stage.lines.map(({ why }) => why)).toEqual(['ECONNREFUSED', 'another connection uses this name', undefined]);
    expect(stage.tally.ends).toHaveLength(6);
  });

  it('gives up a stream whose server answers no pings, and not at the first silence', async () => {
    const stage = new Stage();
    await stage.see(desk);
    stage.server.silent = true;
    await jest.advanceTimersByTimeAsync(16_000);
    expect(stage.watch.blindness).toBeNull();
    await jest.advanceTimersByTimeAsync(6_000);
    expect(stage.watch.blindness?.sentence).toContain('does not answer pings');
    expect(stage.table.size).toBe(1);
  });
});

describe('a stream that would show nobody', () => {
  it('is not taken for an empty room: a component without privilege is told what it lacks', async () => {
    const stage = new Stage();
    await stage.see(desk);
    stage.server.end();
    const server = await stage.nextStream();
    server.listener.online('presence');
    await settle();
    expect(stage.watch.blindness?.sentence).toContain('managed_entity');
    expect([stage.table.size, await stage.phase()]).toEqual([1, 'present']);
  });

  it('is not watched as a component at ejabberd, which reports no abrupt loss', async () => {
    const stage = new Stage();
    stage.server.identity = 'ejabberd';
    await stage.see();
    expect(stage.watch.blindness?.sentence).toContain('XMPP_MODE=watcher');
  });

  it('is not taken for an empty room: an account without contacts is told what it lacks', async () => {
    const stage = new Stage('watcher');
    stage.server.contacts = 0;
    stage.server.listener.online('presence@localhost/x');
    await settle();
    expect(stage.watch.blindness?.sentence).toContain('sees nobody');
  });

  it('is waited for: an account asks for presence, and its snapshot is whole when it is quiet', async () => {
    const stage = new Stage('watcher');
    stage.server.listener.online('presence@localhost/x');
    await settle();
    expect(stage.server.sent.some(({ name }) => name === 'presence')).toBe(true);
    for (let count = 0; count < 5; count++) {
      await jest.advanceTimersByTimeAsync(200);
      stage.server.presence(`100${String(count)}@localhost/desk`);
    }
    expect(stage.table.size).toBe(0);
    await jest.advanceTimersByTimeAsync(600);
    expect([stage.watch.blindness, stage.table.size]).toEqual([null, 5]);
  });
});

describe('an account that hears that a desktop is gone', () => {
  it('asks whether it is, since the end of an old session may be told after the beginning of the new', async () => {
    const stage = new Stage('watcher');
    stage.server.listener.online('presence@localhost/x');
    await settle();
    stage.server.presence(desk);
    await jest.advanceTimersByTimeAsync(1_000);
    stage.server.presence(desk);
    stage.server.presence(desk, 'unavailable');
    expect(stage.server.sent.at(-1)!.toString()).toBe(`<presence type="probe" to="${desk}"/>`);
    stage.server.presence(desk);
    await settle();
    expect([stage.table.size, await stage.phase()]).toEqual([1, 'present']);
  });

  it('a component does not: it is told both in order', async () => {
    const stage = new Stage();
    await stage.see(desk);
    stage.server.presence(desk, 'unavailable');
    expect(stage.server.sent.some(({ name }) => name === 'presence')).toBe(false);
  });
});

describe('a last look at an XMPP server', () => {
  it('is answered at once for an agent with a desktop', async () => {
    const stage = new Stage();
    await stage.see(desk);
    stage.server.silent = true;
    expect(await stage.watch.look(['1001'])).toEqual([stage.table.desktopOf('1001')]);
  });

  it('is answered "none" only after a ping that was sent for it', async () => {
    const stage = new Stage();
    await stage.see(desk);
    stage.server.silent = true;
    const before = stage.server.sent.length;
    const looks = stage.watch.look(['1001', '1002', '1003']);
    // Its presence was on its way when the question came.
    stage.server.presence('1002@localhost/desk');
    expect(stage.server.sent).toHaveLength(before + 1);
    stage.server.answer(stage.server.sent.at(-1)!);
    expect(await looks).toMatchObject([{ desktopId: desk }, { desktopId: '1002@localhost/desk' }, undefined]);
  });

  it('is "unknown" when the server does not answer the ping in time', async () => {
    const stage = new Stage();
    await stage.see();
    stage.server.silent = true;
    const looks = stage.watch.look(['1001']);
    await jest.advanceTimersByTimeAsync(lastLookMsMax);
    expect(await looks).toEqual([{ unknown: 'the XMPP server did not answer a ping within 400 ms' }]);
    expect(stage.tally.passages).toEqual(['late']);
  });

  it("is not answered after somebody else's answer to the ping", async () => {
    const stage = new Stage();
    await stage.see();
    stage.server.silent = true;
    const looks = stage.watch.look(['1001']);
    const { id } = stage.server.sent.at(-1)!.attrs;
    for (const from of ['1002@localhost/x', 'localhost/x', 'evil.example']) {
      stage.server.listener.stanza(xml('iq', { from, type: 'result', id }));
    }
    await jest.advanceTimersByTimeAsync(lastLookMsMax);
    expect(await looks).toMatchObject([{ unknown: expect.any(String) as string }]);
  });

  it('is "unknown" from the start to the first snapshot, without a stream, and when that ends meanwhile', async () => {
    const stage = new Stage();
    expect(await stage.watch.look(['1001'])).toEqual([{ unknown: 'not connected yet' }]);
    await stage.see();
    stage.server.silent = true;
    const looks = stage.watch.look(['1001']);
    stage.server.end();
    expect(await looks).toEqual([{ unknown: 'the stream to the XMPP server has just ended' }]);
    expect(await stage.watch.look(['1001'])).toEqual([{ unknown: 'the connection was closed' }]);
  });

  it('is "unknown" until a grace that is to be renewed has been', async () => {
    const stage = new Stage();
    await stage.see(desk);
    stage.server.presence(desk, 'unavailable');
    stage.server.end();
    await settle();
    stage.store.mood = 'dumb';
    await stage.nextStream();
    await stage.see();
    expect(await stage.watch.look(['1001', '1002'])).toMatchObject([
      { unknown: expect.stringContaining('renewed') as string },
      undefined,
    ]);
  });
});
