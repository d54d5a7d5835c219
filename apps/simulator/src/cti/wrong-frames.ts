/** Frames that are wrong on purpose, for clients to prove themselves on. */

function header(messageLength: number, messageType: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(messageLength, 0);
  bytes.writeUInt32BE(messageType, 4);
  return bytes;
}

const agentStateEventType = 30;
/** Longer than the fixed part of every version; 0xff everywhere is also a tag whose length is beyond the end. */
const garbageBytes = 80;
const unknownType = 9999;
const longestLength = 0x7fff_ffff;

export const garbageFrame: Buffer = Buffer.concat([
  header(garbageBytes, agentStateEventType),
  Buffer.alloc(garbageBytes, 0xff),
]);

export const impossibleFrame: Buffer = header(longestLength, agentStateEventType);

export const unknownFrame: Buffer = Buffer.concat([header(4, unknownType), Buffer.alloc(4)]);

/** The first half of a frame; the other half never comes. */
export const cutFrame: Buffer = garbageFrame.subarray(0, garbageFrame.length / 2);
