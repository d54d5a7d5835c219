import { EventEmitter } from 'node:events';
import { type Random } from '../kit/random';
import { type Stage } from './stage';
import { type SimProcess } from './virtual-time';
import { type WebSocket } from 'ws';

const wayMsMin = 1;
const wayMsMax = 40;

const abnormal = 1006;

/** What a desktop hears. */
export interface DesktopEar {
  message(text: string): void;
  ping(): void;
  closed(code: number): void;
}

/** The server's end of a WebSocket: as much of one as a DesktopConnection uses. */
class ServerSocket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;

  constructor(private readonly wire: DesktopWire) {
    super();
  }

  send(text: string): void {
    this.wire.toDesktop((ear) => {
      ear.message(text);
    });
  }

  ping(): void {
    this.wire.toDesktop((ear) => {
      ear.ping();
    });
  }

  close(code: number): void {
    if (this.readyState !== this.OPEN) return;
    this.readyState = 2;
    this.wire.toDesktop((ear) => {
      ear.closed(code);
      this.wire.toServer(() => {
        this.over(code);
      });
    });
  }

  terminate(): void {
    this.wire.toDesktop((ear) => {
      ear.closed(abnormal);
    });
    this.over(abnormal);
  }

  over(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.emit('close', code);
  }
}

/** One WebSocket between a desktop and a server: in order, with delays; `isCut`: nothing passes any more, either way. */
export class DesktopWire {
  isCut = false;
  private readonly end = new ServerSocket(this);
  private toServerAt = 0;
  private toDesktopAt = 0;

  constructor(
    private readonly stage: Stage,
    readonly server: SimProcess,
    private readonly ear: DesktopEar,
    private readonly random: Random,
  ) {}

  get socket(): WebSocket {
    return this.end as unknown as WebSocket;
  }

  sendText(text: string): void {
    this.toServer(() => {
      if (this.end.readyState === this.end.OPEN) this.end.emit('message', Buffer.from(text), false);
    });
  }

  pong(): void {
    this.toServer(() => {
      this.end.emit('pong');
    });
  }

  /** The desktop's end is closed: the server is told by the network. */
  hangUp(code: number): void {
    this.toServer(() => {
      this.end.over(code);
    });
  }

  toServer(act: () => void): void {
    if (this.isCut) return;
    const { time } = this.stage;
    this.toServerAt = Math.max(this.toServerAt, time.now + this.way());
    time.after(this.toServerAt - time.now, this.server, () => {
      if (!this.isCut) act();
    });
  }

  toDesktop(act: (ear: DesktopEar) => void): void {
    if (this.isCut) return;
    const { time } = this.stage;
    this.toDesktopAt = Math.max(this.toDesktopAt, time.now + this.way());
    time.after(this.toDesktopAt - time.now, time.world, () => {
      if (!this.isCut) act(this.ear);
    });
  }

  private way(): number {
    return this.random.between(wayMsMin, wayMsMax);
  }
}
