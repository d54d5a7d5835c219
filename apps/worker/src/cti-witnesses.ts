import { type Agent, type AgentKey, type Loss, lossOf, type Side } from '#domain/agent';
import { type Facts, type LastLook } from '#domain/event';
import { type Policy } from '#domain/policy';
import { AgentState, nameOf } from '#cti-protocol/enumerations';
import { type AgentView } from '#cti-client/agent-view';
import { type AgentDesk } from '#cti-client/agent-desk';
import { Witnesses } from '#engine/ports';
import { type StoreClock } from '#store/clock/store-clock';
import { type Drains, type SideDrain } from '#store/drains';
import { type LastLookAsker } from '#store/last-look';
import { type Overloads } from '#store/overloads';
import { type LiveServer, type ServerLeases } from '#store/servers';
import { type SideHold, type Sides } from '#store/sides';
import { type LinkKeeper } from './link-keeper';
import { Recent } from './recent';
import { type SideWatch } from './side-watch';

/** What is the same for all agents is asked for at most this often: a burst of looks shares one answer. */
export const commonFactsMsMax = 200;

export interface WitnessParts {
  readonly keeper: Pick<LinkKeeper, 'mayRequest' | 'whyNot'>;
  readonly agentDesk: Pick<AgentDesk, 'look'>;
  readonly servers: Pick<ServerLeases, 'live'>;
  readonly sides: Pick<Sides, 'holds'>;
  readonly drains: Pick<Drains, 'all'>;
  readonly overloads: Pick<Overloads, 'until'>;
  readonly sideWatch: Pick<SideWatch, 'protectedUntil'>;
  readonly lastLook: Pick<LastLookAsker, 'ask'>;
  readonly policyOf: (key: AgentKey) => Policy;
  readonly monotonicMs: () => number;
  readonly clock: Pick<StoreClock, 'look' | 'unsettled'>;
  /** Of a server. */
  readonly leaseMs: number;
}

interface CommonFacts {
  readonly live: readonly LiveServer[];
  readonly holds: readonly SideHold[];
  readonly drains: readonly SideDrain[];
  readonly overloadedUntil: Readonly<Record<Side, number>>;
}

/** Asks the link's mirror, the sides and the live servers for what the gates need to know. */
export class CtiWitnesses extends Witnesses {
  private readonly commonFacts: Recent<CommonFacts>;

  constructor(private readonly parts: WitnessParts) {
    super();
    const { servers, sides, drains, overloads, monotonicMs } = parts;
    this.commonFacts = new Recent(commonFactsMsMax, monotonicMs, async () => {
      const [live, holds, drained, overloadedUntil] = await Promise.all([
        servers.live(),
        sides.holds(),
        drains.all(),
        overloads.until(),
      ]);
      return { live, holds, drains: drained, overloadedUntil };
    });
  }

  override async findFacts(agent: Agent, now: number): Promise<Facts> {
    const facts = await this.factsOfLink(agent, now);
    if (facts.link === 'outOfService') return facts;
    // After everything else that was asked: what was read while the clock was wrong is not used.
    const { clock, leaseMs } = this.parts;
    await clock.look();
    return { ...facts, clock: clock.unsettled(leaseMs) };
  }

  private async factsOfLink(agent: Agent, now: number): Promise<Facts> {
    const { keeper, agentDesk, policyOf } = this.parts;
    const { agentId } = agent.key;
    if (!keeper.mayRequest()) return { link: 'outOfService', why: keeper.whyNot };
    const look = await agentDesk.look(agentId);
    if (look.kind === 'unavailable') return { link: 'outOfService', why: look.why };
    if (look.kind === 'unknownAgent') return { ...calm, isKnown: false };
    const { view } = look;
    const state = describe(view);
    if (view.signedOut) return { ...calm, signedOut: true, state };
    const loss = lossOf(agent.phase);
    const side = loss === undefined ? {} : await this.sideFacts(loss, now, policyOf(agent.key));
    const isReady = view.state === AgentState.AVAILABLE;
    const notReadyReason = view.state === AgentState.NOT_READY ? view.reasonCode : null;
    return { ...calm, onCall: view.onCall, isReady, notReadyReason, state, ...side };
  }

  override askLastLook(agent: Agent): Promise<LastLook> {
    return this.parts.lastLook.ask(agent.key.agentId);
  }

  private async sideFacts(loss: Loss, now: number, policy: Policy): Promise<SideFacts> {
    if (loss.desktop === null) return calm;
    const { side, serverId } = loss.desktop;
    const [common, massLossUntil] = await Promise.all([
      this.commonFacts.read(),
      this.parts.sideWatch.protectedUntil(loss, side, now),
    ]);
    const { live, holds } = common;
    // A server that reported a loss and died soon after may have lost its network first: its desktops get the longer
    // grace, counted from the loss, as if the server had been lost with them.
    const serverGone = !live.some((server) => server.serverId === serverId);
    const graceEndsAt = loss.lostAt + policy.graceMs.serverLost;
    const until = Math.max(serverGone ? graceEndsAt : 0, overloadedUntil(common, side, now));
    const sideOutageUntil = now < until ? until : null;
    return { sideOutageUntil, heldByOperator: holds.some((hold) => hold.side === side), massLossUntil };
  }
}

/**
 * Until when an agent of that side may be one who cannot get back in: its side turns desktops away, or every side does
 * that could let them in. 0 when neither is so.
 */
function overloadedUntil({ live, drains, overloadedUntil: reported }: CommonFacts, side: Side, now: number): number {
  const open = sidesOf.filter(
    (each) => live.some((server) => server.side === each) && !drains.some((drain) => drain.side === each),
  );
  const elsewhere = open.every((each) => now < reported[each]) ? open.map((each) => reported[each]) : [];
  return Math.max(reported[side], ...elsewhere);
}

const sidesOf = ['primary', 'secondary'] as const satisfies readonly Side[];

type SideFacts = Pick<Extract<Facts, { link: 'inService' }>, 'sideOutageUntil' | 'heldByOperator' | 'massLossUntil'>;

/** An agent who is signed in, not Ready and on no call, and nothing that would hold its loss. */
const calm: Extract<Facts, { link: 'inService' }> = {
  link: 'inService',
  isKnown: true,
  signedOut: false,
  onCall: false,
  isReady: false,
  notReadyReason: null,
  state: '',
  sideOutageUntil: null,
  heldByOperator: false,
  massLossUntil: null,
  clock: null,
};

function describe(view: AgentView): string {
  const calls = view.calls.length === 0 ? '' : ` with ${String(view.calls.length)} open call(s)`;
  return `${nameOf(AgentState, view.state)}${calls}`;
}
