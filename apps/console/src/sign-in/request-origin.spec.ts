import { mayChange, type RequestOrigin } from './request-origin';

const post: RequestOrigin = {
  method: 'POST',
  host: 'console.example:8080',
  origin: undefined,
  secFetchSite: undefined,
  signedInBy: 'session',
};

describe('a request that changes something', () => {
  it('is accepted from the console itself', () => {
    expect(mayChange({ ...post, secFetchSite: 'same-origin', origin: 'http://console.example:8080' })).toBe(true);
    expect(mayChange({ ...post, origin: 'http://console.example:8080' })).toBe(true);
    expect(mayChange({ ...post, origin: 'https://console.example', host: 'Console.Example' })).toBe(true);
  });

  it.each<[string, Partial<RequestOrigin>]>([
    ['another site', { secFetchSite: 'cross-site', origin: 'http://evil.example' }],
    ['another host of the same site', { secFetchSite: 'same-site' }],
    ['another port', { origin: 'http://console.example:9999' }],
    ['a page without an origin', { origin: 'null' }],
    ['the address bar', { secFetchSite: 'none' }],
    ['a browser too old to say, with a cookie', {}],
    [
      'another site, with credentials that the browser remembered',
      { secFetchSite: 'cross-site', signedInBy: 'credentials' },
    ],
  ])('is refused from %s', (_from, differs) => {
    expect(mayChange({ ...post, ...differs })).toBe(false);
  });

  it('is accepted from a program that brings its credentials', () => {
    expect(mayChange({ ...post, signedInBy: 'credentials' })).toBe(true);
  });

  it('is told from one that only reads', () => {
    expect(mayChange({ ...post, method: 'GET', secFetchSite: 'cross-site' })).toBe(true);
    for (const method of ['PUT', 'PATCH', 'DELETE', 'post', 'ANYTHING']) {
      expect(mayChange({ ...post, method, secFetchSite: 'cross-site' })).toBe(false);
    }
  });
});
