import { FRAME_BYTES_MAX, HEADER_BYTES } from './field-types';
import { nameOfNumber } from './layout';
import { protocolFault, type ProtocolFault } from './protocol-fault';

export interface Frame {
  /** MessageType of the header. */
  readonly type: number;
  /** The bytes after the header. May be a view of the chunk it came in: decode it before keeping it. */
  readonly body: Uint8Array;
}

/**
 * Cuts a byte stream into frames, however the stream was cut into chunks.
 *
 * Between two calls it holds at most one unfinished frame. A frame that is not complete in its chunk is copied once,
 * byte by byte as it arrives, into a buffer of its own size: delivery in single bytes costs as much as in one piece.
 * After a fault the stream has no next frame boundary: nothing more is read, and the connection is to be reset.
 */
export class FrameReader {
  readonly #bodyBytesMax: number;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerBytes = 0;
  #type = 0;
  /** Set while a body is incomplete. Its size is bounded by `frameBytesMax`, whatever the wire says. */
  #body: Uint8Array | undefined;
  #bodyBytes = 0;
  #fault: ProtocolFault | undefined;

  constructor(frameBytesMax: number = FRAME_BYTES_MAX) {
    this.#bodyBytesMax = frameBytesMax - HEADER_BYTES;
  }

  /** Why the stream cannot be read any further; `undefined` while it can. */
  get fault(): ProtocolFault | undefined {
    return this.#fault;
  }

  /** Takes the next bytes and returns the frames they complete, in order; after a fault, none. */
  push(chunk: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    let at = 0;
    while (this.#fault === undefined) {
      if (this.#body === undefined) {
        const taken = Math.min(HEADER_BYTES - this.#headerBytes, chunk.length - at);
        for (let index = 0; index < taken; index++) {
          this.#header[this.#headerBytes++] = chunk[at++] ?? 0;
        }
        if (this.#headerBytes < HEADER_BYTES) {
          break;
        }
        const bodyBytes = readUint(this.#header, 0);
        this.#type = readUint(this.#header, 4);
        if (bodyBytes > this.#bodyBytesMax) {
          this.#fault = tooLong(this.#type, bodyBytes, this.#bodyBytesMax);
          break;
        }
        if (bodyBytes <= chunk.length - at) {
          frames.push({ type: this.#type, body: chunk.subarray(at, at + bodyBytes) });
          this.#headerBytes = 0;
          at += bodyBytes;
          continue;
        }
        this.#body = new Uint8Array(bodyBytes);
        this.#bodyBytes = 0;
      }
      const body = this.#body;
      const taken = Math.min(body.length - this.#bodyBytes, chunk.length - at);
      body.set(chunk.subarray(at, at + taken), this.#bodyBytes);
      this.#bodyBytes += taken;
      at += taken;
      if (this.#bodyBytes < body.length) {
        break;
      }
      frames.push({ type: this.#type, body });
      this.#body = undefined;
      this.#headerBytes = 0;
    }
    return frames;
  }
}

function readUint(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0
  );
}

function tooLong(type: number, bodyBytes: number, bodyBytesMax: number): ProtocolFault {
  const detail = `MessageLength says ${bodyBytes} bytes, ${bodyBytesMax} are allowed`;
  return protocolFault('frameTooLong', nameOfNumber(type), 'MessageLength', 0, detail);
}
