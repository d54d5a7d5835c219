import express, { type RequestHandler, type Response } from 'express';
import { crossOrigin } from '../cross-origin';
import { noteWhy } from '../refusal-why';
import { Refusal, refusalOf } from './refusals';

export const finessePath = '/finesse';

/** `<User><state>LOGIN</state><extension>…</extension></User>` and what clients add to it. */
export const restBodyBytesMax = 8_192;

const xmlTypes = ['application/xml', 'text/xml', '+xml'];

/** What there is, and how it may be asked. Paths are looked at as they came: `..` and `%2F` lead nowhere. */
const resources: readonly { readonly path: RegExp; readonly methods: readonly string[] }[] = [
  { path: /^\/api\/User\/[^/]+\/?$/i, methods: ['GET', 'PUT'] },
  { path: /^\/api\/User\/[^/]+\/Dialogs\/?$/i, methods: ['GET'] },
  { path: /^\/api\/SystemInfo\/?$/i, methods: ['GET'] },
  { path: /^\/api\/UserAuthMode\/[^/]+\/?$/i, methods: ['GET'] },
  { path: /^\/api\/ConnectedUsersInfo\/?$/i, methods: ['GET'] },
];

/**
 * What stands before the REST surface: other origins, addresses, methods, bodies. Refuses in XML. Limits come behind the
 * proof: what is open to anybody stays open.
 */
export function finesseGuards(origins: readonly string[]): RequestHandler[] {
  return [...crossOrigin(origins, ['GET', 'PUT']), resourceGuard, xmlBody];
}

/** Answers with a refusal. */
export function refuse(response: Response, refusal: Refusal): void {
  if (response.headersSent) return;
  noteWhy(response, { reason: refusal.code, sentence: refusal.message });
  for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value);
  sendXml(response, refusal.status, refusal.body);
}

export function sendXml(response: Response, status: number, document: string): void {
  response
    .status(status)
    .set({ 'Content-Type': 'application/xml; charset=utf-8', 'Cache-Control': 'no-store' })
    .send(document);
}

const resourceGuard: RequestHandler = (request, response, next) => {
  const found = isDecodable(request.path) ? resources.find(({ path }) => path.test(request.path)) : undefined;
  if (found === undefined) {
    refuse(response, new Refusal('NOT_FOUND'));
    return;
  }
  if (found.methods.includes(request.method)) next();
  else refuse(response, new Refusal('METHOD_NOT_ALLOWED', { headers: { Allow: found.methods.join(', ') } }));
};

/** The router would answer for itself, and not in XML. */
function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

const readText = express.text({ type: () => true, limit: restBodyBytesMax, inflate: false });

const xmlBody: RequestHandler = (request, response, next) => {
  if (request.method !== 'PUT') {
    next();
    return;
  }
  if (typeof request.is(xmlTypes) !== 'string') {
    refuse(response, new Refusal('UNSUPPORTED_TYPE'));
    return;
  }
  readText(request, response, (error?: unknown) => {
    if (error === undefined) next();
    else refuse(response, refusalOf(error));
  });
};
