import fc from 'fast-check';
import {
  type FixedType,
  type FloatingPart,
  type FloatingType,
  type MessageRow,
  type ProtocolVersion,
} from './field-types';
import { messages, type Message, type MessageName } from './messages';

/** Any message of the table that can be sent in a version, made from the rows. */

const numbers = {
  UCHAR: fc.integer({ min: 0, max: 0xff }),
  USHORT: fc.integer({ min: 0, max: 0xffff }),
  INT: fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
  UINT: fc.integer({ min: 0, max: 0xffff_ffff }),
  TIME: fc.integer({ min: 0, max: 0xffff_ffff }),
  BOOL: fc.boolean(),
} satisfies Record<FixedType, fc.Arbitrary<number | boolean>>;

/** Any byte but NUL. */
const character = fc.integer({ min: 1, max: 0xff }).map((code) => String.fromCharCode(code));
const text = (bytesMax: number) => fc.string({ unit: character, maxLength: bytesMax - 1 });

function valueOf(type: FloatingType, bytesMax: number): fc.Arbitrary<unknown> {
  switch (type) {
    case 'STRING':
      return text(bytesMax);
    case 'UNSPEC':
      return fc.uint8Array({ maxLength: bytesMax });
    default:
      return numbers[type];
  }
}

/** With the prototype of any object, as the decoder makes them. */
function plainRecord(fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<object> {
  return fc.record(fields, { noNullPrototype: true });
}

type Parts = Readonly<Record<string, FloatingPart>>;

/** Fields that may be absent; the first of a list's element may not. */
function floatingOf(parts: Parts, version: ProtocolVersion, firstIsThere: boolean): fc.Arbitrary<object> {
  const arbitraries = Object.entries(parts).map(([name, part], index): [string, fc.Arbitrary<unknown>] => {
    switch (part.kind) {
      case 'field': {
        const value = part.tag > 255 && version < 20 ? fc.constant(undefined) : valueOf(part.type, part.bytesMax);
        return [name, firstIsThere && index === 0 ? value : fc.option(value, { nil: undefined, freq: 2 })];
      }
      case 'named': {
        const both = { Name: text(33), Value: text(200) };
        const element = part.type === 'NAMEDVAR' ? plainRecord(both) : plainRecord({ Index: numbers.UCHAR, ...both });
        return [name, fc.array(element, { maxLength: 2 })];
      }
      case 'group': {
        const tooWide = Object.values(part.members).every((member) => member.kind === 'field' && member.tag > 255);
        const maxLength = tooWide && version < 20 ? 0 : 3;
        return [name, fc.array(floatingOf(part.members, version, true), { maxLength })];
      }
    }
  });
  return plainRecord(Object.fromEntries(arbitraries));
}

export function messageArbitrary(name: MessageName, version: ProtocolVersion): fc.Arbitrary<Message> {
  const row: MessageRow = messages[name];
  const fixed = Object.entries(row.fixed).map(([field, { type, since }]): [string, fc.Arbitrary<unknown>] => [
    field,
    since <= version ? numbers[type] : fc.constant(undefined),
  ]);
  const alsoRead = Object.keys(row.alsoRead ?? {}).filter((field) => !(field in row.fixed));
  return fc
    .tuple(plainRecord(Object.fromEntries(fixed)), floatingOf(row.floating, version, false))
    .map(([fixedFields, floating]) => {
      const absent = Object.fromEntries(alsoRead.map((field) => [field, undefined]));
      return { name, ...fixedFields, ...absent, ...floating } as unknown as Message;
    });
}

export const versions: readonly ProtocolVersion[] = [13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25];

export const versionArbitrary = fc.constantFrom(...versions);

export interface Sent {
  readonly message: Message;
  readonly version: ProtocolVersion;
}

/** Any message in any version. */
export function sentArbitrary(names: readonly MessageName[]): fc.Arbitrary<Sent> {
  return fc
    .tuple(fc.constantFrom(...names), versionArbitrary)
    .chain(([name, version]) => messageArbitrary(name, version).map((message) => ({ message, version })));
}
