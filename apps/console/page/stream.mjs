/**
 * The event stream of the console. The browser reconnects by itself when a stream ends; a stream that merely falls
 * silent (a dead proxy, a laptop that slept) is noticed here, since the console tells something every second.
 *
 * All tabs share one stream, which lives in a SharedWorker: over HTTP/1.1 a browser has six connections to a host, and six
 * streams would leave none for an order. A tab that joins opens the stream anew, so that all get a snapshot.
 */

import { at } from './address.mjs';

const silentAfterMs = 15_000;
const lookMs = 1_000;
const againMs = 2_000;
const events = ['snapshot', 'overview', 'agents', 'lines', 'storeAway'];

/**
 * @param tell called with {type, data, at} for each event, with {type: 'lost'} when there is no console, and with
 * {type: 'refused'} when the session has ended
 * @returns how to open it anew
 */
export function openStream(tell) {
  let source;
  let heardAt = Date.now();

  const open = () => {
    heardAt = Date.now();
    source?.close();
    source = new EventSource(at('/api/events'));
    for (const type of events) {
      source.addEventListener(type, (event) => {
        heardAt = Date.now();
        tell({ type, data: JSON.parse(event.data), at: Date.now() });
      });
    }
    source.onerror = () => {
      // Closed for good: refused. The session has ended, or Redis is away, or the console is not there.
      if (source.readyState === EventSource.CLOSED) void again();
      else tell({ type: 'lost', at: Date.now() });
    };
  };

  const again = async () => {
    tell({ type: await whyRefused(), at: Date.now() });
    setTimeout(open, againMs);
  };

  setInterval(() => {
    if (Date.now() - heardAt < silentAfterMs) return;
    tell({ type: 'lost', at: Date.now() });
    open();
  }, lookMs);
  open();
  return open;
}

async function whyRefused() {
  try {
    const answer = await fetch(at('/api/overview'), {
      cache: 'no-store',
      signal: AbortSignal.timeout(silentAfterMs),
    });
    if (answer.status === 401) return 'refused';
    return answer.status === 503 && (await answer.json()).error.code === 'STORE_AWAY' ? 'storeAway' : 'lost';
  } catch {
    // Not there yet.
    return 'lost';
  }
}

// As a SharedWorker: every port is a tab.
const ports = new Set();
let reopen;
globalThis.onconnect = ({ ports: [port] }) => {
  ports.add(port);
  port.onmessage = () => ports.delete(port);
  if (reopen !== undefined) reopen();
  else
    reopen = openStream((message) => {
      for (const one of ports) one.postMessage(message);
    });
};
