import { type Memory, type PageListener, type Request, type Socket, type Surroundings } from './surroundings';
import { type ClockWorker, clockProgram, workerClock } from './worker-clock';

/** The part of a page's global object that is used. Node has some of it, which is enough for a desktop without a page. */
interface PageGlobals {
  readonly WebSocket: new (url: string) => Socket;
  readonly Worker: new (url: string) => ClockWorker;
  readonly document?: Listened & { readonly visibilityState: string };
  readonly navigator: { sendBeacon?(url: string, body: string): boolean };
  readonly sessionStorage: Memory;
  addEventListener?: Listened['addEventListener'];
  removeEventListener: Listened['removeEventListener'];
}

interface Listened {
  addEventListener(name: string, listener: (event: { readonly persisted?: boolean }) => void): void;
  removeEventListener(name: string, listener: (event: { readonly persisted?: boolean }) => void): void;
}

const idBytes = 12;

/** The page that this runs in. */
export function surroundingsOfPage(): Surroundings {
  const page = globalThis as unknown as PageGlobals;
  const clock = workerClock(
    () => startWorker(page),
    (ms, act) => {
      const timer = setTimeout(act, ms);
      return () => {
        clearTimeout(timer);
      };
    },
  );
  return {
    after: clock.after,
    now: () => Date.now(),
    random: () => Math.random(),
    randomId: () => [...crypto.getRandomValues(new Uint8Array(idBytes))].map((byte) => byte.toString(36)).join(''),
    openSocket: (url) => new page.WebSocket(url),
    request: (url, request, msMax) => fetch(url, { ...plain, ...request, signal: AbortSignal.timeout(msMax) }),
    beacon: (url, body) => {
      page.navigator.sendBeacon?.(url, body);
    },
    memory: memoryOf(page),
    follow: (listener) => {
      const unfollow = followPage(page, listener);
      return () => {
        unfollow();
        clock.stop();
      };
    },
  };
}

/** No cookies, nothing from a cache. */
const plain = { credentials: 'omit', cache: 'no-store' } as const satisfies Omit<RequestInit, keyof Request>;

function startWorker(page: PageGlobals): ClockWorker {
  const url = URL.createObjectURL(new Blob([clockProgram], { type: 'text/javascript' }));
  return new page.Worker(url);
}

/** Pages can be forbidden to keep anything; then the mere look at it throws. */
function memoryOf(page: PageGlobals): Memory | null {
  try {
    return page.document === undefined ? null : page.sessionStorage;
  } catch {
    return null;
  }
}

function followPage(page: PageGlobals, listener: PageListener): () => void {
  const woke = (): void => {
    if (page.document?.visibilityState !== 'hidden') listener.woke();
  };
  const wiring: [Partial<Listened> | undefined, string, (event: { readonly persisted?: boolean }) => void][] = [
    [
      page,
      'pagehide',
      () => {
        listener.left();
      },
    ],
    [
      page,
      'pageshow',
      ({ persisted }) => {
        if (persisted === true) listener.cameBack();
      },
    ],
    [
      page,
      'online',
      () => {
        listener.woke();
      },
    ],
    [page.document, 'visibilitychange', woke],
    [
      page.document,
      'resume',
      () => {
        listener.woke();
      },
    ],
  ];
  for (const [target, name, act] of wiring) target?.addEventListener?.(name, act);
  return () => {
    for (const [target, name, act] of wiring) target?.removeEventListener?.(name, act);
  };
}
