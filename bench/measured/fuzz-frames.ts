import { type ProtocolVersion, tagBytesOf } from '#cti-protocol/field-types';
import { layoutsOfName, type Layout } from '#cti-protocol/layout';
import { messages, type MessageName } from '#cti-protocol/messages';
import { SeededRandom } from '../kit';

/** Larger than any body made here; what lies around a body in it is poison. */
const arenaBytes = 8192;
const bodyAt = 1024;
const bodyBytesMax = 4096;
const poisonedBytes = 64;
const versionMin = 13;
const versions = 13;

export interface FuzzFrame {
  readonly version: ProtocolVersion;
  readonly type: number;
  /** A view into memory that the next frame overwrites. */
  readonly body: Uint8Array;
}

const names = Object.keys(messages) as MessageName[];

/** Makes frames that are nearly right, of all messages in all versions; the same seed makes the same frames. */
export class FuzzFrames {
  private readonly random: SeededRandom;
  private readonly arena = new Uint8Array(arenaBytes);

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
  }

  next(): FuzzFrame {
    const { random } = this;
    const version = (versionMin + random.below(versions)) as ProtocolVersion;
    const name = names[random.below(names.length)]!;
    const layouts = layoutsOfName(name)!.byVersion[version - versionMin]!;
    const layout = layouts[random.below(10) === 0 ? random.below(layouts.length) : 0]!;
    const length = this.putBody(layout, tagBytesOf(version));
    const type = random.below(500) === 0 ? random.below(0x1_0000) : layout.number;
    return { version, type, body: this.arena.subarray(bodyAt, bodyAt + length) };
  }

  /** Other bytes around that body: a decoder that reads beyond it decodes something else. */
  poison({ body }: FuzzFrame): void {
    const byte = this.random.byte();
    this.arena.fill(byte, bodyAt - poisonedBytes, bodyAt);
    this.arena.fill(byte, bodyAt + body.length, bodyAt + body.length + poisonedBytes);
  }

  /** Puts a body for this layout into the arena and returns its length: right, but for what chance does to it. */
  private putBody(layout: Layout, tagBytes: 1 | 2): number {
    const { random, arena } = this;
    let length = layout.fixedBytes;
    for (let index = 0; index < length; index++) {
      arena[bodyAt + index] = random.below(4) === 0 ? random.byte() : 0;
    }
    const fields = layout.places.length === 0 ? random.below(2) : random.below(random.below(8) === 0 ? 60 : 8);
    for (let field = 0; field < fields && length < bodyBytesMax - 600; field++) {
      const place = layout.places[random.below(layout.places.length + 1)];
      const isWrong = random.below(200) === 0;
      const dataBytes = isWrong || place === undefined || place.exactBytes === 0 ? random.below(40) : place.exactBytes;
      const repeat = random.below(20) === 0 ? 2 : 1;
      length = this.putNumber(length, place?.tag ?? random.below(0x400), tagBytes);
      length = this.putNumber(length, dataBytes * repeat, tagBytes);
      for (let index = 0; index < dataBytes * repeat; index++) {
        arena[bodyAt + length++] = random.below(6) === 0 ? 0 : random.byte();
      }
    }
    return this.mutate(length);
  }

  private putNumber(at: number, value: number, bytes: 1 | 2): number {
    if (bytes === 2) this.arena[bodyAt + at++] = value >>> 8;
    this.arena[bodyAt + at++] = value;
    return at;
  }

  private mutate(length: number): number {
    const { random, arena } = this;
    switch (random.below(6)) {
      case 0:
        for (let changes = 1 + random.below(4); changes > 0; changes--) {
          arena[bodyAt + random.below(length + 1)] = random.byte();
        }
        return length;
      case 1:
        return random.below(length + 1);
      case 2: {
        const at = random.below(length + 1);
        arena.copyWithin(bodyAt + at + 1, bodyAt + at, bodyAt + length);
        return length + 1;
      }
      default:
        return length;
    }
  }
}
