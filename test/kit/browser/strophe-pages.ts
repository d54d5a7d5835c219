import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { type Page } from 'playwright-core';
import { packageRoot } from '#config/package-root';
import { type FinesseNotification, inShort } from '../finesse/finesse-events';
import { freePort } from '../ports';
import { type Side } from '../site/site-options';
import { waitFor } from '../wait';
import { type Chromium } from './chromium';

interface Answer {
  readonly path: string;
  readonly method: string;
  readonly status: number;
  readonly body: string;
}

interface StropheWindow {
  readonly heard: FinesseNotification[];
  readonly answers: Answer[];
  readonly isOnline: boolean;
  readonly ticks: readonly number[];
  ask(side: Side, path: string, method?: string, body?: string, requestId?: string): Promise<Answer>;
}

declare const window: StropheWindow;

export interface StropheDeskOptions {
  readonly agentId: string;
  readonly password: string;
  /** Address of the WebSocket or of BOSH. */
  readonly service: string;
  /** Base address of the REST surface of that side. */
  rest(side: Side): string;
  /** Signs in with PLAIN and nothing else. */
  readonly plain?: true;
}

/** Serves the page of strophe-page.html, from an origin that is none of the servers'. */
export class StrophePages {
  private constructor(
    private readonly server: Server,
    readonly origin: string,
  ) {}

  static async start(): Promise<StrophePages> {
    const files: Readonly<Record<string, readonly [type: string, body: Buffer]>> = {
      '/': ['text/html', await readFile(join(packageRoot(), 'test', 'kit', 'browser', 'strophe-page.html'))],
      '/strophe.js': [
        'text/javascript',
        await readFile(join(packageRoot(), 'node_modules', 'strophe.js', 'dist', 'strophe.umd.min.js')),
      ],
    };
    const server = createServer((request, response) => {
      const [type, body] = files[new URL(request.url ?? '', 'http://host').pathname] ?? ['text/plain', ''];
      response.writeHead(body === '' ? 404 : 200, { 'content-type': type }).end(body);
    });
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return new StrophePages(server, `http://127.0.0.1:${String(port)}`);
  }

  /** Opens the agent's desktop in a tab in front; it signs in at the primary, as it does after every reload. */
  async open(browser: Chromium, options: StropheDeskOptions): Promise<StropheDesktop> {
    const { agentId, password, service, plain } = options;
    const given = new URLSearchParams({
      agentId,
      password,
      service,
      extension: String(Number(agentId) + 2_000),
      primary: options.rest('primary'),
      secondary: options.rest('secondary'),
      ...(plain === undefined ? {} : { plain: '' }),
    });
    return new StropheDesktop(await browser.tab(`${this.origin}/?${given.toString()}`), agentId);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export class StropheDesktop {
  constructor(
    readonly page: Page,
    readonly agentId: string,
  ) {}

  async shorts(): Promise<string[]> {
    return (await this.page.evaluate(() => window.heard)).map((event) => inShort(event));
  }

  /** Waits for the first event that reads so in short, after the first `after` ones. */
  untilTold(short: string, after = 0): Promise<FinesseNotification> {
    // A page that is being loaded has heard nothing yet.
    const look = async (): Promise<FinesseNotification | undefined> =>
      (await this.page.evaluate(() => window.heard)).slice(after).find((event) => inShort(event) === short);
    const seen = (): Promise<unknown> =>
      this.page.evaluate(() => [window.heard, window.answers, window.isOnline] as const);
    return waitFor(`${this.agentId} to be told ${short}`, look, { seen });
  }

  isOnline(): Promise<boolean> {
    return this.page.evaluate(() => window.isOnline);
  }

  /** When the page's own timer, of one second, came. */
  ticks(): Promise<readonly number[]> {
    return this.page.evaluate(() => window.ticks);
  }

  answers(): Promise<Answer[]> {
    return this.page.evaluate(() => window.answers);
  }

  ask(side: Side, path: string, method: string, body: string): Promise<Answer> {
    return this.page.evaluate(([at, where, how, what]) => window.ask(at, where, how, what), [
      side,
      path,
      method,
      body,
    ] as const);
  }
}
