import { type Logger } from 'pino';
import { type Side } from './retry-plan';
import { type LinkPhase } from './session-model';

export interface LinkTurn {
  readonly phase: LinkPhase;
  /** The side of the session, or of the next attempt. */
  readonly side: Side;
  readonly version: number;
  readonly why: string;
}

/**
 * What the log says of a link: a warning when it goes out of service, with the side that was lost and the reason, and a line
 * when it is in service again. The attempts in between are at debug, since a CTI server that is away for a night is thousands.
 */
export class LinkLog {
  private state: 'idle' | 'opening' | 'inService' | 'outOfService' = 'idle';
  /** The side of the last session or attempt: that of a loss is announced with the side of the next attempt. */
  private side: Side = 'a';
  private isStopping = false;

  constructor(private readonly log: Logger) {}

  /** From here on the link ends because it was asked to. */
  stopping(): void {
    this.isStopping = this.state !== 'idle';
  }

  turned(turn: LinkTurn): void {
    const { phase, side, version, why } = turn;
    this.log.debug({ phase, ctiSide: side, version }, `link ${phase}: ${why}`);
    const before = this.side;
    this.side = side;
    if (phase === 'idle' || this.isStopping) {
      this.state = 'idle';
      this.isStopping = phase !== 'idle';
      return;
    }
    if (phase === 'inService') this.inService(turn);
    else if (this.state === 'idle') this.opening(side);
    else if (this.state === 'inService' || (this.state === 'opening' && phase !== 'opening')) this.lost(before, why);
  }

  /** Once while it is out of service: a server that is not a CTI server says as much with each attempt. */
  unreadable(sentence: string): void {
    const line = `bytes from the CTI server cannot be read: ${sentence}`;
    const level = this.state === 'outOfService' ? 'debug' : 'error';
    this.log[level]({ ctiSide: this.side }, line);
  }

  private opening(side: Side): void {
    this.state = 'opening';
    this.log.info({ ctiSide: side }, `the CTI link is being opened (${nameOf(side)})`);
  }

  private inService({ side, version, why }: LinkTurn): void {
    const again = this.state === 'outOfService' ? ' again' : '';
    this.state = 'inService';
    this.log.info({ ctiSide: side, version }, `the CTI link is in service${again} (${nameOf(side)}): ${why}`);
  }

  private lost(side: Side, why: string): void {
    this.state = 'outOfService';
    this.log.warn({ ctiSide: side, why }, `the CTI link is out of service (${nameOf(side)}): ${why}`);
  }
}

function nameOf(side: Side): string {
  return `side ${side.toUpperCase()}`;
}
