import { encodeMessage } from './encode';
import { FRAME_BYTES_MAX, HEADER_BYTES } from './field-types';
import { FrameReader } from './frame';

const heartbeat = (InvokeID: number) => encodeMessage({ name: 'HEARTBEAT_REQ', InvokeID }, 24);

/** A frame of a type that no table has. */
function frameOf(type: number, bodyBytes: number): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + bodyBytes, 0xaa);
  frame.writeUInt32BE(bodyBytes, 0);
  frame.writeUInt32BE(type, 4);
  return frame;
}

describe('a frame reader', () => {
  it('returns nothing before a frame is complete, and all that a chunk completes', () => {
    const reader = new FrameReader();
    const stream = Buffer.concat([heartbeat(1), heartbeat(2), heartbeat(3)]);
    expect(reader.push(stream.subarray(0, 11))).toEqual([]);
    expect(reader.push(stream.subarray(11, 30)).map(({ body }) => body[3])).toEqual([1, 2]);
    expect(reader.push(stream.subarray(30)).map(({ type, body }) => [type, body.length, body[3]])).toEqual([[5, 4, 3]]);
    expect(reader.push(new Uint8Array())).toEqual([]);
  });

  it('returns a frame without a body as soon as its header is there', () => {
    const reader = new FrameReader();
    expect(reader.push(encodeMessage({ name: 'STANDBY_ACTIVE_EVENT_MSG' }, 24))).toEqual([
      { type: 277, body: Buffer.alloc(0) },
    ]);
  });

  it('takes the largest frame, and no larger one', () => {
    const largest = frameOf(999, FRAME_BYTES_MAX - HEADER_BYTES);
    const reader = new FrameReader();
    expect(reader.push(largest)).toHaveLength(1);
    expect(reader.fault).toBeUndefined();
    expect(reader.push(frameOf(999, FRAME_BYTES_MAX - HEADER_BYTES + 1).subarray(0, HEADER_BYTES))).toEqual([]);
    expect(reader.fault).toEqual({
      code: 'frameTooLong',
      message: 'type 999',
      field: 'MessageLength',
      offset: 0,
      sentence:
        'type 999: MessageLength at offset 0: the frame is longer than allowed (MessageLength says 12493 bytes, 12492 are allowed).',
    });
  });

  it('takes the limit it is given', () => {
    const reader = new FrameReader(12);
    expect(reader.push(Buffer.concat([heartbeat(1), frameOf(5, 5)]))).toHaveLength(1);
    expect(reader.fault).toMatchObject({ message: 'HEARTBEAT_REQ', field: 'MessageLength' });
  });

  it('returns the frames before a fault and nothing after it', () => {
    const reader = new FrameReader();
    const stream = Buffer.concat([heartbeat(1), Buffer.from('ffffffff00000005', 'hex'), heartbeat(2)]);
    expect(reader.push(stream)).toHaveLength(1);
    expect(reader.push(heartbeat(3))).toEqual([]);
    expect(reader.fault?.code).toBe('frameTooLong');
  });

  it('keeps an unfinished frame when the chunk it came in is used again', () => {
    const reader = new FrameReader();
    const chunk = Buffer.from(heartbeat(7).subarray(0, 10));
    reader.push(chunk);
    chunk.fill(0xee);
    expect(reader.push(heartbeat(7).subarray(10))[0]?.body).toEqual(new Uint8Array([0, 0, 0, 7]));
  });
});
