import { type ParserClass } from '@xmpp/client';

/**
 * How much of one stanza is kept. Whoever has an account can put long texts into a presence; what we need of it stands in
 * its first tag. More than this is read over, so that nobody can end our stream with a long status.
 */
export const stanzaCharsKeptMax = 65_536;

/** Elements inside elements; deeper ones are read over. */
export const stanzaDepthMax = 64;

/** A stanza longer than this ends the stream. XMPP servers have limits of their own far below (Prosody: 256 KiB). */
export const stanzaCharsMax = 4_194_304;

/**
 * The library's parser looks through the rest of what it is given once for every character of a text or a value, and copies
 * what is unfinished each time it is given more: 64 KiB at once took it 0.1 s. So it is given little at a time, and no more
 * than this of one text or value; the rest of that is dropped before it.
 */
const runCharsMax = 32_768;
const sliceCharsMax = 2_048;

export class StanzaTooLong extends Error {
  readonly code = 'XMPP_STANZA_TOO_LONG';

  constructor() {
    super(`a stanza is longer than ${String(stanzaCharsMax)} characters`);
    this.name = 'StanzaTooLong';
  }
}

/**
 * The library's parser with limits; it has none of its own. Markup declarations, and with them entities, are not known to
 * it: a reference to anything but the five of XML is a fault.
 */
export function boundedParser(Parser: ParserClass): ParserClass {
  return class extends Parser {
    /** Characters since the last whole stanza, those of the chunk in hand included. */
    private unfinished = 0;
    private chunk = 0;
    /** Of the stanza being read: what was kept of it, and how deep we are in it. */
    private kept = 0;
    private depth = 0;
    /** Depth within a part that is read over. */
    private skipped = 0;
    private readonly runs = new LongRuns();

    /** @throws StanzaTooLong, and whatever is wrong with the XML. */
    override write(text: string): void {
      this.chunk = text.length;
      this.unfinished += text.length;
      if (this.unfinished > stanzaCharsMax + this.chunk) throw new StanzaTooLong();
      const shortened = this.runs.shorten(text);
      for (let from = 0; from < shortened.length; from += sliceCharsMax) {
        super.write(shortened.slice(from, from + sliceCharsMax));
      }
    }

    override onStartElement(name: string, attrs: Record<string, string>): void {
      const isInside = this.depth > 0;
      if (this.skipped > 0 || (isInside && (this.kept > stanzaCharsKeptMax || this.depth >= stanzaDepthMax))) {
        this.skipped += 1;
        return;
      }
      super.onStartElement(name, attrs);
      // The stream's own tag is no stanza; in a WebSocket there is none around them.
      if (this.cursor === this.root && this.cursor !== null) return;
      this.depth += 1;
      this.kept += name.length;
      for (const [key, value] of Object.entries(attrs)) this.kept += key.length + value.length;
    }

    override onEndElement(name: string): void {
      if (this.skipped > 0) {
        this.skipped -= 1;
        return;
      }
      this.depth = Math.max(0, this.depth - 1);
      if (this.depth === 0) {
        this.kept = 0;
        this.unfinished = this.chunk;
      }
      super.onEndElement(name);
    }

    override onText(text: string): void {
      if (this.skipped > 0 || this.kept + text.length > stanzaCharsKeptMax) return;
      this.kept += text.length;
      super.onText(text);
    }
  };
}

/** What ends a run: in text a tag; in a tag its end or a value; in a value its quote. */
const delimiters = { text: /</g, tag: /[>"']/g, '"': /"/g, "'": /'/g };

/** Cuts texts and values short, over as many pieces as they come in. */
class LongRuns {
  private place: keyof typeof delimiters = 'text';
  private length = 0;

  shorten(text: string): string {
    let kept = '';
    for (let from = 0; from < text.length;) {
      const delimiter = delimiters[this.place];
      delimiter.lastIndex = from;
      const found = delimiter.exec(text);
      const end = found?.index ?? text.length;
      kept += text.slice(from, from + Math.min(end - from, Math.max(0, runCharsMax - this.length)));
      this.length += end - from;
      if (found === null) break;
      kept += found[0];
      this.turn(found[0]);
      from = end + 1;
    }
    return kept;
  }

  private turn(delimiter: string): void {
    this.length = 0;
    if (this.place !== 'tag') this.place = 'tag';
    else if (delimiter === '>') this.place = 'text';
    else this.place = delimiter === '"' ? '"' : "'";
  }
}
