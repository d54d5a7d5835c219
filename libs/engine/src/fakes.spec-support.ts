import { type Agent, type AgentKey } from '#domain/agent';
import { type Facts, type LastLook, type RequestResult } from '#domain/event';
import { calmFacts } from '#domain/fixtures.spec-support';
import { type Pace } from '#domain/mass-loss';
import { MemoryStore } from '#store/memory-store';
import {
  type CommitAnswer,
  type CommitRequest,
  CtiDesk,
  type IssuingRefusal,
  Observer,
  type RestoreResult,
  WakeUps,
  Witnesses,
} from './ports';

export const key: AgentKey = { peripheralId: 5000, agentId: '1001' };

/** What a test does to the store. */
class StoreState {
  now = 1_000_000;
  refuses: IssuingRefusal | null = null;
  pace: Pace = { perMinuteMax: 1_000, perSecondMax: null };
}

/** The memory store, of which one agent is looked at; a test can let somebody else be first, or let the store refuse. */
export class FakeStore extends MemoryStore {
  /** Done right before the next commit is judged: what somebody else does meanwhile. */
  meanwhile: (() => void) | null = null;

  constructor(
    private readonly log: string[],
    readonly state = new StoreState(),
  ) {
    super({ now: () => state.now, paceOf: () => state.pace, refuseIssuing: () => state.refuses });
  }

  get agent(): Agent {
    return this.loadNow(key).agent;
  }

  override async commit(request: CommitRequest): Promise<CommitAnswer> {
    const { meanwhile } = this;
    this.meanwhile = null;
    meanwhile?.();
    const answer = await super.commit(request);
    const wrote = answer === 'committed' || (typeof answer === 'object' && answer.wrote);
    if (wrote) this.log.push(`commit ${request.agent.phase.name}`);
    return answer;
  }

  /** What somebody else commits. */
  commitFirst(agent: Agent): void {
    const { agent: before, version: expectedVersion } = this.loadNow(key);
    this.commitNow({ before, agent, expectedVersion, entries: [], issuing: null });
  }
}

export class FakeWakeUps extends WakeUps {
  readonly armed = new Map<number, number>();

  constructor(private readonly log: string[]) {
    super();
  }

  override arm(_: AgentKey, epoch: number, at: number): Promise<void> {
    this.armed.set(epoch, at);
    this.log.push('arm');
    return Promise.resolve();
  }
  override disarm(_: AgentKey, epoch: number): Promise<void> {
    this.armed.delete(epoch);
    this.log.push('disarm');
    return Promise.resolve();
  }
  override wakeNow(_: AgentKey, epoch: number): Promise<void> {
    this.armed.set(epoch, 0);
    this.log.push('wake now');
    return Promise.resolve();
  }
}

export class FakeWitnesses extends Witnesses {
  facts: Facts = { ...calmFacts, isReady: true };
  look: LastLook = { answer: 'none', asked: ['primary-1'] };
  /** Done while the servers are asked. */
  meanwhile: (() => void) | null = null;

  override findFacts(): Promise<Facts> {
    return Promise.resolve(this.facts);
  }
  override askLastLook(): Promise<LastLook> {
    this.meanwhile?.();
    return Promise.resolve(this.look);
  }
}

export class FakeDesk extends CtiDesk {
  result: RequestResult = { kind: 'confirmed', became: 'loggedOut', evidence: '', othersActed: false, reasonCode: 255 };
  readonly requests: { allowed: boolean }[] = [];
  /** Done between the commit and the send. */
  meanwhile: (() => void) | null = null;

  constructor(private readonly log: string[]) {
    super();
  }

  override request(_: Agent, __: object, mayStillSend: () => boolean): Promise<RequestResult> {
    this.meanwhile?.();
    const allowed = mayStillSend();
    this.requests.push({ allowed });
    this.log.push('request');
    return Promise.resolve(allowed ? this.result : { kind: 'notSent', evidence: 'too late' });
  }
  override settleDoubt(): Promise<RequestResult> {
    this.log.push('settleDoubt');
    return Promise.resolve(this.result);
  }
  override withdraw(_: Agent, __: object, mayStillSend: () => boolean): Promise<RequestResult> {
    this.meanwhile?.();
    this.log.push('withdraw');
    return Promise.resolve(
      mayStillSend()
        ? { kind: 'withdrawn', evidence: '' }
        : { kind: 'inDoubt', evidence: 'too late', notReadyCode: null },
    );
  }
  override restoreReady(): Promise<RestoreResult> {
    this.log.push('restore');
    return Promise.resolve({ isOver: true, evidence: 'Ready was given back.' });
  }
}

export class FakeObserver extends Observer {
  readonly alarms: string[] = [];
  conflicts = 0;
  readonly results: RequestResult['kind'][] = [];

  override committed(): void {
    return;
  }
  override raised(_: Agent, sentence: string): void {
    this.alarms.push(sentence);
  }
  override conflicted(): void {
    this.conflicts += 1;
  }
  override requested(_: unknown, { kind }: RequestResult): void {
    this.results.push(kind);
  }
}
