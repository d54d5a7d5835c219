/** The sign-in page: a plain form, so that it needs no script. */
export function signInPage(fault: string | undefined, to: string): string {
  const notice = fault === undefined ? '' : `<p role="alert" class="alarm">${escapeHtml(fault)}</p>`;
  return page(
    'Sign in',
    `${notice}
      <form method="post" action="sign-in">
        <label>Name <input name="user" autocomplete="username" required autofocus /></label>
        <label>Password <input name="password" type="password" autocomplete="current-password" required /></label>
        <input type="hidden" name="to" value="${escapeHtml(to)}" />
        <button type="submit">Sign in</button>
      </form>`,
  );
}

/** What a sign-out answers that could not be carried out. */
export function signOutFailedPage(): string {
  return page(
    'Not signed out',
    `<p role="alert" class="alarm">
        <strong>You are still signed in.</strong> Redis cannot be reached, so your session could not be ended.
        Try again when it is back.
      </p>
      <form method="post" action="sign-out"><button type="submit">Try again</button></form>
      <p><a href="./">Back to the console</a></p>`,
  );
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${title} · Lastcall</title>
    <link rel="icon" href="assets/favicon.svg" />
    <link rel="stylesheet" href="assets/pico.css" />
    <link rel="stylesheet" href="assets/console.css" />
  </head>
  <body>
    <main class="container sign-in">
      <h1>Lastcall <small>console</small></h1>
      ${body}
    </main>
  </body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => entities[letter] ?? letter);
}

/** Where to go after signing in: a path of this console, never another site, nor what stands beside it at its proxy. */
export function pathAfterSignIn(to: unknown, basePath: string): string {
  const start = `${basePath}/`;
  const here = 'http://console.invalid';
  if (typeof to !== 'string' || !to.startsWith('/') || !URL.canParse(to, here)) return start;
  const url = new URL(to, here);
  const path = `${url.pathname}${url.search}`;
  // A browser reads the path by itself once more, and what `/.//host` comes to begins with two slashes.
  const isHere = url.origin === here && URL.canParse(path, here) && new URL(path, here).href === `${here}${path}`;
  return isHere && url.pathname.startsWith(start) ? path : start;
}
