/** Of a Redis Cluster. */
const slotCount = 16_384;

/** CRC-16/XMODEM, by which Redis Cluster shares out keys. */
const polynomial = 0x1021;
const highBit = 0x8000;
const bits16 = 0xffff;
const bitsPerByte = 8;

/**
 * The slot of every key whose hash tag (what stands between braces) is this text.
 *
 * Source: Redis Cluster specification, "Key distribution model" and appendix A.
 */
export function slotOf(hashTag: string): number {
  let crc = 0;
  for (const byte of new TextEncoder().encode(hashTag)) {
    crc ^= byte << bitsPerByte;
    for (let bit = 0; bit < bitsPerByte; bit++) {
      crc = ((crc << 1) ^ ((crc & highBit) === 0 ? 0 : polynomial)) & bits16;
    }
  }
  return crc % slotCount;
}
