import { AgentDirectory } from '#config/agent-directory';
import { StoreError } from '#store/store-error';
import { ConfiguredAgentsWatch } from './configured-agents-watch';

describe('the agents of the CTI configuration, as a server reads them', () => {
  let version: string | null;
  let agentIds: readonly string[] | undefined;
  let loginNames: [string, string][];
  let fault: Error | undefined;
  let reads: number;
  let directory: AgentDirectory;
  let watch: ConfiguredAgentsWatch;
  const lines: string[] = [];

  beforeEach(() => {
    [version, agentIds, fault, reads] = [null, undefined, undefined, 0];
    loginNames = [];
    lines.length = 0;
    directory = new AgentDirectory();
    const say = (_fields: unknown, line?: string): unknown => lines.push(line ?? '');
    watch = new ConfiguredAgentsWatch({
      configured: {
        versions: () => (fault === undefined ? Promise.resolve([version, null]) : Promise.reject(fault)),
        read: () => {
          reads += 1;
          return Promise.resolve(agentIds && { agentIds, loginNames: new Map(loginNames) });
        },
      },
      directory,
      log: { info: say, error: say, debug: () => undefined },
    });
  });

  it('are the directory as soon as a worker has published them, and read again with every change alone', async () => {
    await watch.look();
    expect(directory.isKnown).toBe(false);
    [version, agentIds] = ['v1', ['Agent001', '0012', 'no agent id']];
    await watch.look();
    await watch.look();
    expect([directory.canonical('agent001'), directory.canonical('0012'), directory.size, reads]).toEqual([
      'Agent001',
      '0012',
      2,
      2,
    ]);
  });

  it('have the login names that the CTI server knows, as far as one can sign in by them', async () => {
    [version, agentIds] = ['v1', ['Agent001', '1002', '1003', '1004']];
    loginNames = [
      ['Agent001', 'Jane.Doe@example.com'],
      ['1002', 'twin'],
      ['1003', 'TWIN'],
      ['1004', 'no login name'],
    ];
    await watch.look();
    expect(['jane.doe@EXAMPLE.com', 'twin', 'no login name', '1002'].map((name) => directory.canonical(name))).toEqual([
      'Agent001',
      undefined,
      undefined,
      '1002',
    ]);
    expect(directory.loginNameOf('Agent001')).toBe('Jane.Doe@example.com');
    expect(lines.at(-1)).toContain('a login name is the id or the login name of another agent');
  });

  it('still count while the store is away, which says so itself', async () => {
    [version, agentIds] = ['v1', ['Agent001']];
    await watch.look();
    fault = new StoreError('STORE_UNREACHABLE', 'configured agents');
    lines.length = 0;
    await watch.look();
    expect([directory.canonical('AGENT001'), lines]).toEqual(['Agent001', []]);
  });

  it('that the store refuses are one line, and keep nobody waiting', async () => {
    fault = new StoreError('STORE_REFUSED', 'configured agents');
    await watch.look();
    await watch.look();
    await directory.whenRead();
    expect(lines).toEqual(['the agents of the CTI configuration cannot be read']);
  });

  it('that clash with AGENTS_FILE are named', async () => {
    directory.replace('agentsFile', ['agent001']);
    [version, agentIds] = ['v1', ['Agent001']];
    await watch.look();
    expect(lines.at(-1)).toContain('differ in case alone');
    expect(directory.canonical('AGENT001')).toBe('agent001');
  });
});
