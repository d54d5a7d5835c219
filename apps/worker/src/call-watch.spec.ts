import { pino } from 'pino';
import { type Agent, type HoldReason, unseenAgent } from '#domain/agent';
import { aLoss } from '#domain/fixtures.spec-support';
import { type AgentView } from '#cti-client/agent-view';
import { Mirror } from '#cti-client/mirror';
import { CallWatch } from './call-watch';

const view = (onCall: boolean): AgentView => ({
  agentId: '1001',
  state: onCall ? 4 : 2,
  reasonCode: 0,
  nextState: undefined,
  extension: '3001',
  instrument: '3001',
  calls: [],
  signedOut: false,
  onCall,
});

function held(reasons: HoldReason[]): Agent {
  const loss = aLoss({ epoch: 3 });
  const phase = { name: 'held', loss, dueAt: 0, reasons } as const;
  return { ...unseenAgent({ peripheralId: 5000, agentId: '1001' }), epoch: 3, phase };
}

function setUp() {
  const world = { view: view(true) as AgentView | undefined };
  const events = new Mirror({ peripheralId: 5000 });
  events.view = () => world.view;
  const woken: number[] = [];
  const wakeUps = {
    wakeNow: (_: unknown, epoch: number) => {
      woken.push(epoch);
      return Promise.resolve();
    },
  };
  return { events, world, woken, watch: new CallWatch(events, wakeUps, pino({ level: 'silent' })) };
}

describe('a loss that is held for a call', () => {
  it('is woken once when the mirror sees the agent without a call', () => {
    const { events, woken, watch } = setUp();
    watch.follow(held(['call']));
    events.emit('agentChanged', undefined, view(true));
    expect(woken).toEqual([]);
    events.emit('agentChanged', view(true), view(false));
    events.emit('agentChanged', view(true), view(false));
    expect(woken).toEqual([3]);
  });

  it('is woken at once when the call ended between the look and the hold', () => {
    const { world, woken, watch } = setUp();
    world.view = view(false);
    watch.follow(held(['call']));
    expect(woken).toEqual([3]);
  });

  it('is forgotten when it is held for another reason', () => {
    const { events, woken, watch } = setUp();
    watch.follow(held(['call']));
    watch.follow(held(['outage']));
    events.emit('agentChanged', view(true), view(false));
    expect(woken).toEqual([]);
  });
});
