import { isOriginAllowed } from './origin';

describe('the origin of a page', () => {
  it('is not asked of programs that send none', () => {
    expect(isOriginAllowed(undefined, 'a.example', ['https://b.example'])).toBe(true);
  });

  it('must be in the list when there is one, even on the same host', () => {
    const allowed = ['https://desk.example'];
    expect(isOriginAllowed('https://desk.example', 'server.example', allowed)).toBe(true);
    expect(isOriginAllowed('https://server.example', 'server.example', allowed)).toBe(false);
    expect(isOriginAllowed('http://desk.example', 'server.example', allowed)).toBe(false);
    expect(isOriginAllowed('https://desk.example.evil.example', 'server.example', allowed)).toBe(false);
  });

  it('must be the host and port of the server when there is no list', () => {
    expect(isOriginAllowed('http://server.example:8081', 'server.example:8081', [])).toBe(true);
    expect(isOriginAllowed('http://server.example:8085', 'server.example:8081', [])).toBe(false);
    expect(isOriginAllowed('null', 'server.example', [])).toBe(false);
    expect(isOriginAllowed('http://server.example', undefined, [])).toBe(false);
  });
});
