import { type Side } from '#domain/agent';
import { DesktopWire } from './desktop-wire';
import { type EndedHow } from './oracle-log';
import { type Random } from '../kit/random';
import { type ServerProcess } from './server-process';
import { type Stage } from './stage';

export const detectionMs = 25_000;

const goingAway = 1001;
const abnormal = 1006;
const closeOfBye = 1000;

export interface DesktopWorld {
  /** A server of that side that can be connected to, if there is one. */
  serverOf(side: Side): ServerProcess | undefined;
  /** The agent has a desktop but no session at the CTI server: somebody will notice. */
  noticeSignedOut(agentId: string): void;
}

export const otherSide = (side: Side): Side => (side === 'primary' ? 'secondary' : 'primary');

/**
 * A desktop application with one connection at a time. It keeps itself open as long as it `wants` to be: it connects again
 * when its connection ends, on the other side every other time, and gives a connection up on which it hears nothing.
 */
export class Desktop {
  wants = false;
  side: Side;
  private wire: DesktopWire | undefined;
  private connection = '';
  private openings = 0;
  private heardAt = 0;
  private byeToken = '';
  private server: ServerProcess | undefined;
  private told: 'nothing' | 'opened' | 'outOfService' = 'nothing';

  constructor(
    private readonly stage: Stage,
    private readonly world: DesktopWorld,
    readonly agentId: string,
    readonly desktopId: string,
    side: Side,
    private readonly random: Random,
  ) {
    this.side = side;
  }

  get isAcknowledged(): boolean {
    return this.told === 'opened';
  }

  open(side: Side): void {
    this.wants = true;
    this.side = side;
    if (this.wire === undefined) this.connect();
  }

  /** It goes for good, or until it is opened again. */
  leave(how: 'bye' | 'beacon' | 'closed' | 'crashed' | 'cableOut'): void {
    this.wants = false;
    const { wire, server, byeToken } = this;
    if (wire === undefined) return;
    this.end(how === 'bye' || how === 'beacon' ? 'bye' : 'gone');
    switch (how) {
      case 'bye':
        wire.sendText('{"type":"bye"}');
        wire.hangUp(closeOfBye);
        return;
      case 'beacon':
        wire.toServer(() => {
          server?.bye(byeToken);
        });
        wire.hangUp(goingAway);
        return;
      case 'closed':
        wire.hangUp(goingAway);
        return;
      case 'crashed':
        wire.hangUp(abnormal);
        return;
      case 'cableOut':
        wire.isCut = true;
    }
  }

  /** Nothing passes any more between this desktop and its server, and it is the last to notice. */
  loseNetwork(): void {
    if (this.wire !== undefined) this.wire.isCut = true;
  }

  failOver(): void {
    if (this.wire === undefined) return;
    this.leave('closed');
    this.open(otherSide(this.side));
  }

  /** The process at the other end is no more. */
  serverGone(server: ServerProcess): void {
    if (this.server === server && this.wire !== undefined) this.closed(abnormal, this.wire);
  }

  private connect(): void {
    const server = this.world.serverOf(this.side);
    if (server === undefined) {
      this.again();
      return;
    }
    const { agentId, side } = this;
    const { time } = this.stage;
    this.openings += 1;
    this.connection = `${this.desktopId}#${String(this.openings)}`;
    this.server = server;
    this.told = 'nothing';
    const wire: DesktopWire = new DesktopWire(
      this.stage,
      server.process,
      {
        message: (text) => {
          if (this.wire === wire)
            this.hear(JSON.parse(text) as { type: string; mustSignIn?: boolean; byeToken?: string });
        },
        ping: () => {
          if (this.wire !== wire) return;
          this.heardAt = time.now;
          wire.pong();
        },
        closed: (code) => {
          this.closed(code, wire);
        },
      },
      this.random,
    );
    this.wire = wire;
    this.stage.see({ at: time.now, what: 'tried', agentId, desktop: this.connection, side });
    this.heardAt = time.now;
    wire.toServer(() => {
      server.letIn(wire.socket, agentId);
    });
    wire.sendText(JSON.stringify({ type: 'open', desktopId: this.desktopId }));
    this.watchSilence(wire);
  }

  private hear(message: { type: string; mustSignIn?: boolean; byeToken?: string }): void {
    const { agentId, side, connection: desktop } = this;
    const at = this.stage.time.now;
    this.heardAt = at;
    if (message.type === 'opened') {
      this.byeToken = message.byeToken ?? '';
      this.told = 'opened';
      this.stage.see({ at, what: 'acknowledged', agentId, desktop, side, serverId: this.server?.serverId ?? '' });
      this.world.noticeSignedOut(agentId);
    }
    if (message.type === 'outOfService') {
      this.told = 'outOfService';
      this.stage.see({ at, what: 'ended', agentId, desktop, how: 'outOfService', heardAt: at });
      if (this.random.chance(0.5)) this.moveOn(this.wire);
    }
  }

  /** Goes to the other side after a while, unless its server can vouch for it again by then. */
  private moveOn(wire: DesktopWire | undefined): void {
    const { time } = this.stage;
    time.after(this.random.between(1_000, 30_000), time.world, () => {
      if (this.wire === wire && this.told === 'outOfService') this.failOver();
    });
  }

  private closed(code: number, wire: DesktopWire): void {
    if (this.wire !== wire) return;
    this.end('closed');
    wire.hangUp(code);
    if (this.wants) this.again();
  }

  private again(): void {
    const { time } = this.stage;
    time.after(this.random.between(800, 4_000), time.world, () => {
      if (!this.wants || this.wire !== undefined) return;
      if (this.random.chance(0.5)) this.side = otherSide(this.side);
      this.connect();
    });
  }

  private end(how: EndedHow): void {
    const { agentId, connection: desktop, heardAt } = this;
    const at = this.stage.time.now;
    this.wire = undefined;
    this.told = 'nothing';
    this.stage.see({ at, what: 'ended', agentId, desktop, how, heardAt });
  }

  private watchSilence(wire: DesktopWire): void {
    const { time } = this.stage;
    time.after(this.heardAt + detectionMs - time.now, time.world, () => {
      if (this.wire !== wire) return;
      if (time.now - this.heardAt < detectionMs) {
        this.watchSilence(wire);
        return;
      }
      this.end('silent');
      wire.hangUp(abnormal);
      if (this.wants) this.again();
    });
  }
}
