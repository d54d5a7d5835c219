import { z } from 'zod';

/** What a desktop server sends; types and fields we do not know are let be. */
const serverMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('opened'), epoch: z.number(), mustSignIn: z.boolean() }),
  z.object({ type: z.literal('ping'), n: z.number() }),
  z.object({ type: z.literal('outOfService') }),
]);

export type ServerMessage = z.infer<typeof serverMessage>;

/** Undefined for what is not JSON or not one of the messages a desktop acts on. */
export function readServerMessage(text: string): ServerMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const result = serverMessage.safeParse(value);
  return result.success ? result.data : undefined;
}
