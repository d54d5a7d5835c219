import { join } from 'node:path';
import { packageRoot } from '#config/package-root';
import { type RequestHandler, Router, static as serveStatic } from 'express';

/**
 * The live page and its parts, served as they are: ES modules without a build step. Libraries come out of their
 * packages under fixed names; none of the two modules imports another, so no import map is needed.
 */
export function pageFiles(): RequestHandler {
  const root = packageRoot();
  const page = join(root, 'apps/console/page');
  const options = { maxAge: 0, etag: true, fallthrough: true, index: false, redirect: false } as const;
  const router = Router();
  router.get('/', (_request, response) => {
    response.sendFile(join(page, 'live.html'));
  });
  for (const [name, path] of Object.entries(libraries)) {
    router.get(`/assets/${name}`, (_request, response) => {
      response.sendFile(join(root, 'node_modules', path));
    });
  }
  router.use('/assets', serveStatic(page, options));
  return router;
}

const libraries: Readonly<Record<string, string>> = {
  'preact.mjs': 'preact/dist/preact.mjs',
  'htm.mjs': 'htm/dist/htm.mjs',
  'pico.css': '@picocss/pico/css/pico.min.css',
};
