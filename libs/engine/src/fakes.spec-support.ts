import { type Agent, type AgentKey, unseenAgent } from '#domain/agent';
import { type Entry } from '#domain/command';
import { type Facts, type LastLook, type RequestResult } from '#domain/event';
import {
  AgentStore,
  type CommitAnswer,
  type CommitRequest,
  CtiDesk,
  type Loaded,
  Observer,
  WakeUps,
  Witnesses,
} from './ports';

export const key: AgentKey = { peripheralId: 5000, agentId: '1001' };

/** One record; a test can let somebody else be first, or let the store refuse. */
export class FakeStore extends AgentStore {
  agent: Agent = unseenAgent(key);
  version = 0;
  now = 1_000_000;
  /** Done right before the next commit is judged: what somebody else does meanwhile. */
  meanwhile: (() => void) | null = null;
  refusals: CommitAnswer[] = [];
  readonly entries: Entry[] = [];

  constructor(private readonly log: string[]) {
    super();
  }

  override load(): Promise<Loaded> {
    return Promise.resolve({ agent: this.agent, version: String(this.version), now: this.now });
  }

  override commit(request: CommitRequest): Promise<CommitAnswer> {
    const { meanwhile } = this;
    this.meanwhile = null;
    meanwhile?.();
    if (request.expectedVersion !== String(this.version)) return Promise.resolve('conflict');
    const refusal = request.issuing === null ? undefined : this.refusals.shift();
    if (refusal !== undefined && refusal !== 'replicas') return Promise.resolve(refusal);
    this.write(request.agent);
    this.entries.push(...request.entries);
    this.log.push(`commit ${request.agent.phase.name}`);
    return Promise.resolve(refusal ?? 'committed');
  }

  write(agent: Agent): void {
    this.agent = agent;
    this.version += 1;
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
    return Promise.resolve();
  }
}

export class FakeWitnesses extends Witnesses {
  facts: Facts = {
    link: 'inService',
    signedOut: false,
    onCall: false,
    state: 'NOT_READY',
    sideOutage: false,
    heldByOperator: false,
    massLoss: false,
  };
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
  result: RequestResult = { kind: 'confirmed', became: 'loggedOut', evidence: '', othersActed: false, wasReady: false };
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
  override restoreReady(): Promise<string> {
    return Promise.resolve('Ready was given back.');
  }
}

export class FakeObserver extends Observer {
  readonly alarms: string[] = [];
  conflicts = 0;

  override committed(): void {
    return;
  }
  override raised(_: Agent, sentence: string): void {
    this.alarms.push(sentence);
  }
  override conflicted(): void {
    this.conflicts += 1;
  }
}
