/** What the library needs of a browser. Tests put a clock and sockets of their own here. */

/** Calls `act` once after so long; the answer takes that back. */
export type After = (ms: number, act: () => void) => () => void;

export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  /** 1: may be written to. */
  readonly readyState: number;
  send(text: string): void;
  close(): void;
}

export interface Answer {
  readonly status: number;
  json(): Promise<unknown>;
}

export interface Request {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
}

export interface Memory {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface PageListener {
  /** The page is left: closed, refreshed, navigated away from, or put aside for the back button. */
  left(): void;
  /** The page that was put aside is shown again. */
  cameBack(): void;
  /** The network is back, the tab is seen again, the machine woke: look whether all is well. */
  woke(): void;
}

export interface Surroundings {
  readonly after: After;
  /** Epoch ms. */
  now(): number;
  /** From 0 to 1. */
  random(): number;
  randomId(): string;
  openSocket(url: string): Socket;
  /** Rejects when there is no answer within that time. */
  request(url: string, request: Request, msMax: number): Promise<Answer>;
  beacon(url: string, body: string): void;
  /** Of this tab alone, and kept through refreshes; null where there is none. */
  readonly memory: Memory | null;
  /** The answer ends it, timers included. */
  follow(listener: PageListener): () => void;
}
