import { type Side } from '#domain/agent';
import { type PubsubMessage } from '#presence/xmpp/pubsub-stanzas';
import { FakeAgentLink, standingOf } from '#store/link-call.spec-support';
import { type Dialog, type Standing } from '#store/link-call';
import { type SideSign, type SignListener } from '#store/side-signs';
import { pino } from 'pino';
import { type FinesseEvent, FinesseEvents } from './finesse-events';
import { Notifications } from './notifications';
import { type FinesseServiceState } from './system-info-document';
import { plainProfile } from './user-document';

class FakeEvents extends FinesseEvents {
  private listener: (event: FinesseEvent) => void = () => undefined;
  override tell(event: FinesseEvent): void {
    this.listener(event);
  }
  override follow(listener: (event: FinesseEvent) => void): () => void {
    this.listener = listener;
    return () => undefined;
  }
}

/** A server's notifications, with the name when the test gives it. */
class Stage {
  readonly link = new FakeAgentLink();
  readonly events = new FakeEvents();
  readonly sent: PubsubMessage[] = [];
  readonly signs: SideSign[] = [];
  readonly sides = new Map<string, Side>();
  service: FinesseServiceState = { status: 'IN_SERVICE' };
  present: string[] = [];
  wants = false;
  holds = false;
  nowMs = 0;
  hear!: SignListener;
  readonly notifications: Notifications;

  constructor() {
    this.notifications = new Notifications({
      component: this.component(),
      link: this.link,
      events: this.events,
      signs: {
        follow: (listener) => {
          this.hear = listener;
          return Promise.resolve();
        },
        tell: (sign) => Promise.resolve(void this.signs.push(sign)),
        agents: () => Promise.resolve(new Map(this.sides)),
      },
      service: () => this.service,
      profileOf: plainProfile,
      systemInfo: (service) => ({
        service,
        linkInService: true,
        product: 'ucce',
        peripheralId: 5000,
        nodes: undefined,
        authMode: 'NON_SSO',
        xmppDomain: 'localhost',
        xmppPubsub: 'pubsub.localhost',
        now: 1_700_000_000_000,
      }),
      presentAgents: () => this.present,
      domain: 'localhost',
      accountsOf: (agentId) => [agentId],
      componentName: 'pubsub at one',
      side: 'primary',
      serverId: 'primary-1',
      log: pino({ level: 'silent' }),
      monotonicMs: () => this.nowMs,
    });
    this.notifications.start();
  }

  private component(): ConstructorParameters<typeof Notifications>[0]['component'] {
    const isHolding = (): boolean => this.holds;
    return {
      ask: () => {
        this.wants = true;
      },
      rest: () => {
        this.wants = this.holds = false;
        return Promise.resolve();
      },
      publish: (message) => {
        if (this.holds) this.sent.push(message);
        return this.holds;
      },
      whenSent: () => Promise.resolve(),
      get holdsName() {
        return isHolding();
      },
    };
  }

  async passes(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 250) {
      this.nowMs += 250;
      await jest.advanceTimersByTimeAsync(250);
    }
  }

  /** The XMPP server gives us the name. */
  async isGivenTheName(): Promise<void> {
    this.holds = true;
    this.notifications.tellAnew();
    await jest.advanceTimersByTimeAsync(0);
  }

  other(different: Partial<SideSign> = {}): void {
    const sign = { serverId: 'secondary-1', side: 'secondary', inService: true, why: '', notifies: false } as const;
    this.hear.sign({ ...sign, component: 'pubsub at one', ...different });
  }

  /** What was sent since the last call, as `agent node event what`. */
  told(): string[] {
    return this.sent.splice(0).map(({ to, node, payload }) => {
      const text = (name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(payload)?.[1] ?? '';
      const what = /<data><(\w+)>/.exec(payload)?.[1] ?? '';
      const state = what === 'systemInfo' ? text('status') : text('state');
      return [to.split('@')[0], node.replace('/finesse/api/', ''), text('event'), what, state, text('requestId')]
        .filter((part) => part !== '')
        .join(' ');
    });
  }
}

const call = (id: string, state: Dialog['state'] = 'ACTIVE'): Dialog => ({
  id,
  state,
  fromAddress: '5551000',
  toAddress: '3001',
  startedAt: 1_700_000_000_000,
  participants: [{ mediaAddress: '3001', state, stateChangedAt: 1_700_000_000_000 }],
});

