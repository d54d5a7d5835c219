import { agentMessages } from './agent-messages';
import { callMessages } from './call-messages';
import { configMessages } from './config-messages';
import {
  isProtocolVersion,
  type FieldGroup,
  type FixedField,
  type FloatingField,
  type NamedArrayElement,
  type NamedValues,
  type NamedVariable,
  type ProtocolVersion,
  type ValueOfType,
} from './field-types';
import { queryMessages } from './query-messages';
import { sessionMessages } from './session-messages';

/**
 * The message table of GED-188: number, fixed fields in wire order with type and first version, floating fields with
 * tag, type, limit and group. Encoder, decoder, types and document are all made from it. Printed in docs/cti-messages.md.
 */
export const messages = {
  ...sessionMessages,
  ...agentMessages,
  ...callMessages,
  ...queryMessages,
  ...configMessages,
};

export type MessageName = keyof typeof messages;

type RowOf<N extends MessageName> = (typeof messages)[N];
type FixedOf<N extends MessageName> = RowOf<N>['fixed'];
type FloatingOf<N extends MessageName> = RowOf<N>['floating'];
type AlsoReadOf<N extends MessageName> = RowOf<N> extends { alsoRead: infer A } ? Omit<A, keyof FixedOf<N>> : unknown;

type FixedValue<F> =
  F extends FixedField<infer T, infer S> ? (S extends 0 ? ValueOfType<T> : ValueOfType<T> | undefined) : never;

type FloatingValue<F> =
  F extends FloatingField<infer T>
    ? ValueOfType<T> | undefined
    : F extends FieldGroup<infer M>
      ? { -readonly [K in keyof M]: FloatingValue<M[K]> }[]
      : F extends NamedValues<infer T>
        ? (T extends 'NAMEDVAR' ? NamedVariable : NamedArrayElement)[]
        : never;

/**
 * A message as decoded. Every key of the row is there: a floating field the frame did not have, and a fixed field the
 * version does not have, is `undefined`; a group without elements is `[]`.
 */
export type MessageOf<N extends MessageName> = { name: N } & {
  -readonly [K in keyof FixedOf<N>]: FixedValue<FixedOf<N>[K]>;
} & { -readonly [K in keyof FloatingOf<N>]: FloatingValue<FloatingOf<N>[K]> } & {
  -readonly [K in keyof AlsoReadOf<N>]: number | undefined;
};

export type Message = { [N in MessageName]: MessageOf<N> }[MessageName];

type CountsOf<F> = { [K in keyof F]: F[K] extends { countedBy: infer C } ? C : never }[keyof F];

/** Fixed fields that may be left out: those of later versions (0 is sent) and counts (the list's length is sent). */
type OptionalFixed<N extends MessageName> =
  | CountsOf<FloatingOf<N>>
  | { [K in keyof FixedOf<N>]: FixedOf<N>[K] extends { since: 0 } ? never : K }[keyof FixedOf<N>];

type DraftValue<F> =
  F extends FloatingField<infer T>
    ? ValueOfType<T> | undefined
    : F extends FieldGroup<infer M>
      ? readonly { readonly [K in keyof M]?: DraftValue<M[K]> }[] | undefined
      : F extends NamedValues<infer T>
        ? readonly (T extends 'NAMEDVAR' ? NamedVariable : NamedArrayElement)[] | undefined
        : never;

/** A message to encode. A decoded message is one. */
export type DraftOf<N extends MessageName> = { readonly name: N } & {
  readonly [K in keyof FixedOf<N> as K extends OptionalFixed<N> ? never : K]: FixedValue<FixedOf<N>[K]>;
} & {
  readonly [K in keyof FixedOf<N> as K extends OptionalFixed<N> ? K : never]?: FixedValue<FixedOf<N>[K]> | undefined;
} & { readonly [K in keyof FloatingOf<N>]?: DraftValue<FloatingOf<N>[K]> };

export type Draft = { [N in MessageName]: DraftOf<N> }[MessageName];

export { isProtocolVersion, type ProtocolVersion };
