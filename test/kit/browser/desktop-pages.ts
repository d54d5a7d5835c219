import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { desktopToken } from '../desktop';

/** The library as it was built, as pages load it. */
export const builtLibrary = join(packageRoot(), 'dist', 'desktop-client', 'desktop-client.js');

/** The library's times for a site whose servers find a dead desktop in five seconds. */
export const testLimits = {
  pingEveryMs: 2_000,
  pongMsMax: 3_000,
  wakePongMsMax: 3_000,
  spreadMsMax: 500,
  backOffMsMin: 200,
  backOffMsMax: 1_000,
};

/** Where the pages of desktops come from: a platform's web server, which also gives its agents their tokens. */
export class DesktopPages {
  /** Set before a page is opened. */
  servers: readonly string[] = [];
  /** Served at /documented. */
  documented = '';

  private constructor(
    private readonly server: Server,
    private readonly secret: string,
  ) {}

  static async start(secret: string): Promise<DesktopPages> {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '', 'http://pages');
      pages
        .answer(url)
        .then(({ type, body }) => response.writeHead(200, { 'content-type': type }).end(body))
        .catch(() => response.writeHead(404).end());
    });
    const pages = new DesktopPages(server, secret);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return pages;
  }

  get origin(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  /** The address of an agent's desktop. */
  desk(agentId: string): string {
    return `${this.origin}/desk?agent=${agentId}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer({ pathname, searchParams }: URL): Promise<{ type: string; body: string | Buffer }> {
    switch (pathname) {
      case '/desktop-client.js':
        return { type: 'text/javascript', body: readFileSync(builtLibrary) };
      case '/token':
        return { type: 'text/plain', body: await this.token(searchParams.get('agent') ?? '') };
      case '/desk':
        return { type: 'text/html', body: this.page() };
      case '/documented':
        return { type: 'text/html', body: this.documented };
      case '/elsewhere':
        return { type: 'text/html', body: '<!doctype html><title>Elsewhere</title>' };
      default:
        throw new Error(`no page at ${pathname}`);
    }
  }

  private token(agentId: string): Promise<string> {
    return desktopToken({ agentId, secret: this.secret, expiresInS: 60 });
  }

  /** A desktop that remembers what it heard, and counts how often its own timer came. */
  private page(): string {
    const names = ['opened', 'mustSignIn', 'failover', 'outOfService', 'interrupted', 'tokenRefused', 'closed'];
    return `<!doctype html><title>Desktop</title><script type="module">
      import { connect } from '/desktop-client.js';
      window.heard = [];
      window.ticks = 0;
      setInterval(() => { window.ticks += 1; }, 100);
      const agent = new URLSearchParams(location.search).get('agent');
      window.desktop = connect({
        servers: ${JSON.stringify(this.servers)},
        token: async () => (await fetch('/token?agent=' + agent)).text(),
        limits: ${JSON.stringify(testLimits)},
      });
      for (const name of ${JSON.stringify(names)}) desktop.on(name, (event) => heard.push({ name, ...event }));
    </script>`;
  }
}
