import { isIP } from 'node:net';
import { join } from 'node:path';
import express, { type NextFunction, type Request, type RequestHandler, type Response, type Router } from 'express';
import helmet from 'helmet';
import { packageRoot } from '#config/package-root';

/** Files of installed packages that the page uses as they are; there is no build step. */
const vendorFiles = {
  'preact.mjs': 'preact/dist/preact.mjs',
  'htm.mjs': 'htm/dist/htm.module.js',
  'pico.css': '@picocss/pico/css/pico.min.css',
} as const;

const forbidden = 403;

/**
 * Security headers, and the page under /desktop.
 * @param hosts names by which the simulator is reached, beside loopback and addresses; in lower case
 */
export function pageRouter(hosts: readonly string[]): Router {
  const router = express.Router();
  router.use(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        // The stylesheet's arrows and ticks are data: images.
        directives: { defaultSrc: ["'self'"], imgSrc: ["'self'", 'data:'], frameAncestors: ["'none'"] },
      },
      strictTransportSecurity: false,
    }),
  );
  router.use(refuseOtherHosts(new Set(hosts)));
  router.use(refuseOtherSites);
  router.get('/', (_request, response) => {
    response.redirect('/desktop/');
  });
  for (const [name, path] of Object.entries(vendorFiles)) {
    router.get(`/desktop/vendor/${name}`, (_request, response) => {
      response.sendFile(join(packageRoot(), 'node_modules', path));
    });
  }
  router.use('/desktop', express.static(join(packageRoot(), 'apps/simulator/public')));
  return router;
}

/**
 * A page of another site can have its own name point at this address (DNS rebinding): to the browser the simulator is that
 * site then, and what it answers is for the page to read. No name can be pointed at that is an address.
 */
function refuseOtherHosts(names: ReadonlySet<string>): RequestHandler {
  return (request, response, next) => {
    const name = hostNameOf(request.headers.host);
    if (name !== undefined && (isOwnName(name) || names.has(name))) {
      next();
      return;
    }
    response.status(forbidden).json({
      code: 'otherHost',
      message: 'The simulator answers to localhost, IP addresses and the names in SIM_HOSTS.',
    });
  };
}

/** The name of a Host header without its port, in lower case. */
function hostNameOf(host: string | undefined): string | undefined {
  const url = `http://${host ?? ''}`;
  return URL.canParse(url) ? new URL(url).hostname.replace(/\.$/, '') : undefined;
}

function isOwnName(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
}

/** The control has no sign-in; a page of another site in the same browser must not use it. */
function refuseOtherSites(request: Request, response: Response, next: NextFunction): void {
  const { origin, host } = request.headers;
  if (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host)) {
    next();
    return;
  }
  response
    .status(forbidden)
    .json({ code: 'otherSite', message: 'Pages of other sites may not control the simulator.' });
}
