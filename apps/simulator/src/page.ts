import { join } from 'node:path';
import express, { type NextFunction, type Request, type Response, type Router } from 'express';
import helmet from 'helmet';
import { packageRoot } from '#config/package-root';

/** Files of installed packages that the page uses as they are; there is no build step. */
const vendorFiles = {
  'preact.mjs': 'preact/dist/preact.mjs',
  'htm.mjs': 'htm/dist/htm.module.js',
  'pico.css': '@picocss/pico/css/pico.min.css',
} as const;

const forbidden = 403;

/** Security headers, and the page under /desktop. */
export function pageRouter(): Router {
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
