/** Longer lines are not kept: the longest message as JSON has some 100 000 bytes. */
export const LINE_BYTES_MAX = 262_144;

export type Line = { readonly kind: 'line'; readonly text: string } | { readonly kind: 'tooLong' };

const NEW_LINE = 0x0a;

/** Cuts a byte stream into lines, however it comes in chunks, and never holds more than one of them. */
export class LineCutter {
  private readonly held: Buffer[] = [];
  private heldBytes = 0;
  private tooLong = false;

  constructor(private readonly lineBytesMax: number = LINE_BYTES_MAX) {}

  push(chunk: Buffer): Line[] {
    const lines: Line[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEW_LINE); end !== -1; end = chunk.indexOf(NEW_LINE, from)) {
      this.hold(chunk.subarray(from, end));
      lines.push(this.take());
      from = end + 1;
    }
    if (from < chunk.length) this.hold(chunk.subarray(from));
    return lines;
  }

  /** The last line, where the stream does not end with a line break. */
  end(): Line[] {
    return this.heldBytes > 0 || this.tooLong ? [this.take()] : [];
  }

  private hold(part: Buffer): void {
    if (this.heldBytes + part.length > this.lineBytesMax) {
      this.tooLong = true;
      this.drop();
    } else if (!this.tooLong && part.length > 0) {
      this.held.push(part);
      this.heldBytes += part.length;
    }
  }

  private take(): Line {
    const line: Line = this.tooLong
      ? { kind: 'tooLong' }
      : { kind: 'line', text: Buffer.concat(this.held).toString('utf8').replace(/\r$/, '') };
    this.drop();
    this.tooLong = false;
    return line;
  }

  private drop(): void {
    this.held.length = 0;
    this.heldBytes = 0;
  }
}
