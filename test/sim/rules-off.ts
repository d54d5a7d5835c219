import { AgentState } from '#cti-protocol/enumerations';
import { type AgentDesk } from '#cti-client/agent-desk';
import { type Mirror } from '#cti-client/mirror';
import { type Agent } from '#domain/agent';
import { type Facts, type LastLook, type RequestResult } from '#domain/event';
import { type Engine } from '#engine/engine';
import { Witnesses } from '#engine/ports';
import { LinkDesk } from '../../apps/worker/src/link-desk';
import { type LinkKeeper } from '../../apps/worker/src/link-keeper';
import { type Switches } from './switches';

/** Witnesses that leave out what is switched off. */
export class ForgetfulWitnesses extends Witnesses {
  constructor(
    private readonly whole: Witnesses,
    private readonly switches: Switches,
  ) {
    super();
  }

  override async findFacts(agent: Agent, now: number): Promise<Facts> {
    const facts = await this.whole.findFacts(agent, now);
    if (facts.link === 'outOfService') return facts;
    return {
      ...facts,
      ...(this.switches.has('side-outage gate') ? { sideOutageUntil: null } : {}),
      ...(this.switches.has('mass-loss gate') ? { massLossUntil: null } : {}),
    };
  }

  override askLastLook(agent: Agent): Promise<LastLook> {
    if (this.switches.has('last look')) return Promise.resolve({ answer: 'none', asked: [] });
    return this.whole.askLastLook(agent);
  }
}

/**
 * A mirror that does not tell what a gate would look at. The desk that sends looks into the same mirror right before each
 * write, so both lines of defence fall together.
 */
export function blind(mirror: Mirror, switches: Switches): void {
  const whole = mirror.view.bind(mirror);
  // Of a link that was lost it goes on to believe what it was told before.
  if (switches.has('link gate')) mirror.forgetAll = () => undefined;
  mirror.view = (agentId) => {
    const view = whole(agentId);
    if (view === undefined) return undefined;
    const { NOT_READY } = AgentState;
    if (switches.has('signed-out gate') && view.signedOut) return { ...view, signedOut: false, state: NOT_READY };
    if (switches.has('call gate') && view.onCall) return { ...view, onCall: false, calls: [], state: NOT_READY };
    return view;
  };
}

/** Takes what the CTI server keeps pending behind a call for something that had no effect. */
export class HastyDesk extends LinkDesk {
  override async request(...args: Parameters<LinkDesk['request']>): Promise<RequestResult> {
    return withoutPending(await super.request(...args));
  }
  override async settleDoubt(...args: Parameters<LinkDesk['settleDoubt']>): Promise<RequestResult> {
    return withoutPending(await super.settleDoubt(...args));
  }
}

function withoutPending(result: RequestResult): RequestResult {
  return result.kind === 'pending' ? { kind: 'notSent', evidence: 'The agent is still signed in.' } : result;
}

/** A worker that believes in its lease for ever, and may send whenever it is connected. */
export function trustLease(keeper: LinkKeeper, link: { readonly inService: boolean }): void {
  keeper.mayRequest = () => link.inService;
  keeper.holdsLease = () => true;
}

/** What was decided on one version of a record is written over whatever the record has become. */
export function forgetfulOfVersions(engine: Pick<Engine, 'handle'>): Pick<Engine, 'handleAsOf'> {
  return { handleAsOf: (key, event) => engine.handle(key, event) };
}

/** Takes a next state of Not Ready for the one that is wanted, whoever asked for it and for what reason. */
export function trustNextState(agentDesk: AgentDesk, mirror: Mirror): void {
  const whole = agentDesk.withdraw.bind(agentDesk);
  agentDesk.withdraw = (agentId, request) =>
    mirror.view(agentId)?.nextState === request.state
      ? Promise.resolve({ kind: 'withdrawn', evidence: '' })
      : whole(agentId, request);
}
