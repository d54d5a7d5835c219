/**
 * Every code with which a desktop's WebSocket can end. docs/desktop-protocol.md tells the same table to those who write
 * desktops; a test compares the two. `by`: who sends it. `again`: what a desktop does next.
 */

export interface CloseCode {
  readonly code: number;
  readonly by: 'server' | 'desktop' | 'either' | 'nobody';
  readonly sentence: string;
  readonly again: string;
}

/** RFC 6455 §7.1.5: a reason is at most 123 bytes of UTF-8. Ours are ASCII, so bytes are characters. */
export const reasonBytesMax = 123;

export const closeCodes = {
  bye: {
    code: 1000,
    by: 'server',
    sentence: 'The desktop said bye and the server took note of it.',
    again: 'Nothing.',
  },
  goingAway: {
    code: 1001,
    by: 'desktop',
    sentence: 'The page is being left or refreshed. It counts as lost, since a refresh does the same.',
    again: 'The new page opens again.',
  },
  protocolError: {
    code: 1002,
    by: 'server',
    sentence: 'A frame breaks RFC 6455.',
    again: 'Correct the desktop.',
  },
  noCode: {
    code: 1006,
    by: 'nobody',
    sentence: 'The connection broke, or the server heard nothing for DETECTION_MS and cut it. No close frame was seen.',
    again: 'Open again on the same side; when that fails, on the other side.',
  },
  notText: {
    code: 1007,
    by: 'server',
    sentence: 'A text frame is not UTF-8.',
    again: 'Correct the desktop.',
  },
  tooLarge: {
    code: 1009,
    by: 'server',
    sentence: 'A message is larger than 4096 bytes.',
    again: 'Correct the desktop.',
  },
  internal: {
    code: 1011,
    by: 'server',
    sentence: 'The server met a fault of its own; its log says which.',
    again: 'Open again after 1 to 5 s.',
  },
  stopping: {
    code: 1012,
    by: 'server',
    sentence: 'The server is being stopped, or its side is in maintenance.',
    again: 'Open on the other side at once.',
  },
  tryAgain: {
    code: 1013,
    by: 'server',
    sentence:
      'Not now, and the reason says why: a sign-out of this agent is in progress, the store cannot be reached, the server is out of service or full.',
    again: 'Open on the other side, or here again after 1 to 5 s. After "sign-out in progress" on either side.',
  },
  malformed: {
    code: 4400,
    by: 'server',
    sentence: 'A message is not JSON, not one of the known types, or lacks a field; the reason names it.',
    again: 'Correct the desktop.',
  },
  token: {
    code: 4401,
    by: 'server',
    sentence: 'The ticket or token is missing, expired, used or not acceptable; the reason says which.',
    again: 'Get a new one, then open again.',
  },
  unknownAgent: {
    code: 4404,
    by: 'server',
    sentence:
      'Neither the directory of agents (AGENTS_FILE, the CTI configuration) nor the CTI server knows an agent of this id.',
    again: 'Open again after 5 s: once the token or the directory is right it is let in.',
  },
  noOpen: {
    code: 4408,
    by: 'server',
    sentence: 'No open message came within 5 s.',
    again: 'Open again, and send open first.',
  },
  outOfOrder: {
    code: 4409,
    by: 'server',
    sentence: 'A message came out of order: a second open, or another message before open.',
    again: 'Correct the desktop.',
  },
  tooManyDesktops: {
    code: 4413,
    by: 'server',
    sentence: 'The agent has 32 connections on this server already.',
    again: 'Close some of them.',
  },
  tokenUnjudged: {
    code: 4424,
    by: 'server',
    sentence:
      'The token cannot be judged now: the OpenID provider does not give its keys. The other side asks the same one.',
    again: 'Open again on the same side after 5 s.',
  },
  tooFast: {
    code: 4429,
    by: 'server',
    sentence:
      'More than 10 messages per second after a burst of 20, or more than 2 openings per second of one agent after a burst of 60.',
    again: 'Open again after 5 s, and send less.',
  },
} as const satisfies Readonly<Record<string, CloseCode>>;

export type CloseName = keyof typeof closeCodes;

/** What the upgrade is refused with, before there is a WebSocket. A browser only sees that it failed (1006). */
export const upgradeRefusals = {
  notFound: { status: 404, sentence: 'There is no WebSocket at this path; desktops connect to /desktop.' },
  badRequest: { status: 400, sentence: 'The request cannot be read as an upgrade to WebSocket.' },
  unproved: {
    status: 401,
    sentence: 'The ticket or token is not acceptable; too many are refused now for a close code (4401).',
  },
  foreignOrigin: { status: 403, sentence: 'Pages of this origin may not open desktops here (ORIGINS).' },
  full: { status: 503, sentence: 'The server refuses further connections for now.' },
} as const;

export type UpgradeRefusal = keyof typeof upgradeRefusals;
