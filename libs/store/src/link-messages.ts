import { z } from 'zod';
import {
  type ChangeOrder,
  type ChangeResult,
  type Dialog,
  type LinkService,
  type LookResult,
  type Standing,
} from './link-call';

/**
 * What goes over the channels of a link, as JSON. Both ends may be of different versions while a site is being updated:
 * a message that does not fit its shape is not heard, and the caller sees silence.
 */

/** Far above every limit of the protocol; a longer text is none of ours. */
const textMax = 1_000;
const text = z.string().max(textMax);
/** What is undefined in a program is null on the wire. */
const absent = <T extends z.ZodType>(shape: T) => shape.nullable().transform((value) => value ?? undefined);

/** Calls of one agent that are told, and parties of one call: GED-188 has 16 of each. */
const partsMax = 64;
/** Changes in one message. */
export const changesPerMessageMax = 100;

const finesseState = z.enum([
  'LOGOUT',
  'NOT_READY',
  'READY',
  'RESERVED',
  'RESERVED_OUTBOUND',
  'RESERVED_OUTBOUND_PREVIEW',
  'TALKING',
  'HOLD',
  'WORK',
  'WORK_READY',
  'UNKNOWN',
]);
const dialogState = z.enum(['INITIATING', 'ALERTING', 'ACTIVE', 'HELD', 'DROPPED']);

const dialog = z.object({
  id: text,
  state: dialogState,
  fromAddress: text,
  toAddress: text,
  startedAt: z.number(),
  participants: z.array(z.object({ mediaAddress: text, state: dialogState, stateChangedAt: z.number() })).max(partsMax),
}) satisfies z.ZodType<Dialog>;

const standing = z.object({
  agentId: text,
  state: finesseState,
  reasonCode: z.number(),
  extension: absent(text),
  pendingState: absent(finesseState),
  changedAt: z.number(),
  signedOut: z.boolean(),
  onCall: z.boolean(),
  dialogs: z.array(dialog).max(partsMax),
}) satisfies z.ZodType<Standing>;

const service = z.discriminatedUnion('inService', [
  z.object({ inService: z.literal(true) }),
  z.object({ inService: z.literal(false), why: text }),
]) satisfies z.ZodType<LinkService>;

const order = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('signIn'), extension: text, password: text.exactOptional() }),
  z.object({ kind: z.literal('setState'), state: z.enum(['READY', 'NOT_READY']), reasonCode: z.number() }),
  z.object({ kind: z.literal('signOut'), reasonCode: z.number() }),
]) satisfies z.ZodType<ChangeOrder>;

const known = z.object({ kind: z.literal('known'), standing });
const done = z.object({ kind: z.literal('done'), standing });
const unavailable = z.object({ kind: z.literal('unavailable'), why: text });

const lookResult = z.discriminatedUnion('kind', [
  known,
  z.object({ kind: z.literal('unknownAgent') }),
  unavailable,
]) satisfies z.ZodType<LookResult>;

const changeResult = z.discriminatedUnion('kind', [
  done,
  z.object({ kind: z.literal('rejected'), code: text, peripheralErrorCode: z.number(), sentence: text }),
  z.object({ kind: z.literal('inDoubt'), why: text }),
  unavailable,
]) satisfies z.ZodType<ChangeResult>;

/** A call: who asks, on which channel the answer is heard, about whom, and what. */
const ask = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('look') }),
  /** `expiresAt`: by the clock of the bus; what was not written by then is not written any more. */
  z.object({ kind: z.literal('change'), order, expiresAt: z.number() }),
]);
export interface Call {
  readonly id: string;
  readonly answers: string;
  readonly agentId: string;
  readonly ask:
    { readonly kind: 'look' } | { readonly kind: 'change'; readonly order: ChangeOrder; readonly expiresAt: number };
}
export const callShape: z.ZodType<Call> = z.object({ id: text, answers: text, agentId: text, ask });

export type CallAnswer =
  | { readonly id: string; readonly kind: 'look'; readonly result: LookResult }
  | { readonly id: string; readonly kind: 'change'; readonly result: ChangeResult };
export const answerShape: z.ZodType<CallAnswer> = z.discriminatedUnion('kind', [
  z.object({ id: text, kind: z.literal('look'), result: lookResult }),
  z.object({ id: text, kind: z.literal('change'), result: changeResult }),
]);

/**
 * News of the link by the worker that holds it. `life` is new whenever changes may have been missed at the source;
 * `changes` counts those told in this life, so that who listens sees that one was lost on the way.
 */
export type News = { readonly life: string; readonly changes: number } & (
  | { readonly kind: 'alive'; readonly service: LinkService; readonly requestTimeoutMs: number }
  | { readonly kind: 'changed'; readonly changed: readonly Change[] }
);
/** One agent's change. `before` is undefined where nothing was known. */
export interface Change {
  readonly before: Standing | undefined;
  readonly after: Standing;
}
const source = { life: text, changes: z.number() };
export const newsShape: z.ZodType<News> = z.discriminatedUnion('kind', [
  z.object({ ...source, kind: z.literal('alive'), service, requestTimeoutMs: z.number() }),
  z.object({
    ...source,
    kind: z.literal('changed'),
    changed: z.array(z.object({ before: absent(standing), after: standing })).max(changesPerMessageMax),
  }),
]);

export const encodeMessage = (message: Call | CallAnswer | News): string =>
  JSON.stringify(message, (_, value: unknown) => (value === undefined ? null : value));

/** Undefined for a message that is none of ours; anybody with access to Redis can publish one. */
export function decodeMessage<T>(shape: z.ZodType<T>, json: string): T | undefined {
  try {
    return shape.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}
