/**
 * Tests that mostly wait, run at the same time: all bodies start together once the set-up is done, and each test reports
 * its own. Each body must keep to its own agents.
 */
export function sideBySide(setUp: () => Promise<void>, tests: Readonly<Record<string, () => Promise<void>>>): void {
  const results = new Map<string, Promise<PromiseSettledResult<void>>>();

  beforeAll(async () => {
    await setUp();
    for (const [name, body] of Object.entries(tests)) {
      const settled = Promise.allSettled([body()]).then(([result]) => result);
      results.set(name, settled);
    }
  });

  it.each(Object.keys(tests))('%s', async (name) => {
    const result = await results.get(name);
    if (result === undefined) throw new Error('the set-up failed, so this was never begun');
    if (result.status === 'rejected') throw result.reason;
  });
}
