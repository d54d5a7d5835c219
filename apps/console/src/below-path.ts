import { type RequestHandler } from 'express';

/**
 * Takes the path off under which a proxy shows the console, where the proxy has left it on: both kinds of proxy find
 * everything, and probes of the platform that come without a proxy do so, too.
 *
 * @param basePath `''` or `/lastcall`
 */
export function belowPath(basePath: string): RequestHandler {
  return (request, response, next) => {
    const { url } = request;
    if (basePath === '' || !url.startsWith(basePath)) {
      next();
      return;
    }
    const rest = url.slice(basePath.length);
    if (rest === '' || rest.startsWith('?')) {
      // Addresses of the page are relative: without the slash they would begin one level higher.
      response.redirect(308, `${basePath}/${rest}`);
      return;
    }
    if (rest.startsWith('/')) request.url = rest;
    next();
  };
}
