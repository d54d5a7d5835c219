import { DesktopTable, newHolding, type Holding } from './desktop-table';

function holding(agentId: string, connection: string): Holding {
  return newHolding(agentId, { connection, desktopId: connection, side: 'primary', serverId: 'primary-1' });
}

describe('the table of desktops', () => {
  it('counts desktops and agents, and forgets an agent with the last desktop', () => {
    const table = new DesktopTable();
    const holdings = [holding('1001', 'a'), holding('1001', 'b'), holding('1002', 'c')];
    for (const one of holdings) table.put(one);
    expect([table.size, table.agentCount]).toEqual([3, 2]);
    for (const one of holdings) table.remove(one);
    expect([table.size, table.agentCount, table.agentIds()]).toEqual([0, 0, []]);
  });

  it('keeps the newer holding of a connection when the older one is removed', () => {
    const table = new DesktopTable();
    const older = holding('1001', 'feed:a');
    const newer = holding('1001', 'feed:a');
    table.put(older);
    older.gone = 'lost';
    table.put(newer);
    table.remove(older);
    expect(table.find('1001', 'feed:a')).toBe(newer);
    expect(table.size).toBe(1);
  });

  it('answers a last look with "none" only where no desktop is open under another spelling of the id', () => {
    const table = new DesktopTable();
    const other = holding('agent001', 'a');
    expect(table.look('Agent001')).toBeUndefined();
    table.put(other);
    expect(table.look('agent001')).toMatchObject({ connection: 'a' });
    expect(table.look('Agent001')).toMatchObject({ unknown: expect.stringContaining('case alone') as string });
    table.remove(other);
    expect(table.look('Agent001')).toBeUndefined();
  });

  it('says how an agent is spelled who has desktops here, where that is one spelling', () => {
    const table = new DesktopTable();
    table.put(holding('Agent001', 'a'));
    table.put(holding('Agent001', 'b'));
    expect([table.spellingOf('agent001'), table.spellingOf('agent002')]).toEqual(['Agent001', undefined]);
    table.put(holding('AGENT001', 'c'));
    expect(table.spellingOf('agent001')).toBeUndefined();
  });

  it('answers a last look with an open desktop rather than with one whose end is still to be told', () => {
    const table = new DesktopTable();
    const going = holding('1001', 'going');
    table.put(going);
    going.gone = 'lost';
    expect(table.desktopOf('1001')?.connection).toBe('going');
    table.put(holding('1001', 'open'));
    expect(table.desktopOf('1001')?.connection).toBe('open');
    expect(table.desktopOf('1002')).toBeUndefined();
  });
});
