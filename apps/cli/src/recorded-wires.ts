import { blankSecrets, versionOfOpenRequest } from '#cti-protocol/blank-secrets';
import { HEADER_BYTES } from '#cti-protocol/field-types';
import { FrameReader } from '#cti-protocol/frame';
import { nameOfNumber } from '#cti-protocol/layout';
import { messages, type ProtocolVersion } from '#cti-protocol/messages';
import { type HostPort, type OpenWire } from '#cti-client/wire';
import { type CapturedEvent, type CapturedFrame, type CaptureLine } from './capture-line';

export interface Recorder {
  readonly endpoints: { readonly a: HostPort; readonly b: HostPort };
  /** Of frames before an OPEN_REQ has told another one. */
  readonly version: ProtocolVersion;
  now: () => string;
  record: (line: CaptureLine) => void;
}

/** Connections whose frames are recorded both ways, without passwords. Nothing is changed, delayed or added. */
export function recordedWires(openWire: OpenWire, recorder: Recorder): OpenWire {
  let connections = 0;
  return (endpoint, events) => {
    const side = endpoint === recorder.endpoints.b ? 'b' : 'a';
    const tape = new Tape(recorder, side, ++connections);
    tape.event('connecting');
    const wire = openWire(endpoint, {
      connected: () => {
        tape.event('connected');
        events.connected();
      },
      received: (chunk) => {
        tape.bytes('received', chunk);
        events.received(chunk);
      },
      closed: (why) => {
        tape.event('closed', why);
        events.closed(why);
      },
    });
    return {
      write: (bytes) => {
        tape.bytes('sent', bytes);
        wire.write(bytes);
      },
      get backlogBytes() {
        return wire.backlogBytes;
      },
      reset: () => {
        tape.event('closed', 'ended by the client');
        wire.reset();
      },
    };
  };
}

/** What is recorded of one connection. */
class Tape {
  private readonly readers = { sent: new FrameReader(), received: new FrameReader() };
  private version: ProtocolVersion;
  private isOver = false;

  constructor(
    private readonly recorder: Recorder,
    private readonly side: 'a' | 'b',
    private readonly connection: number,
  ) {
    this.version = recorder.version;
  }

  event(event: CapturedEvent['event'], why?: string): void {
    // A connection that the peer ended is reset by the client as well.
    if (this.isOver) return;
    this.isOver = event === 'closed';
    const { connection, side } = this;
    const line = { at: this.recorder.now(), connection, side, event, ...(why === undefined ? {} : { why }) };
    this.recorder.record({ kind: 'event', event: line });
  }

  /** A stream that cannot be cut into frames ends here; the client says why when it ends the connection. */
  bytes(direction: CapturedFrame['direction'], chunk: Uint8Array): void {
    for (const { type, body } of this.readers[direction].push(chunk)) {
      const header = Buffer.alloc(HEADER_BYTES);
      header.writeUInt32BE(body.length, 0);
      header.writeUInt32BE(type, 4);
      const whole = Buffer.concat([header, body]);
      if (direction === 'sent' && type === messages.OPEN_REQ.number) this.version = versionOfOpenRequest(whole);
      const blanked = blankSecrets(whole, this.version);
      this.recorder.record({
        kind: 'frame',
        frame: {
          at: this.recorder.now(),
          connection: this.connection,
          side: this.side,
          direction,
          version: this.version,
          name: nameOfNumber(type),
          ...(blanked === undefined ? {} : { frame: blanked }),
        },
      });
    }
  }
}
