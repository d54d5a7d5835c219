/** What a request says of where it comes from, and how it is signed in. */
export interface RequestOrigin {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly secFetchSite: string | undefined;
  /** `credentials`: an Authorization header that the client put there for this request. */
  readonly signedInBy: 'session' | 'credentials';
}

const reads: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a request may change something: a page of another site must not be able to make an operator's browser send it.
 * Browsers tell by Sec-Fetch-Site (on https and localhost) and by Origin (everywhere). A client that sends neither is
 * no browser; it must bring its credentials itself, since a cookie would be sent along by anybody's page.
 */
export function mayChange(request: RequestOrigin): boolean {
  if (reads.has(request.method)) return true;
  if (request.secFetchSite !== undefined) return request.secFetchSite === 'same-origin';
  if (request.origin !== undefined) return hostOf(request.origin) === request.host?.toLowerCase();
  return request.signedInBy === 'credentials';
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
