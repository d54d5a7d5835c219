/** Pure: how figures and names of the API read on the page. Times are epoch ms. */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

export const phaseWords = {
  issuing: { name: 'Issuing', hint: 'A request is on its way to the CTI server' },
  held: { name: 'Held', hint: 'Grace is over, but something forbids the logout' },
  grace: { name: 'Grace', hint: 'No desktop; the logout is due when the time is up' },
  present: { name: 'Present', hint: 'At least one desktop is open' },
  settled: { name: 'Settled', hint: 'The last loss has its outcome' },
  unseen: { name: 'Unseen', hint: 'No desktop was ever seen' },
};

export const reasonWords = {
  call: 'on a call',
  outage: 'outage',
  massLoss: 'mass loss',
  operator: 'held by operator',
  generation: 'Redis changed',
  replicas: 'replicas short',
  serverSilent: 'server silent',
  rate: 'rate limit',
  rejected: 'rejected',
  unknownAgent: 'unknown at the CTI server',
  clock: 'clock of Redis jumped',
};

export const causeWords = {
  bye: 'closed',
  lost: 'connection lost',
  serverLost: 'server lost',
  feedLost: 'feed ended',
  movedAway: 'moved away',
  withoutDesktop: 'no desktop',
  operator: 'operator',
};

export const outcomeWords = {
  returned: 'returned',
  loggedOut: 'signed out',
  notReady: 'set Not Ready',
  alreadySignedOut: 'already signed out',
  signedOutByAgent: 'signed out, not by us',
  presentAfterAll: 'present after all',
  cancelledByOperator: 'cancelled',
  raced: 'raced',
  warned: 'warned',
  failed: 'failed',
};

/** How an outcome is to be taken: the agent stayed, the agent is out, or somebody should look. */
export function toneOf(outcome) {
  if (outcome === 'failed' || outcome === 'raced' || outcome === 'warned') return 'bad';
  if (outcome === 'loggedOut' || outcome === 'notReady') return 'out';
  return outcome === null ? 'open' : 'calm';
}

/** `0:42`, `12:05`, `1:02:03`; a time that is past reads `0:00`. */
export function countdown(untilMs, nowMs) {
  const seconds = Math.max(0, Math.ceil((untilMs - nowMs) / 1_000));
  const two = (number) => String(number).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** `8 s`, `3 min`, `2 h 05 min`, `4 d`. */
export function age(sinceMs, nowMs) {
  const ms = Math.max(0, nowMs - sinceMs);
  if (ms < minuteMs) return `${Math.floor(ms / 1_000)} s`;
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} min`;
  if (ms < 48 * hourMs)
    return `${Math.floor(ms / hourMs)} h ${String(Math.floor(ms / minuteMs) % 60).padStart(2, '0')} min`;
  return `${Math.floor(ms / (24 * hourMs))} d`;
}

/** The reader's own time of day; the date too when it is not today. */
export function clock(ms, nowMs) {
  const at = new Date(ms);
  const time = at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });
  return at.toDateString() === new Date(nowMs).toDateString() ? time : `${at.toLocaleDateString()} ${time}`;
}

/** `+4.2 s` after the first line of a story. */
export function after(ms, startMs) {
  const seconds = (ms - startMs) / 1_000;
  if (seconds < 60) return `+${seconds.toFixed(1)} s`;
  return `+${Math.floor(seconds / 60)} min ${String(Math.floor(seconds % 60)).padStart(2, '0')} s`;
}

export function count(number, noun, plural = `${noun}s`) {
  return `${number.toLocaleString('en')} ${number === 1 ? noun : plural}`;
}
