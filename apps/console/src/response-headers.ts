import { type RequestHandler } from 'express';
import helmet from 'helmet';
import { boardPath } from './board/bull-board';

const common = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  connectSrc: ["'self'"],
  imgSrc: ["'self'", 'data:'],
  fontSrc: ["'self'", 'data:'],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
  baseUri: ["'self'"],
} as const;

/** Our pages use no inline style; Bull Board's do. Neither runs an inline script or speaks to another host. */
export function responseHeaders(): RequestHandler {
  const own = withPolicy({ ...common, styleSrc: ["'self'"] });
  const board = withPolicy({ ...common, styleSrc: ["'self'", "'unsafe-inline'"] });
  return (request, response, next) => {
    const isBoard = request.path === boardPath || request.path.startsWith(`${boardPath}/`);
    (isBoard ? board : own)(request, response, next);
  };
}

function withPolicy(directives: Readonly<Record<string, readonly string[]>>): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: Object.fromEntries(Object.entries(directives).map(([name, sources]) => [name, [...sources]])),
    },
    // Whether there is TLS, and for which hosts, is for the proxy in front to say.
    strictTransportSecurity: false,
    // With 'no-referrer' a browser sends `Origin: null` with our own sign-in form.
    referrerPolicy: { policy: 'same-origin' },
  }) as RequestHandler;
}
