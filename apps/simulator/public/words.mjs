/** What the page calls things. */

export const stateWords = {
  LOGOUT: 'Logged out',
  NOT_READY: 'Not Ready',
  AVAILABLE: 'Ready',
  TALKING: 'Talking',
  RESERVED: 'Ringing',
  HOLD: 'On hold',
  WORK_READY: 'Wrap-up',
  WORK_NOT_READY: 'Wrap-up',
};

export const stateTone = {
  LOGOUT: 'quiet',
  NOT_READY: 'warn',
  AVAILABLE: 'good',
  TALKING: 'busy',
  RESERVED: 'busy',
  HOLD: 'busy',
  WORK_READY: 'warn',
  WORK_NOT_READY: 'warn',
};

/** Reason codes an agent meets here. */
export const reasonWords = {
  255: 'desktop lost',
  999: 'forced by a supervisor',
  20001: 'first step of a forced logout',
  32767: 'call not answered',
  50002: 'desktop failure',
  50005: 'on a non-ACD call',
  51004: 'signed in during a call',
};

export const phaseWords = {
  connecting: 'connecting',
  open: 'open',
  networkLost: 'network lost',
  refreshing: 'refreshing',
  reopening: 'looking for a server',
  closing: 'saying bye',
  closed: 'closed',
  crashed: 'crashed',
  refused: 'refused',
  lost: 'gave up',
};

export const phaseTone = {
  connecting: 'warn',
  open: 'good',
  networkLost: 'bad',
  refreshing: 'warn',
  reopening: 'warn',
  closing: 'warn',
  closed: 'quiet',
  crashed: 'bad',
  refused: 'bad',
  lost: 'bad',
};

export const settledPhases = ['closed', 'crashed', 'refused', 'lost'];

/** What a request asks for, before the agent's number. */
export const orderWords = {
  LOGIN: 'Sign in',
  LOGOUT: 'Log out',
  NOT_READY: 'Not Ready for',
  AVAILABLE: 'Ready for',
  WORK_READY: 'Wrap-up for',
  WORK_NOT_READY: 'Wrap-up for',
};

export const outcomeWords = {
  received: 'received',
  loggedOut: 'logged out',
  notReady: 'became Not Ready',
  available: 'became Ready',
  pending: 'waits for the end of the call',
  replaced: 'replaced by a later request',
  rejected: 'rejected',
  failed: 'failed',
  silenced: 'ignored on purpose',
};

export const outcomeTone = {
  loggedOut: 'bad',
  notReady: 'warn',
  available: 'good',
  pending: 'busy',
  rejected: 'quiet',
  failed: 'quiet',
};

export function clock(at) {
  const date = new Date(at);
  const pad = (value, width = 2) => String(value).padStart(width, '0');
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}`;
}

/** "12 s", "3 min 05 s". */
export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
  return `${Math.floor(seconds / 3600)} h ${String(Math.floor((seconds % 3600) / 60)).padStart(2, '0')} min`;
}

export function reason(code) {
  if (code === 0) return '';
  const words = reasonWords[code];
  return words === undefined ? `reason ${code}` : `reason ${code}, ${words}`;
}
