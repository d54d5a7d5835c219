import { FakeAgentLink, standingOf } from '#store/link-call.spec-support';
import { type FinesseEvent, FinesseEvents } from './finesse-events';
import { Refusal } from './refusals';
import { type Gate } from './sign-in-gate';
import { readUserOrder } from './user-order';
import { ordersPerAgentMax, UserOrders } from './user-orders';

class Told extends FinesseEvents {
  readonly events: FinesseEvent[] = [];
  override tell(event: FinesseEvent): void {
    this.events.push(event);
  }
  override follow(): () => void {
    return () => undefined;
  }
  get inShort(): string[] {
    return this.events.map((event) => {
      const what = `${event.kind} ${event.action}`;
      return event.kind === 'failed' ? `${what}: ${event.error.errorType} ${event.error.errorMessage}` : what;
    });
  }
}

describe('orders of agents', () => {
  let link: FakeAgentLink;
  let told: Told;
  /** What the gate says to `ask`, and to `pass`. */
  let gates: { ask: Gate; pass: Promise<Gate> };
  let orders: UserOrders;

  beforeEach(() => {
    link = new FakeAgentLink();
    told = new Told();
    gates = { ask: 'open', pass: Promise.resolve('open') };
    link.standings.set('1001', standingOf());
    link.standings.set('1002', standingOf({ agentId: '1002', state: 'LOGOUT', signedOut: true, extension: undefined }));
    const gate = { ask: () => Promise.resolve(gates.ask), pass: () => gates.pass };
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
    orders = new UserOrders({ link, gate, events: told, product: 'ucce', log });
  });

  const orderOf = (state: string): ReturnType<typeof readUserOrder> =>
    readUserOrder(`<User><state>${state}</state><extension>3002</extension></User>`);
  const give = (agentId: string, state: string, requestId?: string): Promise<string> =>
    orders.give(agentId, orderOf(state), requestId).then(
      () => 'accepted',
      (error: unknown) => (error instanceof Refusal ? `${String(error.status)} ${error.code}` : String(error)),
    );
  /** Lets everything happen that waits for nothing but its turn. */
  const settle = async (): Promise<void> => {
    for (let n = 0; n < 100; n++) await Promise.resolve();
  };

  it('are accepted, carried out and told, with the id of the request', async () => {
    expect(await give('1001', 'READY', 'abc')).toBe('accepted');
    await settle();
    expect(link.orders).toEqual([{ agentId: '1001', order: { kind: 'setState', state: 'READY', reasonCode: 0 } }]);
    expect(told.events).toEqual([
      { kind: 'asked', agentId: '1001', requestId: 'abc', action: 'READY' },
      { kind: 'done', agentId: '1001', requestId: 'abc', action: 'READY' },
    ]);
    expect(orders.size).toBe(0);
  });

  it.each([
    ['400 INVALID_STATE', '1002', 'READY'],
    ['400 INVALID_STATE', '1002', 'LOGOUT'],
    ['400 INVALID_DEVICE', '1001', 'LOGIN'],
    ['404 USER_NOT_FOUND', '9999', 'LOGIN'],
  ])('are refused at once with %s: %s %s', async (refusal, agentId, state) => {
    expect(await give(agentId, state)).toBe(refusal);
    await settle();
    expect([link.orders, told.events, orders.size]).toEqual([[], [], 0]);
  });

  it('are refused while the link is out of service', async () => {
    link.setService({ inService: false, why: 'no link' });
    expect(await give('1001', 'READY')).toBe('503 OUT_OF_SERVICE');
  });

  it('do not become a sign-in while the store is away', async () => {
    gates.ask = 'storeAway';
    expect(await give('1002', 'LOGIN')).toBe('503 OUT_OF_SERVICE');
    expect(await give('1001', 'READY')).toBe('accepted');
    await settle();
    expect(link.orders.map(({ order }) => order.kind)).toEqual(['setState']);
  });

  it('let a sign-in wait for a logout that is on its way', async () => {
    const { promise, resolve } = Promise.withResolvers<Gate>();
    gates = { ask: 'issuing', pass: promise };
    expect(await give('1002', 'LOGIN')).toBe('accepted');
    await settle();
    expect(link.orders).toEqual([]);
    resolve('open');
    await settle();
    expect(link.orders).toEqual([{ agentId: '1002', order: { kind: 'signIn', extension: '3002' } }]);
    expect(told.inShort).toEqual(['asked LOGIN', 'done LOGIN']);
  });

  it.each([
    ['issuing', 'failed LOGIN: Generic Error SIGN_OUT_IN_PROGRESS'],
    ['storeAway', 'failed LOGIN: Service Unavailable SERVER_OUT_OF_SERVICE'],
  ] as const)('send no sign-in when the gate stays shut: %s', async (gate, failure) => {
    gates.pass = Promise.resolve(gate);
    await give('1002', 'LOGIN');
    await settle();
    expect(link.orders).toEqual([]);
    expect(told.inShort).toEqual(['asked LOGIN', failure]);
  });

  it.each([
    ['CF_INVALID_OBJECT_STATE', 10_112, 'Invalid State', '10112'],
    ['CF_INVALID_LOGON_DEVICE_SPECIFIED', 0, 'Invalid Device', ''],
    ['CF_SPECIFIED_AGENT_ALREADY_SIGNED_ON', 0, 'Device Busy', ''],
    ['E_CTI_SOMETHING_ELSE', 0, 'Generic Error', ''],
  ])('tell what the CTI server says against them: %s', async (code, peripheralErrorCode, errorType, errorData) => {
    link.results.push({ kind: 'rejected', code, peripheralErrorCode, sentence: 'no' });
    await give('1001', 'READY');
    await settle();
    expect(told.events.at(-1)).toMatchObject({ kind: 'failed', error: { errorType, errorMessage: code, errorData } });
  });

  it('that are in doubt are looked at again', async () => {
    link.results.push({ kind: 'inDoubt', why: 'x' }, { kind: 'inDoubt', why: 'x' });
    await give('1001', 'NOT_READY');
    await settle();
    await give('1001', 'READY');
    await settle();
    expect(told.inShort).toEqual([
      'asked NOT_READY',
      'done NOT_READY',
      'asked READY',
      'failed READY: Generic Error OUTCOME_UNKNOWN',
    ]);
  });

  it('of one agent follow each other; those behind are accepted at once and judged in their turn', async () => {
    const { promise, resolve } = Promise.withResolvers<Gate>();
    gates.pass = promise;
    expect(await give('1002', 'LOGIN')).toBe('accepted');
    for (const state of ['READY', 'LOGOUT', 'NOT_READY', 'LOGOUT']) expect(await give('1002', state)).toBe('accepted');
    expect(await give('1001', 'READY')).toBe('accepted');
    await settle();
    expect(link.orders.map(({ agentId }) => agentId)).toEqual(['1001']);
    resolve('open');
    await settle();
    await settle();
    expect(told.inShort.filter((_, index) => told.events[index]?.agentId === '1002')).toEqual([
      'asked LOGIN',
      'done LOGIN',
      'asked READY',
      'done READY',
      'asked LOGOUT',
      'failed LOGOUT: Invalid State Cannot sign out from READY',
      'asked NOT_READY',
      'done NOT_READY',
      'asked LOGOUT',
      'done LOGOUT',
    ]);
    expect(orders.size).toBe(0);
  });

  it('are refused when an agent has too many of them, and only then', async () => {
    const { promise, resolve } = Promise.withResolvers<Gate>();
    gates.pass = promise;
    const answers: string[] = [];
    for (let n = 0; n <= ordersPerAgentMax; n++) answers.push(await give('1002', 'LOGIN'));
    expect(answers.filter((answer) => answer === '503 BUSY')).toHaveLength(1);
    resolve('open');
    for (let n = 0; n < 20; n++) await settle();
    expect(await give('1002', 'LOGIN')).toBe('accepted');
  });

  it('fail alone when this server has a fault, and the next one is carried out', async () => {
    const change = link.change.bind(link);
    link.change = () => Promise.reject(new Error('a fault'));
    await give('1001', 'READY');
    await settle();
    link.change = change;
    await give('1001', 'READY');
    await settle();
    expect(told.inShort).toEqual([
      'asked READY',
      'failed READY: Internal Server Error Runtime Exception',
      'asked READY',
      'done READY',
    ]);
  });
});
