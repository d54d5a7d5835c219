import { SteadySentinelConnector } from './steady-sentinel-connector';

describe('the way to the master by the Sentinels', () => {
  it('is not cut short by a failover that a lost connection still hears of', () => {
    const options = { sentinels: [{ host: 'sentinel', port: 26_379 }], name: 'lastcall', role: 'master' };
    const connector = new SteadySentinelConnector(options);
    let listens = true;
    const formerDetector = { cleanup: () => (listens = false) };
    const asksForEver = (): Promise<never> => Promise.withResolvers<never>().promise;
    Object.assign(connector, { failoverDetector: formerDetector, resolve: asksForEver });
    void connector.connect(() => undefined);
    expect(listens).toBe(false);
  });
});
