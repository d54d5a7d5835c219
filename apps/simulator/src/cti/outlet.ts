import { type Socket } from 'node:net';
import { type Faults } from './faults';

/** A client that reads so slowly that this much waits for it is cut off. */
const unsentBytesMax = 16 * 1024 * 1024;

/**
 * The way out of one connection. What is written within one turn of the event loop leaves in one system call;
 * the faults `delay`, `bytewise` and `freeze` of the side are obeyed here.
 */
export class Outlet {
  readonly #waiting: { frame: Uint8Array; dueAt: number }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #corked = false;
  #ending = false;
  #waitingBytes = 0;

  constructor(
    private readonly socket: Socket,
    private readonly tcp: Socket,
    private readonly faults: Faults,
  ) {}

  write(frame: Uint8Array): void {
    if (this.socket.destroyed) return;
    if (this.faults.isOn('freeze') || this.#waiting.length > 0 || this.#slowed) this.#wait(frame);
    else this.#writeNow(frame);
  }

  /** Called when a fault was switched off: what waited may go on. */
  resume(): void {
    this.#arm();
  }

  /** Waits for what is on its way, then ends the connection. */
  end(): void {
    this.#ending = true;
    if (this.#waiting.length === 0) this.socket.end();
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.length = 0;
  }

  get #slowed(): boolean {
    return this.faults.isOn('delay') || this.faults.isOn('bytewise');
  }

  get #lastDueAt(): number {
    return this.#waiting.at(-1)?.dueAt ?? 0;
  }

  #writeNow(frame: Uint8Array): void {
    if (this.socket.writableLength > unsentBytesMax) {
      this.tcp.resetAndDestroy();
      return;
    }
    if (!this.#corked) {
      this.#corked = true;
      this.socket.cork();
      process.nextTick(() => {
        this.#corked = false;
        this.socket.uncork();
      });
    }
    this.socket.write(frame);
  }

  #wait(frame: Uint8Array): void {
    this.#waitingBytes += frame.length;
    if (this.#waitingBytes > unsentBytesMax) {
      this.tcp.resetAndDestroy();
      return;
    }
    const dueAt = performance.now() + (this.faults.find('delay')?.ms ?? 0);
    const pieces = this.faults.isOn('bytewise') ? Array.from(frame, (byte) => Uint8Array.of(byte)) : [frame];
    for (const piece of pieces) this.#waiting.push({ frame: piece, dueAt: Math.max(dueAt, this.#lastDueAt) });
    this.#arm();
  }

  /** One piece per turn of the event loop, so that bytes travel in packets of their own. */
  #arm(): void {
    const first = this.#waiting[0];
    if (first === undefined || this.#timer !== undefined || this.faults.isOn('freeze')) return;
    const waitMs = Math.max(0, first.dueAt - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.faults.isOn('freeze')) return;
      this.#waiting.shift();
      this.#waitingBytes -= first.frame.length;
      if (!this.socket.destroyed) this.socket.write(first.frame);
      if (this.#ending && this.#waiting.length === 0) this.socket.end();
      this.#arm();
    }, waitMs);
  }
}
