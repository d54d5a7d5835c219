import { AgentDesk } from '#cti-client/agent-desk';
import { CtiLink } from '#cti-client/link';
import { Mirror } from '#cti-client/mirror';
import { type ProtocolVersion } from '#cti-protocol/messages';
import { pino } from 'pino';
import { CtiSimulator } from '../kit/cti-simulator';
import { waitFor } from '../kit/wait';

const log = pino({ level: 'silent' });

describe('agents who are added at the CTI server', () => {
  let simulator: CtiSimulator;
  let link: CtiLink;

  beforeAll(async () => {
    simulator = await CtiSimulator.start();
  });

  afterAll(async () => {
    await simulator.stop();
  });

  afterEach(async () => {
    await link.stop();
    await simulator.request('DELETE', '/faults');
  });

  /** What the configuration alone names: teams would name an added agent too. */
  async function openLink(version: ProtocolVersion) {
    link = new CtiLink({
      endpoints: {
        a: { host: '127.0.0.1', port: simulator.ports.a },
        b: { host: '127.0.0.1', port: simulator.ports.b },
      },
      peripheralId: 5000,
      version,
      clientId: 'lastcall',
      clientPassword: 'secret',
      heartbeatMs: 5_000,
      openTimeoutMs: 10_000,
      requestTimeoutMs: 10_000,
      requestsPerSecondMax: 500,
      startSide: 'a',
      log,
      backOffFirstMs: 50,
      randomWaitMsMax: 50,
      configuration: true,
    });
    const { warmUp } = new AgentDesk(link, new Mirror({ peripheralId: 5000 }), { log, warmUp: {} });
    const told = { uploads: 0, updates: 0, largest: 0, agentIds: new Set<string>() };
    link.on('configuration', (message) => {
      if (message.name === 'CONFIG_BEGIN_EVENT' && message.ConfigInformation === 4)
        told[message.ConfigType === 1 ? 'uploads' : 'updates'] += 1;
      if (message.name !== 'CONFIG_AGENT_EVENT') return;
      told.largest = Math.max(told.largest, message.Records.length);
      for (const { LoginID } of message.Records) told.agentIds.add(LoginID ?? '');
    });
    link.start();
    await waitFor('everybody to be known', () => warmUp?.isComplete === true);
    return { told, warmUp };
  }

  const add = (agentId: string) => simulator.post('/agents', { agentIds: [agentId] });
  const strikeBoth = async (fault: string, details: object = {}) => {
    for (const side of ['A', 'B']) await simulator.post('/faults', { side, fault, ...details });
  };

  it.each<ProtocolVersion>([24, 19])(
    'become known in version %d: while the link is open, after a gap without a change, and of a gap with one',
    async (version) => {
      const { told, warmUp } = await openLink(version);
      const isKnown = (agentId: string) => () =>
        told.agentIds.has(agentId) && warmUp?.configuredAgents?.agentIds.includes(agentId) === true;
      const seen = { seen: () => ({ ...told, agentIds: [...told.agentIds].slice(-3) }) };
      await add(`Open${String(version)}`);
      await waitFor('the agent added while the link is open', isKnown(`Open${String(version)}`), seen);
      expect(told).toMatchObject({ uploads: 1, updates: 1, largest: 10 });

      // The key that the client holds is that of its upload, which the update has made old.
      await simulator.post('/faults', { side: 'A', fault: 'peripheralOffline' });
      await waitFor('the second upload', () => told.uploads === 2 && link.phase === 'outOfService', seen);
      await simulator.post('/faults', { side: 'A', fault: 'peripheralOffline', on: false });
      await waitFor('everybody to be known', () => warmUp?.isComplete === true, seen);
      await simulator.post('/faults', { side: 'A', fault: 'peripheralOffline' });
      await waitFor('a gap without a change', () => link.phase === 'outOfService', seen);
      await simulator.post('/faults', { side: 'A', fault: 'peripheralOffline', on: false });
      await waitFor('everybody to be known', () => warmUp?.isComplete === true, seen);
      expect(told.uploads).toBe(2);
      await add(`Gap${String(version)}`);
      await waitFor('the agent added after a gap', isKnown(`Gap${String(version)}`), seen);
      expect(told).toMatchObject({ uploads: 2, updates: 2 });

      await strikeBoth('down');
      await waitFor('the loss of the link', () => !link.inService);
      await add(`Away${String(version)}`);
      await strikeBoth('up');
      await waitFor('the agent added while the link was away', isKnown(`Away${String(version)}`), seen);
      expect(told).toMatchObject({ uploads: 3, updates: 2 });
    },
  );
});
