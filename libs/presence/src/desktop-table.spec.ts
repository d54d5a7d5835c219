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
