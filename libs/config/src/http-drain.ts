import { type IncomingMessage, type ServerResponse } from 'node:http';

/** How long requests that are being answered when a process stops may take to their end. */
export const drainMsMax = 5_000;

/** What is answered while a process stops: probes and metrics show that it still lives. */
const alwaysAnswered = new Set(['/health/live', '/metrics']);

export interface DrainRefusal {
  /** Content-Type. */
  readonly type: string;
  readonly text: string;
}

/**
 * Ends the HTTP service of a process in order: requests that are being answered are finished, and new ones are refused
 * with 503 and `Connection: close`, `/health/ready` among them. It is mounted before everything else that answers.
 */
export class HttpDrain {
  private readonly open = new Set<ServerResponse>();
  private readonly emptied = Promise.withResolvers<undefined>();
  private isDraining = false;

  /** @param refusalOf what a request for that path is answered, beside the status 503 */
  constructor(private readonly refusalOf: (path: string) => DrainRefusal) {}

  readonly middleware = (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const [path = ''] = (request.url ?? '').split('?');
    if (this.isDraining && !alwaysAnswered.has(path)) {
      const { type, text } = this.refusalOf(path);
      response.writeHead(503, { 'Content-Type': type, 'Cache-Control': 'no-store', Connection: 'close' }).end(text);
      return;
    }
    this.open.add(response);
    response.once('close', () => {
      this.open.delete(response);
      if (this.isDraining && this.open.size === 0) this.emptied.resolve(undefined);
    });
    next();
  };

  /** @returns how many requests were not answered within `drainMsMax` */
  async finish(): Promise<number> {
    this.isDraining = true;
    for (const response of this.open) if (!response.headersSent) response.setHeader('Connection', 'close');
    if (this.open.size === 0) return 0;
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(late.resolve, drainMsMax, undefined);
    await Promise.race([this.emptied.promise, late.promise]);
    clearTimeout(timer);
    return this.open.size;
  }
}