describe('Notifications', () => {
  let stage: Stage;
  beforeEach(() => {
    jest.useFakeTimers();
    stage = new Stage();
  });
  afterEach(async () => {
    await stage.notifications.stop();
    jest.useRealTimers();
  });

  async function takeTheName(): Promise<void> {
    await stage.passes(250);
    await stage.isGivenTheName();
    stage.told();
  }

  it('tell an agent of a change of state, and nobody else', async () => {
    await takeTheName();
    stage.link.show(standingOf({ state: 'READY' }));
    expect(stage.told()).toEqual(['1001 User/1001 PUT user READY']);
    stage.link.show(standingOf({ state: 'READY', onCall: true }));
    expect(stage.told()).toEqual([]);
  });

  it('tell of a call that begins, changes and ends', async () => {
    await takeTheName();
    const base = standingOf({ state: 'TALKING' });
    stage.link.show(base);
    stage.told();
    stage.link.show({ ...base, dialogs: [call('7', 'ALERTING')] });
    stage.link.show({ ...base, dialogs: [call('7')] });
    stage.link.show({ ...base, dialogs: [call('7')], onCall: true });
    stage.link.show(base);
    expect(stage.told()).toEqual([
      '1001 User/1001/Dialogs POST dialogs ALERTING',
      '1001 User/1001/Dialogs PUT dialog ACTIVE',
      '1001 User/1001/Dialogs DELETE dialogs DROPPED',
    ]);
  });

  it('name the request that a change is the effect of, once', async () => {
    await takeTheName();
    stage.link.show(standingOf());
    stage.told();
    stage.events.tell({ kind: 'asked', agentId: '1001', requestId: 'r1', action: 'READY' });
    stage.link.show(standingOf({ reasonCode: 3 }));
    stage.link.show(standingOf({ state: 'READY' }));
    stage.events.tell({ kind: 'done', agentId: '1001', requestId: 'r1', action: 'READY' });
    stage.link.show(standingOf({ state: 'TALKING' }));
    await stage.passes(1_000);
    expect(stage.told()).toEqual([
      '1001 User/1001 PUT user NOT_READY',
      '1001 User/1001 PUT user READY r1',
      '1001 User/1001 PUT user TALKING',
    ]);
  });

  it('tell of a request that is done without any change: an agent who signs in again waits for it', async () => {
    await takeTheName();
    stage.link.show(standingOf({ state: 'READY' }));
    stage.told();
    for (const kind of ['asked', 'done'] as const) {
      stage.events.tell({ kind, agentId: '1001', requestId: 'r2', action: 'LOGIN' });
    }
    await stage.passes(1_000);
    expect(stage.told()).toEqual(['1001 User/1001 PUT user READY r2']);
  });

  /** A request for Ready that is done; the link knows it, and its news is still to come. */
  async function readyBeforeItsNews(requestId: string): Promise<Standing> {
    await takeTheName();
    stage.link.show(standingOf({ state: 'NOT_READY' }));
    stage.told();
    const ready = standingOf({ state: 'READY' });
    stage.events.tell({ kind: 'asked', agentId: '1001', requestId, action: 'READY' });
    stage.link.knows(ready);
    stage.events.tell({ kind: 'done', agentId: '1001', requestId, action: 'READY' });
    return ready;
  }

  it('tell once of a change whose news comes long after the answer that it is done', async () => {
    const ready = await readyBeforeItsNews('r4');
    await stage.passes(1_000);
    stage.link.show(ready);
    stage.link.show(standingOf({ state: 'TALKING' }));
    expect(stage.told()).toEqual(['1001 User/1001 PUT user READY r4', '1001 User/1001 PUT user TALKING']);
  });

  it('tell once of a change whose news comes while the link is asked for it', async () => {
    const ready = await readyBeforeItsNews('r5');
    // The link is asked now; its answer comes after the news.
    jest.advanceTimersByTime(300);
    stage.link.show(ready);
    await stage.passes(1_000);
    expect(stage.told()).toEqual(['1001 User/1001 PUT user READY r5']);
  });

  it('tell of a request that failed, with its error', async () => {
    await takeTheName();
    stage.events.tell({ kind: 'asked', agentId: '1001', requestId: 'r3', action: 'LOGIN' });
    const error = { errorType: 'Device Busy', errorMessage: 'E', errorData: '3001' };
    stage.events.tell({ kind: 'failed', agentId: '1001', requestId: 'r3', action: 'LOGIN', error });
    expect(stage.sent[0]?.payload).toContain(
      '<apiErrors><apiError><errorData>3001</errorData><errorMessage>E</errorMessage><errorType>Device Busy</errorType>',
    );
    expect(stage.told()).toEqual(['1001 User/1001 PUT apiErrors r3']);
  });

  it('ask for the name while in service and nobody else has it', async () => {
    await stage.passes(250);
    expect(stage.wants).toBe(true);
    stage.other({ notifies: true });
    await stage.passes(250);
    expect(stage.wants).toBe(false);
    await stage.passes(3_000);
    expect(stage.wants).toBe(true);
  });

  it('ask for the name although another server has that of another XMPP server', async () => {
    stage.other({ notifies: true, component: 'pubsub at two' });
    await stage.passes(250);
    expect(stage.wants).toBe(true);
  });

  it('tell everybody anew with the name: what they are, what they have, and how their side is', async () => {
    stage.present = ['1001', '1002', '1003'];
    stage.sides.set('1001', 'primary').set('1002', 'secondary');
    stage.link.show(standingOf({ state: 'TALKING', dialogs: [call('7')] }));
    stage.link.show(standingOf({ agentId: '1002' }));
    stage.link.show(standingOf({ agentId: '1003', state: 'LOGOUT', signedOut: true }));
    await stage.passes(250);
    stage.other({ inService: false, why: 'no link' });
    await stage.isGivenTheName();
    expect(stage.told().sort()).toEqual([
      '1001 User/1001 PUT user TALKING',
      '1001 User/1001/Dialogs POST dialogs ACTIVE',
      '1002 User/1002 PUT user NOT_READY',
      '1003 User/1003 PUT user LOGOUT',
    ]);
    await stage.passes(250);
    expect(stage.told().sort()).toEqual([
      '1001 SystemInfo PUT systemInfo IN_SERVICE',
      '1002 SystemInfo PUT systemInfo OUT_OF_SERVICE',
      '1003 SystemInfo PUT systemInfo IN_SERVICE',
    ]);
  });

  it('tell the end of a call that ended while another server had the name, who may have died', async () => {
    stage.link.show(standingOf({ dialogs: [call('7')] }));
    stage.link.show(standingOf());
    await stage.passes(250);
    await stage.isGivenTheName();
    expect(stage.told()).toEqual(['1001 User/1001/Dialogs DELETE dialogs DROPPED']);
  });

  it('tell the end of a call that ended while the link was away', async () => {
    await takeTheName();
    stage.present = ['1001'];
    stage.link.show(standingOf({ dialogs: [call('7')] }));
    stage.told();
    stage.link.setService({ inService: false, why: 'cut' });
    stage.link.standings.set('1001', standingOf());
    stage.link.setService({ inService: true });
    await jest.advanceTimersByTimeAsync(0);
    expect(stage.told()).toEqual([
      '1001 User/1001 PUT user NOT_READY',
      '1001 User/1001/Dialogs DELETE dialogs DROPPED',
    ]);
  });

  it('tell the agents of their side, and only those, that it is out of service, and let another server have the name', async () => {
    await takeTheName();
    stage.hear.signedIn('1001', 'primary');
    stage.hear.signedIn('1002', 'secondary');
    stage.other();
    await stage.passes(250);
    stage.told();
    stage.service = { status: 'OUT_OF_SERVICE', why: 'no link' };
    await stage.passes(250);
    stage.other();
    await stage.passes(250);
    expect(stage.told()).toEqual(['1001 SystemInfo PUT systemInfo OUT_OF_SERVICE']);
    expect([stage.wants, stage.holds]).toEqual([false, false]);
    expect(stage.signs.at(-1)).toMatchObject({ inService: false, why: 'no link' });
  });

  it('keep the name while nobody serves, long enough to tell the other side, too', async () => {
    await takeTheName();
    stage.hear.signedIn('1002', 'secondary');
    stage.other();
    await stage.passes(250);
    stage.told();
    stage.service = { status: 'OUT_OF_SERVICE', why: 'no Redis' };
    await stage.passes(3_250);
    expect(stage.told()).toEqual(['1002 SystemInfo PUT systemInfo OUT_OF_SERVICE']);
    expect(stage.holds).toBe(true);
    await stage.passes(2_000);
    expect(stage.holds).toBe(false);
  });

  it('leave the name to the first of two where the XMPP server gave it to both', async () => {
    await takeTheName();
    stage.other({ notifies: true });
    await stage.passes(250);
    expect(stage.holds).toBe(true);
    stage.other({ notifies: true, serverId: 'a-server' });
    await stage.passes(250);
    expect(stage.holds).toBe(false);
  });
});
