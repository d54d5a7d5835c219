import { type Agent, type Cause, type Desktop, type Side, unseenAgent } from './agent';
import { type Command, type Entry } from './command';
import { decide } from './decide';
import { type AgentEvent, type Facts, type LastLook, type RequestResult } from './event';
import { calmFacts } from './fixtures.spec-support';
import { defaultPolicy, type Policy } from './policy';

/** One second of store time. */
export const second = 1_000;

export function desktop(name: string, side: Side = 'primary', serverId = `${side}-1`): Desktop {
  return { connection: `${serverId}/${name}`, desktopId: name, side, serverId };
}

export const nobodyHolds: LastLook = { answer: 'none', asked: ['primary-1', 'secondary-1'] };

export function confirmed(
  became: 'loggedOut' | 'notReady' = 'loggedOut',
): Extract<RequestResult, { kind: 'confirmed' }> {
  return { kind: 'confirmed', became, evidence: `AGENT_STATE_EVENT ${became}`, othersActed: false, reasonCode: 50002 };
}

/** Tells an agent's story step by step and remembers every command that was given. */
export class Story {
  agent: Agent = unseenAgent({ peripheralId: 5000, agentId: '1001' });
  now = 1_700_000_000_000;
  commands: Command[] = [];
  readonly all: Command[] = [];

  /** May be changed in the middle of a story: processes can have different ones. */
  constructor(public policy: Policy = defaultPolicy) {}

  happens(event: AgentEvent): this {
    const decision = decide(this.agent, event, this.now, this.policy);
    this.agent = decision.agent;
    this.commands = [...decision.commands];
    this.all.push(...decision.commands);
    return this;
  }

  after(ms: number): this {
    this.now += ms;
    return this;
  }

  opens(which: Desktop): this {
    return this.happens({ type: 'desktopOpened', desktop: which });
  }

  loses(which: Desktop, cause: Cause = 'lost'): this {
    return this.happens({ type: 'desktopClosed', connection: which.connection, cause, seenBy: which.serverId });
  }

  /** The CTI server shows the agent signed in. */
  signsIn(isReady = false): this {
    return this.happens({ type: 'signedIn', isReady, evidence: '' });
  }

  /** The wake-up fires and the gates are passed with these facts, as far as `decide` lets it. */
  isLookedAt(facts: Facts = calmFacts, look: LastLook = nobodyHolds): this {
    const { epoch } = this.agent;
    this.happens({ type: 'wokenUp', epoch });
    if (this.asksFor('findFacts')) this.happens({ type: 'factsFound', epoch, facts });
    if (this.asksFor('askLastLook')) this.happens({ type: 'lastLookAnswered', epoch, facts, look });
    return this;
  }

  answers(result: RequestResult): this {
    const attempts = this.agent.phase.name === 'issuing' ? this.agent.phase.loss.attempts : 0;
    return this.happens({ type: 'outcomeSeen', epoch: this.agent.epoch, attempts, result });
  }

  asksFor(type: Command['type']): boolean {
    return this.commands.some((command) => command.type === type);
  }

  /** Requests given in the whole story, for the CTI server to sign the agent out or make it Not Ready. */
  get requests(): Extract<Command, { type: 'request' }>[] {
    return this.all.filter((command) => command.type === 'request');
  }

  get entries(): Entry[] {
    return this.all.flatMap((command) => (command.type === 'note' ? [command.entry] : []));
  }

  get outcomes(): string[] {
    return this.entries.flatMap((entry) => (entry.what === 'outcome' ? [entry.outcome] : []));
  }
}
