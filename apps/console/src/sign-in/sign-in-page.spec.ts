import fc from 'fast-check';
import { pathAfterSignIn, signInPage } from './sign-in-page';

describe('the sign-in page', () => {
  it('shows what it is told as text and never as markup', () => {
    const page = signInPage('<script>alert(1)</script>', '/"><img src=x>');
    expect(page).not.toContain('<script>');
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;script&gt;');
  });

  it('goes on to the page that was asked for', () => {
    const path = '/queues/queue/logout?status=delayed';
    expect(pathAfterSignIn(path, '')).toBe(path);
    expect(pathAfterSignIn(`/lastcall${path}`, '/lastcall')).toBe(`/lastcall${path}`);
  });

  it.each(['/', '/other/', '/lastcall', '/lastcaller/', '/lastcall/../other/', '//evil.example/lastcall/'])(
    'goes to nothing beside the console: %p',
    (to) => {
      expect(pathAfterSignIn(to, '/lastcall')).toBe('/lastcall/');
    },
  );

  it.each([
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '\t//evil.example',
    '/\n/evil.example',
    '/.//evil.example',
    '/./\\evil.example',
    '/a/..//evil.example',
    '/%2e//evil.example',
    '/a/%2E%2e//evil.example',
    '/.//evil.example/?a=1',
    '/.///evil.example',
    'https://evil.example/',
    'http://console.invalid//evil.example',
    'javascript:alert(1)',
    '',
    undefined,
    ['/a'],
  ])('goes nowhere else: %p', (to) => {
    expect(pathAfterSignIn(to, '')).toBe('/');
  });

  it.each(['/%2F/evil.example', '/%5Cevil.example', '/a//evil.example', '/?to=//evil.example'])(
    'leaves alone what a browser takes for a path of this console: %p',
    (to) => {
      expect(pathAfterSignIn(to, '')).toBe(to);
    },
  );

  it('never leads a browser elsewhere, whatever it is made of', () => {
    const parts = fc.constantFrom(
      '/',
      '\\',
      '.',
      '..',
      '%2e',
      '%2f',
      '%5c',
      '\t',
      '\n',
      '\r',
      ' ',
      ':',
      '@',
      '?',
      '#',
      'http:',
      'evil.example',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 8 }), (given) => {
        for (const basePath of ['', '/lastcall']) {
          const location = pathAfterSignIn(`${basePath}/${given.join('')}`, basePath);
          const { host, pathname } = new URL(location, 'https://console.example');
          expect([host, pathname.startsWith(`${basePath}/`)]).toEqual(['console.example', true]);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
