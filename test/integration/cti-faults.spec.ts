import { AgentDesk, type ForcedChangeRequest } from '#cti-client/agent-desk';
import { CtiLink } from '#cti-client/link';
import { type LinkOptions } from '#cti-client/link-options';
import { Mirror } from '#cti-client/mirror';
import { type RequestOutcome } from '#cti-client/request-outcome';
import { pino } from 'pino';
import { type FaultName, faultTable } from '../../apps/simulator/src/cti/faults';
import { CtiSimulator } from '../kit/cti-simulator';
import { waitFor } from '../kit/wait';

type Kind = RequestOutcome['kind'];

interface Trial {
  readonly details?: Readonly<Record<string, unknown>>;
  /**
   * `before`: the fault is there when the order is given. `during`: it strikes while the order waits for its outcome.
   * `reopening`: it meets the link when it opens again, and the order is given after that.
   */
  readonly when: 'before' | 'during' | 'reopening';
  /** What the order may end as; everything else is a lie or a loss. */
  readonly ends: readonly Kind[];
  /** Where the link must be in the end, with the fault still there. */
  readonly side: 'a' | 'b' | 'any';
  /** The link must log that bytes could not be read, and nothing else as an error. */
  readonly unreadable?: true;
  /** The link must be given up for it, after the order at the latest. */
  readonly isGivenUp?: true;
  /** The times whose end it waits for. */
  readonly times?: Partial<typeof patient>;
}

/** Of a link that no busy machine makes impatient. */
const patient = { heartbeatMs: 5_000, openTimeoutMs: 10_000, requestTimeoutMs: 10_000 };
const beats = { heartbeatMs: 150 };
const opening = { openTimeoutMs: 400 };
const unanswered = { requestTimeoutMs: 800 };

const confirmed = ['confirmed'] as const;
const inDoubt = ['inDoubt'] as const;
/** The very next heartbeat fails, perhaps while the order is on its way or before it: then the link is given up under it. */
const overtaken = ['confirmed', 'inDoubt', 'notSent'] as const;
const lasting = { on: true };

const trials: Readonly<Record<FaultName, Trial>> = {
  down: { when: 'during', ends: inDoubt, side: 'b' },
  up: { when: 'during', ends: confirmed, side: 'a' },
  reset: { when: 'during', ends: inDoubt, side: 'any' },
  cutInsideFrame: { when: 'during', ends: inDoubt, side: 'any' },
  failureEvent: { when: 'during', ends: inDoubt, side: 'any' },
  garbage: { when: 'during', ends: inDoubt, side: 'any', unreadable: true },
  impossibleLength: { when: 'during', ends: inDoubt, side: 'any', unreadable: true },
  unknownMessage: { when: 'during', ends: confirmed, side: 'a' },
  dropHeartbeats: { when: 'before', ends: confirmed, side: 'any', isGivenUp: true, times: beats },
  heartbeatFailure: { when: 'before', ends: overtaken, side: 'any', isGivenUp: true, times: beats },
  delay: { details: { ms: 100 }, when: 'before', ends: confirmed, side: 'a' },
  bytewise: { when: 'before', ends: confirmed, side: 'a' },
  freeze: { when: 'during', ends: inDoubt, side: 'b', times: { ...beats, ...opening } },
  refuseOpen: { details: lasting, when: 'reopening', ends: confirmed, side: 'b' },
  silenceOpen: { details: lasting, when: 'reopening', ends: confirmed, side: 'b', times: opening },
  reject: { when: 'before', ends: ['rejected'], side: 'a' },
  rejectAfterConf: { when: 'before', ends: ['rejected'], side: 'a' },
  silence: { when: 'before', ends: inDoubt, side: 'a', times: unanswered },
  silenceAfterApply: { when: 'before', ends: inDoubt, side: 'a', times: unanswered },
  answerAfterConf: { details: { ms: 200 }, when: 'before', ends: confirmed, side: 'a' },
  // The order may be given before the link has heard of it: then the server refuses it.
  peripheralOffline: { when: 'before', ends: ['notSent', 'rejected'], side: 'b' },
  pgDown: { when: 'before', ends: ['notSent', 'rejected'], side: 'b' },
  standby: { when: 'reopening', ends: confirmed, side: 'b' },
  maintenance: { when: 'during', ends: inDoubt, side: 'b' },
};

interface Logged {
  readonly stateName: string;
  readonly outcome: string;
  readonly effective: boolean;
}

