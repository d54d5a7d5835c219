import { isProtocolVersion, type ProtocolVersion } from '#cti-protocol/messages';
import { bytesOfHex, hexOf } from '#cti-protocol/wire-json';
import { z } from 'zod';

/** A capture is a text file: a first line about the whole, then one JSON line per frame and per event of a connection. */

const side = z.enum(['a', 'b']);
const at = z.iso.datetime();

const header = z.object({
  at,
  capture: z.literal(1),
  a: z.string(),
  b: z.string(),
  peripheralId: z.number(),
});

const connectionEvent = z.object({
  at,
  connection: z.int().min(1),
  side,
  event: z.enum(['connecting', 'connected', 'closed']),
  why: z.string().optional(),
});

const hex = z.string().transform((text, context): Uint8Array => {
  const bytes = bytesOfHex(text);
  if (bytes !== undefined) return bytes;
  context.addIssue({ code: 'custom', message: 'is not hexadecimal' });
  return z.NEVER;
});

const version = z.number().transform((number, context): ProtocolVersion => {
  if (isProtocolVersion(number)) return number;
  context.addIssue({ code: 'custom', message: 'is no protocol version' });
  return z.NEVER;
});

const frame = z.object({
  at,
  connection: z.int().min(1),
  side,
  /** `sent` by the client, `received` from the CTI server. */
  direction: z.enum(['sent', 'received']),
  version,
  name: z.string(),
  /** The whole frame, passwords replaced; missing when it could not be read and may have held one. */
  frame: hex.optional(),
});

export type CaptureHeader = z.infer<typeof header>;
export type CapturedEvent = z.infer<typeof connectionEvent>;
export type CapturedFrame = z.infer<typeof frame>;

export type CaptureLine =
  | { readonly kind: 'header'; readonly header: CaptureHeader }
  | { readonly kind: 'event'; readonly event: CapturedEvent }
  | { readonly kind: 'frame'; readonly frame: CapturedFrame };

export function writeCaptureLine(line: CaptureLine): string {
  switch (line.kind) {
    case 'header':
      return JSON.stringify(line.header);
    case 'event':
      return JSON.stringify(line.event);
    case 'frame': {
      const { frame: bytes, ...rest } = line.frame;
      return JSON.stringify(bytes === undefined ? rest : { ...rest, frame: hexOf(bytes) });
    }
  }
}

/** A sentence where the line is none of a capture. */
export function readCaptureLine(text: string): CaptureLine | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'is no JSON';
  }
  if (typeof value !== 'object' || value === null) return 'is no object';
  if ('capture' in value) {
    const parsed = header.safeParse(value);
    return parsed.success ? { kind: 'header', header: parsed.data } : faultOf(parsed.error);
  }
  if ('event' in value) {
    const parsed = connectionEvent.safeParse(value);
    return parsed.success ? { kind: 'event', event: parsed.data } : faultOf(parsed.error);
  }
  const parsed = frame.safeParse(value);
  return parsed.success ? { kind: 'frame', frame: parsed.data } : faultOf(parsed.error);
}

function faultOf(error: z.ZodError): string {
  const [issue] = error.issues;
  return `has a wrong ${issue?.path.join('.') ?? 'field'}: ${issue?.message ?? 'not usable'}`;
}
