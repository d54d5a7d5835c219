/**
 * Whether a page of that origin may open desktops. Browsers always send an Origin with a WebSocket upgrade; programs that
 * are no browser need not, and have no cookies or pages that could be misused.
 *
 * @param allowed the configured origins; empty means: only pages of the same host and port as the server's own.
 */
export function isOriginAllowed(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): boolean {
  if (origin === undefined) return true;
  if (allowed.length > 0) return allowed.includes(origin);
  return host !== undefined && URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