const forced: ForcedChangeRequest = { reasonCode: 255, notReadyReasonCode: 20001, mayStillSend: () => true };
/** The change comes so much after its CONF when a fault is to strike in between. */
const heldMs = 300;
const errorLevel = 50;

describe('our client and a fault of the CTI server', () => {
  let simulator: CtiSimulator;
  let link: CtiLink;
  const links: CtiLink[] = [];
  let mirror: Mirror;
  let desk: AgentDesk;
  /** Error lines of the client's log; a rejection that nobody handles fails the test by itself. */
  const errors: unknown[] = [];
  const log = pino(
    { level: 'info' },
    {
      write: (line: string) => {
        noteLine(line);
      },
    },
  );

  function noteLine(line: string): void {
    const entry = JSON.parse(line) as { level: number };
    if (entry.level >= errorLevel) errors.push(line);
  }

  beforeAll(async () => {
    simulator = await CtiSimulator.start();
  });

  afterAll(async () => {
    await simulator.stop();
  });

  beforeEach(() => {
    errors.length = 0;
  });

  async function openLink(changes: Partial<LinkOptions> = {}): Promise<void> {
    link = new CtiLink({
      endpoints: {
        a: { host: '127.0.0.1', port: simulator.ports.a },
        b: { host: '127.0.0.1', port: simulator.ports.b },
      },
      peripheralId: 5000,
      version: 24,
      clientId: 'lastcall',
      clientPassword: 'secret',
      ...patient,
      requestsPerSecondMax: 500,
      startSide: 'a',
      log,
      closeTimeoutMs: 200,
      outOfServiceMsMax: 300,
      backOffFirstMs: 50,
      randomWaitMsMax: 50,
      ...changes,
    });
    links.push(link);
    mirror = new Mirror({ peripheralId: 5000 });
    desk = new AgentDesk(link, mirror, { log });
    link.start();
    await waitFor('the link', () => link.inService);
  }

  afterEach(async () => {
    for (const one of links.splice(0)) await one.stop();
    await simulator.request('DELETE', '/faults');
    await simulator.post('/agents/1001/logout');
    await simulator.request('DELETE', '/requests');
  });

  const strike = (fault: FaultName, details: object = {}) =>
    simulator.post('/faults', { side: 'A', fault, ...details });

  async function requests(): Promise<Logged[]> {
    return (await simulator.get('/requests?agentId=1001')).body as Logged[];
  }

  async function stateName(): Promise<string> {
    return ((await simulator.get('/agents/1001')).body as { stateName: string }).stateName;
  }

  async function orderUnder(fault: FaultName, trial: Trial): Promise<RequestOutcome> {
    if (trial.when === 'during') {
      await strike('answerAfterConf', { ms: heldMs });
      const order = desk.forceLogout('1001', forced);
      let ended: RequestOutcome | undefined;
      void order.then((outcome) => (ended = outcome));
      await waitFor('the request', async () => (await requests()).length > 0, { seen: () => ended });
      await strike(fault, trial.details);
      return order;
    }
    await strike(fault, trial.details);
    if (trial.when === 'reopening') {
      await strike('reset');
      await waitFor(`service on side ${trial.side}`, () => link.inService && link.side === trial.side);
    }
    return desk.forceLogout('1001', forced);
  }

  /** What was told is what the simulator's own log and agent say. */
  async function expectTruth(outcome: RequestOutcome): Promise<void> {
    const logouts = (await requests()).filter((request) => request.stateName === 'LOGOUT');
    const effective = logouts.filter((request) => request.effective);
    switch (outcome.kind) {
      case 'confirmed':
        expect(outcome).toMatchObject({ became: 'loggedOut', reasonCode: 50002 });
        expect(effective).toHaveLength(1);
        expect(await stateName()).toBe('LOGOUT');
        return;
      case 'rejected':
        expect(effective).toEqual([]);
        expect(await stateName()).not.toBe('LOGOUT');
        return;
      case 'notSent':
        expect(await requests()).toEqual([]);
        return;
      case 'pending':
        throw new Error('nothing can be pending without a call');
      case 'inDoubt': {
        expect(effective.length).toBeLessThanOrEqual(1);
        const settled = await desk.settleDoubt('1001', 'loggedOut');
        expect(settled.kind === 'loggedOut').toBe((await stateName()) === 'LOGOUT');
        expect(['loggedOut', 'signedIn']).toContain(settled.kind);
        return;
      }
      case 'alreadySignedOut':
        expect(await stateName()).toBe('LOGOUT');
    }
  }

  it('has a trial for each fault of the table', () => {
    expect(Object.keys(trials)).toEqual(Object.keys(faultTable));
  });

  const names = Object.keys(faultTable) as FaultName[];
  it.each(names.flatMap((fault) => [[fault, 'NOT_READY'] as const, [fault, 'READY'] as const]))(
    'under %s it tells the truth about an agent who is %s, and the next order goes through',
    async (fault, state) => {
      const trial = trials[fault];
      await openLink(trial.times);
      await simulator.post('/agents/1001/login', { state });
      const outcome = await orderUnder(fault, trial);
      expect(trial.ends).toContain(outcome.kind);
      if (trial.isGivenUp === true) await waitFor('the link to be given up', () => link.counters.gaps > 0);
      // A change that was on its way has happened or not before anybody asks.
      await waitFor('an end of every request', async () =>
        (await requests()).every((request) => request.outcome !== 'received'),
      );
      await waitFor(`side ${trial.side}`, () => link.inService && (trial.side === 'any' || link.side === trial.side));
      await expectTruth(outcome);

      await simulator.request('DELETE', '/faults');
      await waitFor('the link after the fault', () => link.inService);
      const second = await desk.forceLogout('1001', forced);
      expect(['confirmed', 'alreadySignedOut']).toContain(second.kind);
      expect(await stateName()).toBe('LOGOUT');
      const effective = (await requests()).filter((request) => request.stateName === 'LOGOUT' && request.effective);
      expect(effective).toHaveLength(1);
      const unreadable: unknown = expect.stringContaining('bytes from the CTI server cannot be read');
      expect(errors).toEqual(trial.unreadable === true ? [unreadable] : []);
    },
  );

  it('follows a call that gets another key, and sees one change where several events tell it', async () => {
    await openLink();
    await simulator.post('/settings', { skillGroupEvents: 3 });
    await simulator.post('/agents/1001/login', { state: 'READY' });
    expect(await desk.look('1001')).toMatchObject({ kind: 'known', view: { onCall: false } });
    const { body } = await simulator.post('/calls', { agentId: '1001' });
    const { callId } = body as { callId: number };
    await waitFor('the call', () => mirror.view('1001')?.onCall === true);
    const renamed = (await simulator.post(`/calls/${callId}/data`, { newCallId: true })).body as { callId: number };
    const ends: string[] = [];
    mirror.on('agentChanged', (before, after) => {
      if (before?.onCall === true && !after.onCall) ends.push(after.agentId);
    });
    expect(await desk.forceLogout('1001', forced)).toMatchObject({ kind: 'notSent' });
    await simulator.request('DELETE', `/calls/${renamed.callId}`);
    await waitFor('the end of the call', () => mirror.view('1001')?.onCall === false);
    expect(ends).toEqual(['1001']);
    expect(mirror.size.calls).toBe(0);
    expect(await desk.forceLogout('1001', forced)).toMatchObject({ kind: 'confirmed', became: 'loggedOut' });
    await simulator.post('/settings', { skillGroupEvents: 1 });
    expect(errors).toEqual([]);
  });

  it('is led through a maintenance: it accepts, stops, and the request that is out comes to its end', async () => {
    await openLink({ standby: true, stoppingMsMax: 200 });
    await simulator.post('/agents/1001/login', { state: 'NOT_READY' });
    // Longer than the 5 s after which the server ends a session that has not said that it stopped.
    await strike('answerAfterConf', { ms: 6_500 });
    const order = desk.forceLogout('1001', forced);
    await waitFor('the request', async () => (await requests()).length > 0);
    await strike('maintenance');
    const sessions = async () =>
      (await simulator.get('/sessions')).body as { side: string; maintenance: string | null }[];
    await waitFor('281', async () => (await sessions()).some(({ maintenance }) => maintenance === 'quiet'));
    expect(link.phase).toBe('draining');
    expect(await order).toMatchObject({ kind: 'confirmed', became: 'loggedOut' });
    await waitFor('side b', () => link.inService && link.side === 'b');
    expect(errors).toEqual([]);
  });

  it('keeps its heartbeat towards a server that answers none: it leaves, and comes into service again', async () => {
    await openLink(beats);
    const losses: string[] = [];
    link.on('gap', (why) => losses.push(why));
    await strike('dropHeartbeats');
    await waitFor('the loss', () => losses.length > 0);
    await waitFor('service', () => link.inService);
    expect(errors).toEqual([]);
  });
});
