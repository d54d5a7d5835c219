import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import { type WebSocket } from 'ws';
import { DesktopConnection, newsMsMax } from './desktop-connection';
import { type Service } from './lease';
import { type Opening, type PresenceDesk } from './presence-desk';
import { type SignInState } from './sign-ins';
import { silenceRule } from './silence';

/** What was sent to the desktop. */
class FakeSocket extends EventEmitter {
  readonly sent: { type: string }[] = [];
  closedWith: number | undefined;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as { type: string });
  }
  close(code: number): void {
    this.closedWith = code;
  }
  terminate(): void {
    this.closedWith ??= 1006;
  }
}

const opened = { kind: 'opened', epoch: 1, mustSignIn: true } as const;
const signedIn: Opening = { ...opened, mustSignIn: false };
const lapsed: Service = { status: 'OUT_OF_SERVICE', missing: ['lease'], why: 'the lease ended' };
const inMaintenance: Service = { status: 'OUT_OF_SERVICE', missing: ['maintenance'], why: 'maintenance' };

describe('the acknowledgement of a desktop', () => {
  let socket: FakeSocket;
  let service: Service;
  let answer: (opening: Opening) => void;
  let connection: DesktopConnection;
  let levels: string[];
  let lines: { msg: string; desktopId?: string }[];
  let byLink: SignInState | undefined;

  beforeEach(() => {
    jest.useFakeTimers();
    socket = new FakeSocket();
    service = { status: 'IN_SERVICE' };
    levels = [];
    lines = [];
    byLink = undefined;
    const record = {
      write: (line: string) => {
        const { level, msg, desktopId } = JSON.parse(line) as { level: string; msg: string; desktopId?: string };
        lines.push({ msg, ...(desktopId === undefined ? {} : { desktopId }) });
        if (msg === 'desktop refused') levels.push(level);
      },
    };
    const desk: Pick<PresenceDesk, 'hold' | 'acknowledge' | 'close' | 'abandon'> = {
      hold: () => undefined,
      acknowledge: () => new Promise((resolve) => (answer = resolve)),
      close: () => undefined,
      abandon: () => undefined,
    };
    const ids = { agentId: '1001', connection: 'c-1', byeToken: 't', serverId: 'primary-1', from: '' };
    connection = new DesktopConnection(
      socket as unknown as WebSocket,
      { ...ids, side: 'primary' },
      {
        desk: desk as PresenceDesk,
        tally: { opened: () => 0, ended: () => 0, refused: () => 0, stalled: () => 0 },
        log: pino({ formatters: { level: (level) => ({ level }) } }, record),
        rule: silenceRule(25_000),
        service: () => service,
        signIns: { of: () => byLink },
        onEnd: () => undefined,
      },
    );
    socket.emit('message', Buffer.from(JSON.stringify({ type: 'open', desktopId: 'desk' })), false);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it.each<[string, () => void]>([
    ['desktop closed', () => socket.emit('close', 1006)],
    [
      'desktop left for the other side',
      () => {
        connection.sendAway();
      },
    ],
  ])('is in the log with the id of the desktop, and so is its end: %s', async (end, act) => {
    answer(opened);
    await jest.advanceTimersByTimeAsync(0);
    act();
    expect(lines).toEqual([
      { msg: 'desktop opened', desktopId: 'desk' },
      { msg: end, desktopId: 'desk' },
    ]);
  });

  const toldBy = async (opening: Opening): Promise<string[]> => {
    answer(opening);
    await jest.advanceTimersByTimeAsync(0);
    return socket.sent.map(({ type }) => type);
  };

  it('is told when the store has heard of the desktop', async () => {
    expect(await toldBy(opened)).toEqual(['opened']);
  });

  describe('when the CTI server says something else than the record', () => {
    const out: SignInState = {
      reasonCode: 32_741,
      reason: 'another agent signed in on the same extension',
      isSystem: true,
    };
    const last = (): unknown => socket.sent.at(-1);

    it('is told that it must sign in as soon as somebody signs the agent out, and how', async () => {
      await toldBy(opened);
      connection.tellSignIn(out);
      expect(last()).toMatchObject({ type: 'opened', mustSignIn: true, signOut: out, epoch: opened.epoch });
      connection.tellSignIn(out);
      expect(socket.sent).toHaveLength(2);
    });

    it('is told that this is over when the agent signs in again', async () => {
      await toldBy(opened);
      connection.tellSignIn(out);
      connection.tellSignIn('signedIn');
      expect(last()).toMatchObject({ type: 'opened', mustSignIn: false });
      expect(last()).not.toHaveProperty('signOut');
    });

    it.each([
      ['the record has not heard of a sign-out', false],
      ['the link has not heard of a sign-in', true],
    ])('believes the record at first, and the link once it must have heard: %s', async (_, isLate) => {
      byLink = out;
      await toldBy(signedIn);
      expect(last()).toMatchObject({ mustSignIn: false });
      if (isLate) byLink = 'signedIn';
      await jest.advanceTimersByTimeAsync(newsMsMax);
      expect(last()).toMatchObject({ mustSignIn: !isLate });
    });

    it('is told that no sign-in is needed where the record was late', async () => {
      byLink = 'signedIn';
      await toldBy(opened);
      await jest.advanceTimersByTimeAsync(newsMsMax);
      expect(socket.sent).toMatchObject([{ mustSignIn: true }, { mustSignIn: false }]);
    });

    it('hears nothing of it before it is acknowledged, nor while the server is out of service', async () => {
      connection.tellSignIn(out);
      expect(socket.sent).toEqual([]);
      await toldBy(opened);
      connection.tellOutOfService();
      connection.tellSignIn(out);
      expect(last()).toMatchObject({ type: 'outOfService' });
    });
  });

  it('is withheld when the lease ended while the store was being told', async () => {
    service = lapsed;
    expect(await toldBy(opened)).toEqual([]);
    expect(socket.closedWith).toBe(1013);
  });

  it('is refused without a warning for how things stand at the server', async () => {
    service = lapsed;
    await toldBy(opened);
    expect(levels).toEqual(['info']);
  });

  it('is refused with a warning for what the desktop did', async () => {
    await toldBy(opened);
    socket.emit('message', Buffer.from('rubbish'), false);
    expect(levels).toEqual(['warn']);
  });

  it('is not given again without a lease: the desktop is told that the server is out of service', async () => {
    await toldBy(opened);
    service = lapsed;
    void connection.acknowledgeAgain();
    expect(await toldBy(opened)).toEqual(['opened', 'outOfService']);
    expect(socket.closedWith).toBeUndefined();
  });

  it('is given again in maintenance, since a desktop that is here stays until it is sent away', async () => {
    await toldBy(opened);
    service = inMaintenance;
    void connection.acknowledgeAgain();
    expect(await toldBy(opened)).toEqual(['opened', 'opened']);
  });
});
