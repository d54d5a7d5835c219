import { type Agent, type AgentKey, type Desktop } from '#domain/agent';
import { type AgentEvent } from '#domain/event';
import { type Engine } from '#engine/engine';
import { type CommitAnswer, type CommitRequest, type Loaded } from '#engine/ports';
import { MemoryStore } from '#store/memory-store';
import { engineOver } from '../../../test/kit/no-op-ports';
import { DesktopTable, type Holding, newHolding } from './desktop-table';
import { Lanes } from './lanes';
import { PresenceDesk } from './presence-desk';

/** A store that can be away (rejects), dumb (never answers), or lose the answer to what it has committed. */
class FaultyStore extends MemoryStore {
  mood: 'well' | 'away' | 'dumb' | 'answersLost' = 'well';

  override load(key: AgentKey): Promise<Loaded> {
    if (this.mood === 'away') return Promise.reject(new Error('away'));
    return this.mood === 'dumb' ? new Promise<never>(() => undefined) : super.load(key);
  }

  override async commit(request: CommitRequest): Promise<CommitAnswer> {
    const answer = await super.commit(request);
    if (this.mood === 'answersLost') throw new Error('the answer was lost');
    return answer;
  }
}

/** How long the desk waits for a desktop that it sent away. */
export const arriveMsMax = 15_000;

/** A presence desk over the real engine and a store in memory, which several servers may share. */
export class DeskStage {
  readonly table = new DesktopTable();
  readonly lanes = new Lanes({ inFlightMax: 10, onFailure: () => undefined });
  readonly events: AgentEvent['type'][] = [];
  readonly engine: Engine;
  readonly desk: PresenceDesk;

  constructor(
    readonly serverId = 'primary-1',
    readonly store = new FaultyStore({ now: () => 1_700_000_000_000 + performance.now() }),
  ) {
    this.engine = engineOver(store);
    this.desk = new PresenceDesk({
      engine: {
        handle: (key, event) => {
          this.events.push(event.type);
          return this.engine.handle(key, event);
        },
      },
      table: this.table,
      lanes: this.lanes,
      peripheralId: 5000,
      serverId,
      arriveMsMax,
    });
  }

  holding(name: string, agentId = '1001'): Holding {
    const desktop: Desktop = {
      connection: `primary-1:${name}`,
      desktopId: name,
      side: 'primary',
      serverId: 'primary-1',
    };
    return newHolding(agentId, desktop);
  }

  async record(agentId = '1001'): Promise<Agent> {
    const { mood } = this.store;
    this.store.mood = 'well';
    const { agent } = await this.store.load({ peripheralId: 5000, agentId });
    this.store.mood = mood;
    return agent;
  }

  async happens(event: AgentEvent, agentId = '1001'): Promise<Agent> {
    return (await this.engine.handle({ peripheralId: 5000, agentId }, event)).agent;
  }

  /** Writes a record in which a request for the agent is on its way. */
  async issue(agentId = '1001'): Promise<void> {
    const { agent, version } = await this.store.load({ peripheralId: 5000, agentId });
    if (agent.phase.name !== 'grace') throw new Error(`not in grace: ${agent.phase.name}`);
    const { loss, dueAt } = agent.phase;
    const issuing: Agent = {
      ...agent,
      phase: {
        name: 'issuing',
        loss: { ...loss, attempts: 1 },
        dueAt,
        since: dueAt,
        deadline: dueAt + 45_000,
        pending: null,
      },
    };
    await this.store.commit({ before: agent, agent: issuing, expectedVersion: version, entries: [], issuing: null });
  }
}

/** Lets everything that is ready to run do so, without any time going by. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 20; turns += 1) await Promise.resolve();
  await jest.advanceTimersByTimeAsync(0);
}
