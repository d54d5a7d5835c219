import { isRefusedByBrowsers, portsRefusedByBrowsers } from '#config/browser-ports';

describe('the ports that browsers refuse', () => {
  it.each(portsRefusedByBrowsers)('are those that fetch refuses: %i', async (port) => {
    const fault = await fetch(`http://127.0.0.1:${String(port)}/`).catch((error: unknown) => error);
    expect((fault as Error).cause).toMatchObject({ message: 'bad port' });
    expect(isRefusedByBrowsers(port)).toBe(true);
  });

  it('are none of those that HTTP is usually served on', () => {
    expect([80, 443, 3000, 8080, 8081, 8082, 8083, 8085, 8445, 9090].filter(isRefusedByBrowsers)).toEqual([]);
  });
});
