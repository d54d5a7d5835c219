import { ConfiguredAgentsTeller } from './configured-agents-teller';

describe('the agents of the CTI configuration, as a worker publishes them', () => {
  let current: { agentIds: readonly string[]; loginNames?: ReadonlyMap<string, string>; revision: number } | undefined;
  let holdsLease: boolean;
  let stored: (string | null)[];
  let published: (readonly string[])[];
  let teller: ConfiguredAgentsTeller;

  beforeEach(() => {
    [current, holdsLease, stored, published] = [undefined, true, [null, null], []];
    teller = new ConfiguredAgentsTeller({
      agentDesk: {
        get warmUp() {
          return { configuredAgents: current && { loginNames: new Map(), ...current } } as never;
        },
      },
      keeper: { holdsLease: () => holdsLease },
      configured: {
        versions: () => Promise.resolve(stored),
        publish: (_side, version, { agentIds, loginNames }) => {
          stored[1] = version;
          published.push(agentIds.map((agentId) => [agentId, loginNames.get(agentId)].filter(Boolean).join(' ')));
          return Promise.resolve();
        },
      },
      side: 'secondary',
      log: { info: () => undefined, debug: () => undefined },
    });
  });

  it('are published when they are known as a whole, and again when they change or the store lost them', async () => {
    await teller.look();
    expect(published).toEqual([]);
    current = { agentIds: ['A1'], revision: 1 };
    await teller.look();
    await teller.look();
    current = { agentIds: ['A1', 'A2'], revision: 2 };
    await teller.look();
    stored = [null, null];
    await teller.look();
    current = { agentIds: ['A1', 'A2'], loginNames: new Map([['A2', 'ada']]), revision: 3 };
    await teller.look();
    expect(published).toEqual([['A1'], ['A1', 'A2'], ['A1', 'A2'], ['A1', 'A2 ada']]);
  });

  it('are not published again in another order, nor by a worker that does not hold the link', async () => {
    current = { agentIds: ['A1', 'A2'], revision: 1 };
    await teller.look();
    current = { agentIds: ['A2', 'A1'], revision: 2 };
    await teller.look();
    holdsLease = false;
    current = { agentIds: ['A3'], revision: 3 };
    await teller.look();
    expect(published).toEqual([['A1', 'A2']]);
  });
});
