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

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example/', 'javascript:alert(1)', '', undefined, ['/a']])(
    'goes nowhere else: %p',
    (to) => {
      expect(pathAfterSignIn(to, '')).toBe('/');
    },
  );
});
