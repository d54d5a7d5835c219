import { unseenAgent } from '#domain/agent';
import { type AgentView, viewOf } from '../api/agent-view';
import { AgentRows } from './agent-changes';

const row = (agentId: string, epoch: number): AgentView => ({
  ...viewOf(unseenAgent({ peripheralId: 5000, agentId })),
  epoch,
});

describe('rows of agents', () => {
  it('are sent once, and again only when they read differently', () => {
    const rows = new AgentRows();
    expect(rows.replace([row('1', 1), row('2', 1)])).toEqual({ changed: [row('1', 1), row('2', 1)], gone: [] });
    expect(rows.replace([row('1', 1), row('2', 1)])).toEqual({ changed: [], gone: [] });
    expect(rows.replace([row('1', 2), row('2', 1)])).toEqual({ changed: [row('1', 2)], gone: [] });
  });

  it('are taken off the list when they are gone', () => {
    const rows = new AgentRows();
    rows.replace([row('1', 1), row('2', 1)]);
    expect(rows.replace([row('2', 1)])).toEqual({ changed: [], gone: ['1'] });
    expect(rows.all).toEqual([row('2', 1)]);
  });
});
