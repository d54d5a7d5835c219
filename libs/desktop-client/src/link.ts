import { type Limits, type SignOut } from './connect';
import { fieldsOfJson } from './fields';
import { type Side } from './side';
import { type Socket, type Surroundings } from './surroundings';

export interface Acknowledgement {
  readonly epoch: number;
  readonly mustSignIn: boolean;
  readonly signOut?: SignOut;
  readonly byeToken: string;
}

export interface LinkListener {
  opened(link: Link, acknowledgement: Acknowledgement): void;
  outOfService(link: Link): void;
  ended(link: Link, code: number, reason: string): void;
}

/** Of a connection that broke or fell silent: no close frame was seen. */
export const brokenCode = 1006;

/** For a close frame without a reason, and for none at all: after a sleep of the machine browsers say no more than 1006. */
function reasonFor(code: number): string {
  return code === brokenCode ? 'the connection broke' : `the server closed the connection (${String(code)})`;
}

/** A second look within this long learns nothing that the first one does not. */
const lookAgainMsMin = 1_000;

interface LinkParts {
  readonly desktopId: string;
  readonly surroundings: Surroundings;
  readonly limits: Limits;
  readonly listener: LinkListener;
}

/**
 * One WebSocket. It sends `open` as soon as it is connected and then waits for the acknowledgement. The server's pings are
 * answered by the browser, below JavaScript; what a page cannot see of them, it asks for itself: after some silence it
 * sends a ping, and without any answer to that the link has ended, whatever the socket says. The end is told once.
 */
export class Link {
  acknowledgement: Acknowledgement | undefined;
  private readonly socket: Socket;
  private isOver = false;
  private pingedAt = 0;
  private cancelTimer: () => void = () => undefined;

  constructor(
    readonly side: Side,
    url: string,
    private readonly parts: LinkParts,
  ) {
    const { limits, surroundings, desktopId } = parts;
    this.socket = surroundings.openSocket(url);
    this.endAfter(limits.connectMsMax, 'could not be connected');
    this.socket.onopen = () => {
      this.endAfter(limits.openedMsMax, 'was not acknowledged');
      this.send({ type: 'open', desktopId });
    };
    this.socket.onmessage = ({ data }) => {
      this.receive(data);
    };
    this.socket.onclose = ({ code, reason }) => {
      this.end(code, reason === '' ? reasonFor(code) : reason);
    };
  }

  /** Is the server there? Asked out of turn, when there is reason to doubt it. */
  look(): void {
    const agoMs = this.parts.surroundings.now() - this.pingedAt;
    if (this.acknowledgement === undefined || agoMs < lookAgainMsMin) return;
    this.ping(this.parts.limits.wakePongMsMax);
  }

  /** Says bye, and hears nothing any more. */
  bye(): void {
    this.send({ type: 'bye' });
    this.drop();
  }

  /** Hears nothing any more. */
  drop(): void {
    this.isOver = true;
    this.cancelTimer();
    this.socket.close();
  }

  private receive(data: unknown): void {
    if (this.isOver) return;
    const message = fieldsOfJson(data);
    switch (message['type']) {
      case 'opened':
        this.acknowledgement = message as unknown as Acknowledgement;
        this.parts.listener.opened(this, this.acknowledgement);
        break;
      case 'outOfService':
        this.parts.listener.outOfService(this);
    }
    if (this.acknowledgement !== undefined) this.heard();
  }

  private heard(): void {
    if (this.isOver) return;
    const { pingEveryMs, pongMsMax } = this.parts.limits;
    this.wait(pingEveryMs, () => {
      this.ping(pongMsMax);
    });
  }

  private ping(answerMsMax: number): void {
    const { surroundings, limits } = this.parts;
    this.pingedAt = surroundings.now();
    this.wait(answerMsMax, () => {
      const lateMs = surroundings.now() - this.pingedAt - answerMsMax;
      // The page stood still: the answer may lie there unread. Ask again and be quick about it.
      if (lateMs > limits.lateMsMax) this.ping(limits.wakePongMsMax);
      else this.end(brokenCode, 'the server is silent');
    });
    this.send({ type: 'ping', n: 1 });
  }

  private endAfter(ms: number, reason: string): void {
    this.wait(ms, () => {
      this.end(brokenCode, reason);
    });
  }

  /** One timer at a time: a link waits for one thing at a time. */
  private wait(ms: number, act: () => void): void {
    this.cancelTimer();
    this.cancelTimer = this.parts.surroundings.after(ms, act);
  }

  private end(code: number, reason: string): void {
    if (this.isOver) return;
    this.drop();
    this.parts.listener.ended(this, code, reason);
  }

  private send(message: object): void {
    if (this.socket.readyState === 1) this.socket.send(JSON.stringify(message));
  }
}
