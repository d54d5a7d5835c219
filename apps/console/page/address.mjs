/**
 * An address of the console, by its path there. It counts from this module's folder, since the console may stand below a
 * path of a proxy, and in a worker there is no page to count from.
 */
export function at(path) {
  return new URL(`..${path}`, import.meta.url);
}
