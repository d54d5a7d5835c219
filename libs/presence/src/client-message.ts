import { z } from 'zod';
import { type SignOut } from './sign-ins';

/** What a desktop may send (JSON text frames); unknown further fields are let be, so that desktops can grow. */
const clientMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('open'), desktopId: z.string().regex(/^[A-Za-z0-9._:@/+=~-]{1,128}$/) }),
  z.object({ type: z.literal('ping'), n: z.number() }),
  z.object({ type: z.literal('pong'), n: z.number() }),
  z.object({ type: z.literal('bye') }),
]);

export type ClientMessage = z.output<typeof clientMessage>;

/** What the server sends. */
export type ServerMessage =
  /** Acknowledges the desktop; sent again whenever what it says may have changed. */
  | {
      readonly type: 'opened';
      readonly epoch: number;
      /** The agent is signed out. */
      readonly mustSignIn: boolean;
      /** With `mustSignIn`, where it is known. */
      readonly signOut?: SignOut;
      /** For POST /desktop/bye: this connection's own secret. */
      readonly byeToken: string;
    }
  | { readonly type: 'pong'; readonly n: number }
  /** Stay, or go to the other side: this server can acknowledge nobody for now. */
  | { readonly type: 'outOfService' };

export type Parsed =
  | { readonly kind: 'message'; readonly message: ClientMessage }
  /** `sentence` names the fault in at most a close reason's length. */
  | { readonly kind: 'malformed'; readonly sentence: string };

const desktopIdExpectation = '1 to 128 of A-Z a-z 0-9 . _ : @ / + = ~ -';

export function parseClientMessage(text: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return malformed('the message is not JSON');
  }
  const checked = clientMessage.safeParse(value);
  if (checked.success) return { kind: 'message', message: checked.data };
  const field = checked.error.issues[0]?.path.map(String).join('.') ?? '';
  switch (field) {
    case '':
      return malformed('the message is not a JSON object');
    case 'type':
      return malformed('type is not open, ping, pong or bye');
    case 'desktopId':
      return malformed(`desktopId is not text of ${desktopIdExpectation}`);
    default:
      return malformed(`${field} is missing or has the wrong type`);
  }
}

export function isDesktopId(text: string): boolean {
  return parseClientMessage(JSON.stringify({ type: 'open', desktopId: text })).kind === 'message';
}

function malformed(sentence: string): Parsed {
  return { kind: 'malformed', sentence };
}
