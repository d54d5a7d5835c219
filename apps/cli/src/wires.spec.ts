import { encodeMessage } from '#cti-protocol/encode';
import { messages, type MessageName } from '#cti-protocol/messages';
import { type OpenWire, type WireEvents } from '#cti-client/wire';
import { askingMessages, askingWires } from './asking-wires';
import { type CaptureLine } from './capture-line';
import { recordedWires, type Recorder } from './recorded-wires';

/** A connection in memory. */
class FakeWire {
  readonly written: string[] = [];
  events: WireEvents | undefined;
  resets = 0;
  readonly open: OpenWire = (_, events) => {
    this.events = events;
    return {
      write: (bytes) => this.written.push(Buffer.from(bytes).toString('hex')),
      backlogBytes: 7,
      reset: () => (this.resets += 1),
    };
  };
}

const endpoints = { a: { host: 'a', port: 1 }, b: { host: 'a', port: 1 } };
const heard: WireEvents = { connected: () => undefined, received: () => undefined, closed: () => undefined };

function headerOf(name: MessageName): Buffer {
  const frame = Buffer.alloc(12);
  frame.writeUInt32BE(4, 0);
  frame.writeUInt32BE(messages[name].number, 4);
  return frame;
}

describe('the connections of an observer', () => {
  it('let questions through, and nothing that changes anything', () => {
    for (const name of Object.keys(messages) as MessageName[]) {
      const fake = new FakeWire();
      const wire = askingWires(fake.open)(endpoints.a, heard);
      const write = () => {
        wire.write(headerOf(name));
      };
      if (askingMessages.includes(name)) write();
      else expect(write).toThrow('must not leave an observer');
      expect(fake.written).toHaveLength(askingMessages.includes(name) ? 1 : 0);
    }
    expect(askingMessages).not.toContain('SET_AGENT_STATE_REQ');
  });

  it('are otherwise those beneath', () => {
    const fake = new FakeWire();
    const wire = askingWires(fake.open)(endpoints.a, heard);
    expect(wire.backlogBytes).toBe(7);
    wire.reset();
    expect(fake.resets).toBe(1);
    expect(fake.events).toBe(heard);
  });
});

describe('recorded connections', () => {
  const heartbeat = '000000040000000500000002';
  const openRequest = encodeMessage(
    {
      name: 'OPEN_REQ',
      InvokeID: 1,
      VersionNumber: 15,
      IdleTimeout: 20,
      PeripheralID: 0xffffffff,
      ServicesRequested: 0x14,
      CallMsgMask: 0,
      AgentStateMask: 0,
      ConfigMsgMask: 0,
      Reserved1: 0,
      Reserved2: 0,
      Reserved3: 0,
      ClientID: 'x',
      ClientPassword: Buffer.from('sesame\0'),
    },
    15,
  );

  function record() {
    const lines: CaptureLine[] = [];
    const recorder: Recorder = {
      endpoints,
      version: 24,
      now: () => '2026-01-01T00:00:00.000Z',
      record: (line) => lines.push(line),
    };
    const fake = new FakeWire();
    return { lines, fake, openWire: recordedWires(fake.open, recorder) };
  }

  it('are recorded both ways, frame by frame, however the bytes came, and are not changed', () => {
    const { lines, fake, openWire } = record();
    const received: string[] = [];
    const wire = openWire(endpoints.b, {
      ...heard,
      received: (chunk) => received.push(Buffer.from(chunk).toString('hex')),
    });
    fake.events?.connected();
    wire.write(Buffer.from(heartbeat, 'hex'));
    fake.events?.received(Buffer.from(heartbeat.slice(0, 10), 'hex'));
    fake.events?.received(Buffer.from(heartbeat.slice(10) + heartbeat, 'hex'));
    fake.events?.closed('gone');
    wire.reset();
    expect(fake.written).toEqual([heartbeat]);
    expect(received.join('')).toBe(heartbeat + heartbeat);
    expect(
      lines.map((line) => (line.kind === 'frame' ? line.frame.direction : line.kind === 'event' && line.event.event)),
    ).toEqual(['connecting', 'connected', 'sent', 'received', 'received', 'closed']);
    expect(lines[2]).toMatchObject({ frame: { connection: 1, side: 'b', version: 24, name: 'HEARTBEAT_REQ' } });
  });

  it('hold no password, and the version that was asked for', () => {
    const { lines, fake, openWire } = record();
    const wire = openWire(endpoints.a, heard);
    wire.write(openRequest);
    fake.events?.received(Buffer.from(heartbeat, 'hex'));
    const frames = lines.flatMap((line) => (line.kind === 'frame' ? [line.frame] : []));
    expect(frames.map(({ version, side }) => [version, side])).toEqual([
      [15, 'a'],
      [15, 'a'],
    ]);
    expect(Buffer.from(frames[0]?.frame ?? []).includes('sesame')).toBe(false);
    expect(fake.written[0]).toBe(openRequest.toString('hex'));
  });

  it('withhold a frame that may hold a password and cannot be read', () => {
    const { lines, openWire } = record();
    const cut = Buffer.from(openRequest);
    cut.writeUInt8(200, cut.length - 8);
    openWire(endpoints.a, heard).write(cut);
    const [frame] = lines.flatMap((line) => (line.kind === 'frame' ? [line.frame] : []));
    expect(frame).toMatchObject({ name: 'OPEN_REQ' });
    expect(frame?.frame).toBeUndefined();
  });
});
