import { at } from './address.mjs';
import { openStream } from './stream.mjs';

/** An answer that takes longer does not come: the console answers at once, or says that Redis does not. */
const answerMsMax = 10_000;

/** @param tell called with {type, data, at} for each event, and with {type: 'lost'} when there is no console. */
export function listen(tell) {
  const hear = (message) => {
    if (message.type === 'refused') signIn();
    else tell(message);
  };
  // Not in every browser; there each tab has a stream of its own.
  if (!('SharedWorker' in globalThis)) {
    openStream(hear);
    return;
  }
  const join = () => {
    const { port } = new SharedWorker(new URL('./stream.mjs', import.meta.url), { type: 'module' });
    port.onmessage = ({ data }) => hear(data);
    addEventListener('pagehide', () => port.postMessage('bye'), { once: true });
  };
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) join();
  });
  join();
}

/** Reads from the API; throws an Error with the API's own sentence, and with the ids that may have been meant as `near`. */
export function ask(path) {
  return answerOf(path, { cache: 'no-store', headers: { accept: 'application/json' } }, 'The console does not answer.');
}

/** The same for an order, which always gets through or says why not. */
export function order(path) {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  const late = 'The console does not answer: the order may be carried out yet. The journal says whether it was.';
  return answerOf(path, { method: 'POST', headers, body: '{}' }, late);
}

async function answerOf(path, options, late) {
  const response = await fetch(at(path), { ...options, signal: AbortSignal.timeout(answerMsMax) }).catch((error) => {
    throw error.name === 'TimeoutError' ? new Error(late) : error;
  });
  if (response.status === 401) signIn();
  const body = await response.json().catch(() => null);
  if (response.ok) return body;
  const error = new Error(body?.error?.sentence ?? `The console answered ${response.status}.`);
  throw Object.assign(error, { near: body?.error?.near ?? [] });
}

function signIn() {
  location.assign(at('/sign-in?to=' + encodeURIComponent(location.pathname)));
}
