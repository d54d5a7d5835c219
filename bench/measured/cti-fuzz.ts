import { isDeepStrictEqual } from 'node:util';
import { decodeMessage, type Decoded } from '#cti-protocol/decode';
import { encodeMessage } from '#cti-protocol/encode';
import { FrameReader } from '#cti-protocol/frame';
import { ProtocolRangeError } from '#cti-protocol/protocol-fault';
import { defineBench, type Result } from '../bench';
import { count, countText, measured } from '../report/figure';
import { type FuzzFrame, FuzzFrames } from './fuzz-frames';

interface Size {
  readonly frames: number;
}

const seed = 98_289_871;
const batch = 1_000;
/** One frame in this many is read again amid other poison, and written and read again. */
const secondLookEvery = 16;

export const bench = defineBench<Size>({
  name: 'cti-fuzz',
  measures:
    'Whether the decoder answers every frame that is nearly right: no exception, no read outside of the frame, and what it reads can be written and read again.',
  wholeMinutes: 0.8,
  sizes: { small: { frames: 100_000 }, whole: { frames: 10_000_000 } },
  run: ({ frames }) => Promise.resolve(fuzz(frames)),
});

function fuzz(frames: number): Result {
  const made = new FuzzFrames(seed);
  const counts = { message: 0, malformed: 0, unknown: 0, rewritten: 0, refused: 0 };
  const faults: string[] = [];
  let slowestBatchMs = 0;
  const startedAt = performance.now();
  for (let done = 0; done < frames && faults.length === 0;) {
    const batchAt = performance.now();
    for (const end = Math.min(done + batch, frames); done < end; done++) {
      const frame = made.next();
      try {
        const decoded = decodeMessage(frame.type, frame.body, frame.version);
        counts[decoded.kind]++;
        if (done % secondLookEvery !== 0) continue;
        made.poison(frame);
        const outcome = lookAgain(frame, decoded);
        if (outcome !== 'read') counts[outcome]++;
      } catch (error) {
        faults.push(faultOf(done, frame, error));
        break;
      }
    }
    slowestBatchMs = Math.max(slowestBatchMs, performance.now() - batchAt);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  return {
    rounds: 1,
    setup: `seed ${String(seed)}; one frame in ${String(secondLookEvery)} is read again amid other bytes, then written and read again`,
    tables: [
      {
        caption: '',
        columns: ['frames', ''],
        rows: [
          ['made', count(frames)],
          ['decoded', count(counts.message)],
          ['refused as malformed', count(counts.malformed)],
          ['of an unknown type', count(counts.unknown)],
          ['written and read again', count(counts.rewritten)],
          ['not to be written: a peer may send more than we may', count(counts.refused)],
          ['per second, the making of the frames included', measured(frames / seconds)],
          [`the slowest ${countText(batch)}`, measured(slowestBatchMs, 'ms')],
        ],
      },
    ],
    notes: [],
    faults,
  };
}

function faultOf(number: number, { version, type, body }: FuzzFrame, error: unknown): string {
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `frame ${String(number)}: version ${String(version)}, type ${String(type)}, body ${Buffer.from(body).toString('hex')}: ${what}`;
}

/** Reads the body again where other bytes lie around it, and writes what it has read. Throws when that is not the same. */
function lookAgain({ type, body, version }: FuzzFrame, decoded: Decoded): 'read' | 'rewritten' | 'refused' {
  if (!isDeepStrictEqual(decodeMessage(type, body, version), decoded))
    throw new Error('the decoder read bytes outside of the body');
  if (decoded.kind !== 'message') return 'read';
  let frame: Buffer;
  try {
    frame = encodeMessage(decoded.message, version);
  } catch (error) {
    // A peer may send more than we may: a longer text, more elements.
    if (error instanceof ProtocolRangeError) return 'refused';
    throw error;
  }
  const [again] = new FrameReader().push(frame);
  const read = again === undefined ? undefined : decodeMessage(again.type, again.body, version);
  if (read?.kind !== 'message' || !encodeMessage(read.message, version).equals(frame))
    throw new Error('a written message was not read as it was written');
  return 'rewritten';
}
