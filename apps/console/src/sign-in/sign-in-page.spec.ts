import { pathAfterSignIn, signInPage } from './sign-in-page';

describe('the sign-in page', () => {
  it('shows what it is told as text and never as markup', () => {
    const page = signInPage('<script>alert(1)</script>', '/"><img src=x>');
    expect(page).not.toContain('<script>');
    expect(page).not.toContain('<img');
    expect(page).toContain('&lt;script&gt;');
  });

  it('goes on to the page that was asked for', () => {
    expect(pathAfterSignIn('/queues/queue/logout?status=delayed')).toBe('/queues/queue/logout?status=delayed');
  });

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example/', 'javascript:alert(1)', '', undefined, ['/a']])(
    'goes nowhere else: %p',
    (to) => {
      expect(pathAfterSignIn(to)).toBe('/');
    },
  );
});
