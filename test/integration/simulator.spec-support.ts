import { connect, type Socket } from 'node:net';
import { pause, waitFor } from '../kit/wait';

/**
 * A CTI client written from the protocol sheet alone: bytes by hand, nothing of our codec. What it sends and expects
 * are the worked examples of GED-188, protocol version 24.
 */

/** Some answers are none. */
const settledMs = 20;

export interface RawFrame {
  readonly type: number;
  readonly body: Buffer;
}

export class RawClient {
  readonly frames: RawFrame[] = [];
  closed = false;
  hadError = false;
  #bytes = Buffer.alloc(0);

  private constructor(readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      while (this.#bytes.length >= 8 && this.#bytes.length >= 8 + this.#bytes.readUInt32BE(0)) {
        const end = 8 + this.#bytes.readUInt32BE(0);
        this.frames.push({ type: this.#bytes.readUInt32BE(4), body: this.#bytes.subarray(8, end) });
        this.#bytes = this.#bytes.subarray(end);
      }
    });
    socket.on('error', () => (this.hadError = true));
    socket.on('close', () => (this.closed = true));
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: '127.0.0.1' });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new RawClient(socket);
  }

  /** Connects and opens a session as example E1 does; the answer and the first SYSTEM_EVENT are taken away. */
  static async open(port: number): Promise<RawClient> {
    const client = await RawClient.connect(port);
    client.send(openRequest);
    await client.next(4);
    await client.next(31);
    return client;
  }

  send(hex: string): void {
    this.socket.write(Buffer.from(hex, 'hex'));
  }

  /** Takes away the first frame of this type, and everything before it. */
  async next(type: number): Promise<Buffer> {
    await waitFor(`message ${type}`, () => this.frames.some((frame) => frame.type === type), {
      seen: () => this.typesSeen,
    });
    for (;;) {
      const frame = this.frames.shift();
      if (frame?.type === type) return frame.body;
    }
  }

  /** The next AGENT_STATE_EVENT: its AgentState and EventReasonCode, at their offsets in the fixed part. */
  async nextAgentState(): Promise<{ state: number; reasonCode: number }> {
    const body = await this.next(30);
    return { state: body.readUInt16BE(30), reasonCode: body.readUInt16BE(32) };
  }

  /** What came until a heartbeat that is sent now is answered, by type. */
  async typesUntilHeartbeat(): Promise<number[]> {
    this.send('000000040000000500000063');
    await waitFor(
      'HEARTBEAT_CONF',
      () => this.frames.some(({ type, body }) => type === 6 && body.readUInt32BE(0) === 0x63),
      { seen: () => this.typesSeen },
    );
    return this.frames.splice(0).map((frame) => frame.type);
  }

  /** The server has read what was sent: it answered something, ended the connection, or had a moment. */
  async settled(): Promise<void> {
    const framesBefore = this.frames.length;
    for (let moment = 0; this.frames.length === framesBefore && !this.closed && moment < settledMs; moment++)
      await pause(1);
  }

  /** Bytes of a frame that is not complete. */
  get rest(): string {
    return this.#bytes.toString('hex');
  }

  get typesSeen(): string {
    return `${this.frames.map((frame) => frame.type).join(' ')}${this.closed ? ', closed' : ''}`;
  }
}

/** E1: OPEN_REQ, version 24, ALL_EVENTS + CLIENT_CONTROL. */
export const openRequest =
  '0000004200000003000000010000001800000078ffffffff000000140080ffff00003fff00000000000000000000000000000000000100076374696d6f6e000002000773656372657400';

/** E11 with another agent state, reason and flag: SET_AGENT_STATE_REQ for agent 1001 on 3001, InvokeID 4. */
export function setAgentState(state: number, reasonCode: number, forcedFlag: 0 | 1): string {
  const hex = (value: number, bytes: number) => value.toString(16).padStart(2 * bytes, '0');
  const device = '000600053330303100';
  const agent = '000500053130303100';
  const fixed = `0000000400001388${hex(state, 2)}00000000${hex(reasonCode, 2)}${hex(forcedFlag, 1)}00000000`;
  return `0000002700000026${fixed}${device}${agent}`;
}
