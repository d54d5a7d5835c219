import {
  type FixedField,
  type FloatingField,
  type FloatingPart,
  type MessageRow,
  type NamedValues,
  type ProtocolVersion,
} from './field-types';
import { messages, type Message, type MessageName } from './messages';

/**
 * A sample of every message: all fields there, two elements in every list, and its frame.
 *
 * The frame is put together here, in hexadecimal and in the plainest way there is, so that encoder and decoder are not
 * checked against each other alone.
 */
export interface Sample {
  readonly message: Message;
  readonly frame: Buffer;
}

const hexDigits = { UCHAR: 2, USHORT: 4, BOOL: 4, INT: 8, UINT: 8, TIME: 8 } as const;

type Value = string | number | boolean | Uint8Array;

/** Counts upwards, so that two fields of a sample never have the same value by chance. */
class SampleWriter {
  #count = 0;

  constructor(private readonly version: ProtocolVersion) {}

  /** Fixed fields of the version, in hexadecimal; the others as undefined. */
  fixed(fields: Readonly<Record<string, FixedField>>, into: Record<string, unknown>): string {
    return Object.entries(fields)
      .map(([name, { type, since }]) => {
        into[name] = since <= this.version ? this.#value({ type, bytesMax: 4 }) : undefined;
        return since <= this.version ? this.#hex(type, into[name] as Value) : '';
      })
      .join('');
  }

  floating(parts: Readonly<Record<string, FloatingPart>>, into: Record<string, unknown>): string {
    return Object.entries(parts)
      .map(([name, part]): string => {
        switch (part.kind) {
          case 'field':
            return this.#field(name, part, into);
          case 'named':
            return this.#named(name, part, into);
          case 'group': {
            const canBeSent = Object.values(part.members).some((member) => this.#fits(member));
            const elements: Record<string, unknown>[] = canBeSent ? [{}, {}] : [];
            into[name] = elements;
            return elements.map((element) => this.floating(part.members, element)).join('');
          }
        }
      })
      .join('');
  }

  #fits(part: FloatingPart): boolean {
    return part.kind !== 'group' && (part.tag <= 255 || this.version >= 20);
  }

  #field(name: string, field: FloatingField, into: Record<string, unknown>): string {
    into[name] = this.#fits(field) ? this.#value(field) : undefined;
    return this.#fits(field) ? this.#tagged(field.tag, this.#hex(field.type, into[name] as Value)) : '';
  }

  #named(name: string, { tag, type }: NamedValues, into: Record<string, unknown>): string {
    const elements = [1, 2].map((index) => {
      const named = { Name: `user.${++this.#count}`, Value: `value ${index}` };
      return type === 'NAMEDVAR' ? named : { Index: index, ...named };
    });
    into[name] = elements;
    return elements
      .map((element) => {
        const index = 'Index' in element ? this.#hex('UCHAR', element.Index) : '';
        return this.#tagged(tag, index + this.#hex('STRING', element.Name) + this.#hex('STRING', element.Value));
      })
      .join('');
  }

  #value({ type, bytesMax }: { type: FixedField['type'] | FloatingField['type']; bytesMax: number }): Value {
    this.#count++;
    switch (type) {
      case 'STRING':
        return `text ${this.#count} of many`.slice(0, bytesMax - 1);
      case 'UNSPEC':
        return Uint8Array.from([0, 255, this.#count]);
      case 'BOOL':
        return this.#count % 2 === 0;
      case 'INT':
        return -this.#count;
      case 'UINT':
      case 'TIME':
        return 0xffff_ff00 - this.#count;
      case 'USHORT':
        return 0xff00 - this.#count;
      case 'UCHAR':
        return this.#count % 256;
    }
  }

  #tagged(tag: number, dataHex: string): string {
    const digits = this.version >= 20 ? 4 : 2;
    const length = dataHex.length / 2;
    return tag.toString(16).padStart(digits, '0') + length.toString(16).padStart(digits, '0') + dataHex;
  }

  #hex(type: FloatingField['type'], value: Value): string {
    if (type === 'STRING') {
      return Buffer.from(`${String(value)}\0`, 'latin1').toString('hex');
    }
    if (type === 'UNSPEC') {
      return Buffer.from(value as Uint8Array).toString('hex');
    }
    const digits = hexDigits[type];
    const number = Number(value);
    return (number < 0 ? 2 ** 32 + number : number).toString(16).padStart(digits, '0');
  }
}

export const messageNames = Object.keys(messages) as MessageName[];

export function sampleOf(name: MessageName, version: ProtocolVersion): Sample {
  const row: MessageRow = messages[name];
  const writer = new SampleWriter(version);
  const message: Record<string, unknown> = { name };
  const body = writer.fixed(row.fixed, message) + writer.floating(row.floating, message);
  for (const field of Object.keys(row.alsoRead ?? {})) {
    message[field] ??= undefined;
  }
  const header = (body.length / 2).toString(16).padStart(8, '0') + row.number.toString(16).padStart(8, '0');
  return { message: message as unknown as Message, frame: Buffer.from(header + body, 'hex') };
}

/** Bytes between the header and the first floating field. */
export function encodedBytesOfFixed(name: MessageName, version: ProtocolVersion): number {
  const row: MessageRow = messages[name];
  return new SampleWriter(version).fixed(row.fixed, {}).length / 2;
}
