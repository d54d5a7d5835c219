import { type Request, type Response } from 'express';
import { belowPath } from './below-path';

/** The path that the console goes by, or where it sends the client. */
function pathOf(basePath: string, url: string): string {
  const request = { url } as Request;
  let sentTo = '';
  const redirect = (_status: number, to: string): void => void (sentTo = `to ${to}`);
  belowPath(basePath)(request, { redirect } as unknown as Response, () => (sentTo = request.url));
  return sentTo;
}

describe('a console below a path', () => {
  it.each([
    ['/lastcall/', '/'],
    ['/lastcall/api/agents?limit=1', '/api/agents?limit=1'],
    ['/lastcall/lastcall/', '/lastcall/'],
    // The proxy has taken it off.
    ['/api/agents', '/api/agents'],
    ['/lastcaller', '/lastcaller'],
    ['/lastcall', 'to /lastcall/'],
    ['/lastcall?x=1', 'to /lastcall/?x=1'],
  ])('is asked for %s', (url, path) => {
    expect(pathOf('/lastcall', url)).toBe(path);
  });

  it('is asked as things come where it has a host name to itself', () => {
    expect(['/', '/lastcall', '//x'].map((url) => pathOf('', url))).toEqual(['/', '/lastcall', '//x']);
  });
});
