import { told } from './agents.spec-support';
import { PERIPHERAL } from './cti-pair.spec-support';
import { isConfiguration, readRoster } from './roster';

const read = (...message: Parameters<typeof told>): string[] => {
  const decoded = told(...message);
  if (!isConfiguration(decoded)) throw new Error(`${decoded.name} is no configuration`);
  return readRoster(decoded, PERIPHERAL).map(({ kind, agentId }) => `${kind} ${agentId}`);
};

describe('who exists', () => {
  it('is read from configuration records, other peripherals left out', () => {
    const Records = [
      { RecordType: 0, FltPeripheralID: PERIPHERAL, LoginID: '1001' },
      { RecordType: 0, FltPeripheralID: 5001, LoginID: '1002' },
      { RecordType: 1, FltPeripheralID: PERIPHERAL, LoginID: '1003', OldLoginID: '903' },
      { RecordType: 1, FltPeripheralID: PERIPHERAL, LoginID: '1004', OldLoginID: '1004' },
      { RecordType: 2, FltPeripheralID: PERIPHERAL, LoginID: '1005' },
      { RecordType: 0, FltPeripheralID: PERIPHERAL, LoginID: '' },
    ];
    expect(read('CONFIG_AGENT_EVENT', { Records } as never)).toEqual([
      'added 1001',
      'removed 903',
      'added 1003',
      'added 1004',
      'removed 1005',
    ]);
  });

  it('has the login names that one can sign in by', () => {
    const Records = [
      { RecordType: 0, FltPeripheralID: PERIPHERAL, LoginID: '1001', LoginName: 'Ada@example.com' },
      { RecordType: 1, FltPeripheralID: PERIPHERAL, LoginID: '1002', LoginName: '' },
      { RecordType: 1, FltPeripheralID: PERIPHERAL, LoginID: '1003', LoginName: 'not: one' },
      { RecordType: 1, FltPeripheralID: PERIPHERAL, LoginID: '1004' },
    ];
    const decoded = told('CONFIG_AGENT_EVENT', { Records });
    if (!isConfiguration(decoded)) throw new Error('no configuration');
    expect(readRoster(decoded, PERIPHERAL).map(({ agentId, loginName }) => [agentId, loginName])).toEqual([
      ['1001', 'Ada@example.com'],
      ['1002', null],
      ['1003', null],
      ['1004', undefined],
    ]);
  });

  it('is read from teams; to leave a team is not to be gone', () => {
    const Agents = [{ AtcAgentID: '1001' }, { AtcAgentID: undefined }, { AtcAgentID: '1002' }];
    for (const ConfigOperation of [0, 1, 2])
      expect(read('AGENT_TEAM_CONFIG_EVENT', { Agents, ConfigOperation } as never)).toEqual([
        'added 1001',
        'added 1002',
      ]);
    expect(read('AGENT_TEAM_CONFIG_EVENT', { Agents, PeripheralID: 5001 } as never)).toEqual([]);
  });

  it('is not read from other messages', () => {
    expect(isConfiguration(told('AGENT_STATE_EVENT', {}))).toBe(false);
    expect(read('CONFIG_END_EVENT', {})).toEqual([]);
  });
});
