/**
 * The event stream of the console. The browser reconnects by itself when a stream ends; a stream that merely falls
 * silent (a dead proxy, a laptop that slept) is noticed here, since the console tells something every second.
 */

const silentAfterMs = 15_000;
const lookMs = 1_000;
const againMs = 2_000;
const events = ['snapshot', 'overview', 'agents', 'lines', 'storeAway'];

/** @param tell called with {type, data, at} for each event, and with {type: 'lost'} when there is no console. */
export function listen(tell) {
  let source;
  let heardAt = Date.now();

  const open = () => {
    heardAt = Date.now();
    source?.close();
    source = new EventSource('/api/events');
    for (const type of events) {
      source.addEventListener(type, (event) => {
        heardAt = Date.now();
        tell({ type, data: JSON.parse(event.data), at: Date.now() });
      });
    }
    source.onerror = () => {
      tell({ type: 'lost', at: Date.now() });
      // Closed for good: refused. Either the session has ended or the console is not there.
      if (source.readyState === EventSource.CLOSED) void again();
    };
  };

  const again = async () => {
    try {
      const answer = await fetch('/api/overview', { cache: 'no-store' });
      if (answer.status === 401) {
        location.assign('/sign-in?to=' + encodeURIComponent(location.pathname));
        return;
      }
    } catch {
      // Not there yet; tried again below.
    }
    setTimeout(open, againMs);
  };

  setInterval(() => {
    if (Date.now() - heardAt < silentAfterMs) return;
    tell({ type: 'lost', at: Date.now() });
    open();
  }, lookMs);
  open();
}

/** Reads from the API; throws an Error with the API's own sentence. */
export async function ask(path) {
  return answerOf(await fetch(path, { cache: 'no-store', headers: { accept: 'application/json' } }));
}

export async function order(path) {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  return answerOf(await fetch(path, { method: 'POST', headers, body: '{}' }));
}

async function answerOf(response) {
  if (response.status === 401) location.assign('/sign-in?to=' + encodeURIComponent(location.pathname));
  const body = await response.json().catch(() => null);
  if (response.ok) return body;
  throw new Error(body?.error?.sentence ?? `The console answered ${response.status}.`);
}
